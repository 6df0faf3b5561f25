"""The writes of a person's own task and the accuracy after each, which a journal keeps for a killed host."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import safetensors
import torch
from torch import Tensor

from ohmshot.adapt.adaptation import Step, adaptation
from ohmshot.adapt.journal import FIRST_WRITE, JOURNAL, Journal, JournalError, open_journal, replacement
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.tensor_files import read_tensors, write_tensors
from ohmshot.host.care.care import REPAIR, Care
from ohmshot.host.learner import Learner

START = "meter-before.safetensors"
SIMULATED_CHIP = "simulated-chip.safetensors"
"""A chip that would otherwise end with its process."""


@dataclass(frozen=True)
class SeenStep:
    """One write and what was seen after it.

    Attributes:
        changed: cells whose target it moved.
        missed: cells that missed their target.
        cost: meter difference of the write, with what killed hosts spent on it.
        seen: the meter when all had been seen: what the next write starts from.
        shares: probabilities of the classes by set of examples, [n, classes]; above 0.
        conductances: uS [rows, columns], of the first and the last write; else empty.
    """

    changed: int
    missed: int
    cost: MeterReading
    seen: MeterReading
    shares: dict[str, Tensor]
    conductances: Tensor


@dataclass(frozen=True)
class TaskOnChip:
    """A task and the chip that learns it.

    Attributes:
        learner: the host with one chip.
        crossbar: the chip.
        support: features of the support set, [examples, features].
        labels: int64 [examples].
        sets: features of the sets that accuracy is measured on, by name.
        chip: identity of the chip.
        care: care for its faulty cells.
    """

    learner: Learner
    crossbar: ObservedCrossbar
    support: Tensor
    labels: Tensor
    sets: Mapping[str, Tensor]
    chip: str
    care: Care = REPAIR


def seen_steps(
    task: TaskOnChip, folder: Path | None, progress: Callable[[int], None], tell: Callable[[str], None]
) -> list[SeenStep]:
    """Make every write of an adaptation and look at each; with a journal, continue where a host stopped.

    Args:
        task: the task and its chip.
        folder: folder of the journal; None for none.
        progress: takes the number of writes done.
        tell: takes messages for people: where the run continues, and whether the chip was replaced.

    Raises:
        JournalError: the journal is damaged, or of another bundle, task, learner or set of examples.
    """
    journal: Journal | None = None
    steps: list[SeenStep] = []
    spent = task.crossbar.meter()
    if folder is not None:
        journal = open_journal(folder, task.learner, task.support[None], task.labels, task.chip)
        steps, spent = _before(journal, task, spent, tell)
    for step in adaptation(task.learner, task.support[None], task.labels, task.care, journal):
        steps.append(_seen(task, step, spent))
        spent = steps[-1].seen
        if folder is not None:
            write_tensors(_path(folder, step.number), _tensors(steps[-1]), {})
        progress(len(steps))
    return steps


def _before(
    journal: Journal, task: TaskOnChip, now: MeterReading, tell: Callable[[str], None]
) -> tuple[list[SeenStep], MeterReading]:
    """Steps that the journal has, and the meter from which the next one is charged."""
    if journal.begun is None:
        write_tensors(journal.folder / START, _meter_tensors("meter", now), {})
        return [], now
    reached, replaced = journal.begun.step, replacement(journal, task.learner)
    steps = [_kept(journal.folder, number, task.sets) for number in range(reached)]
    done = "the initialisation" if reached == 0 else f"update {reached}"
    tell(f"Going on from {done}: every cell is verified and those that miss are written again.")
    if replaced:
        tell(f"{replaced} All of it is written.")
        return steps, now
    return steps, steps[-1].seen if steps else _meter(_read(journal.folder / START), "meter")


@contextlib.contextmanager
def discard_unstarted_journal(folder: Path | None) -> Iterator[None]:
    """Forget a journal whose first write never began, before and after: it has nothing to continue from."""

    def forget_unbegun() -> None:
        if folder is not None and not (folder / FIRST_WRITE).exists():
            forget(folder)

    forget_unbegun()
    try:
        yield
    except OhmshotError:
        forget_unbegun()
        raise


def forget(folder: Path) -> None:
    """Delete what `seen_steps` has left in a folder, and the folder where nothing else is in it."""
    if not folder.is_dir():
        return
    for pattern in (JOURNAL, START, "step-*.safetensors", "seen-*.safetensors", f"{SIMULATED_CHIP}*"):
        for path in folder.glob(pattern):
            path.unlink()
    if not any(folder.iterdir()):
        folder.rmdir()


def _seen(task: TaskOnChip, step: Step, spent: MeterReading) -> SeenStep:
    """Look at the chip after a write; these reads are not charged to learning."""
    pictured = step.number in (0, len(task.learner.bundle.rates))
    shares = {name: _shares(task.learner, features) for name, features in task.sets.items()}
    picture = task.crossbar.true_conductances()[0] if pictured else torch.zeros(0)
    return SeenStep(int(step.changed), len(step.missed), step.meter - spent, task.crossbar.meter(), shares, picture)


def _shares(learner: Learner, features: Tensor) -> Tensor:
    """Probabilities of the classes on the chip, [n, classes]."""
    shares = torch.softmax(learner.forward(features[None]).logits[0], dim=-1)
    return shares.clamp(min=torch.finfo(shares.dtype).tiny)  # their logarithms are logits


def _path(folder: Path, number: int) -> Path:
    return folder / f"seen-{number}.safetensors"


def _kept(folder: Path, number: int, sets: Mapping[str, Tensor]) -> SeenStep:
    path = _path(folder, number)
    kept = _read(path)
    shares = {name.removeprefix("shares."): kept[name] for name in kept if name.startswith("shares.")}
    if {name: len(part) for name, part in shares.items()} != {name: len(part) for name, part in sets.items()}:
        raise JournalError(
            f"{path} was seen with other examples to be judged by. Give the same, or begin anew in another folder."
        )
    return SeenStep(
        changed=int(kept["changed"]),
        missed=int(kept["missed"]),
        cost=_meter(kept, "cost"),
        seen=_meter(kept, "seen"),
        shares=shares,
        conductances=kept["conductances"],
    )


def _tensors(step: SeenStep) -> dict[str, Tensor]:
    return {
        "changed": torch.tensor(step.changed),
        "missed": torch.tensor(step.missed),
        "conductances": step.conductances,
        **_meter_tensors("cost", step.cost),
        **_meter_tensors("seen", step.seen),
        **{f"shares.{name}": values for name, values in step.shares.items()},
    }


def _meter_tensors(name: str, meter: MeterReading) -> dict[str, Tensor]:
    return {f"{name}.{part}": values for part, values in vars(meter).items()}


def _meter(kept: Mapping[str, Tensor], name: str) -> MeterReading:
    return MeterReading(*(kept[f"{name}.{part}"] for part in ("counts", "energy_joules", "busy_seconds")))


def _read(path: Path) -> dict[str, Tensor]:
    try:
        return read_tensors(path)[0]
    except (OSError, safetensors.SafetensorError) as error:
        raise JournalError(f"{path} is missing or damaged. Begin anew in another folder.") from error
