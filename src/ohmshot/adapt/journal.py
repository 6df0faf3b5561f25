"""The journal of an adaptation: every write is on the disk before its first pulse.

A folder with one line of JSON an event and one file of tensors a write (docs/journal.md).
`ohmshot.adapt.adaptation.adaptation` goes by it.
"""

import dataclasses
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import safetensors
import torch
from pydantic import ValidationError
from torch import Tensor

from ohmshot.bundle.head import Head
from ohmshot.bundle.standard import TaskStandard
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import append_line, make_folder
from ohmshot.foundation.records import Record
from ohmshot.foundation.tensor_files import tensors_of, write_tensors
from ohmshot.host.arithmetic import FLOATING_POINT
from ohmshot.host.budget import Account
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named

JOURNAL = "journal.jsonl"
FIRST_WRITE = "step-0.safetensors"
"""The file that is there before any pulse is given."""


class JournalError(OhmshotError):
    """A journal cannot be gone on with."""


class Opening(Record):
    """The first line: bundle, task, learner and chip of the journal."""

    format: Literal["ohmshot-journal"] = "ohmshot-journal"
    format_version: Literal[2] = 2
    bundle: str
    """SHA-256, see `ohmshot.bundle.bundle.Bundle.digest`."""
    task: str
    """SHA-256 of features and labels."""
    settings: str
    """Settings of the learner without its limits, so that an adaptation may go on with other limits."""
    chip: str
    """Manufacturer, model and serial number as the chip reports them; empty where it reports none."""


class Replaced(Record):
    """Another chip stands in the place of the one before, and the writes go on with it."""

    event: Literal["replaced"] = "replaced"
    chip: str


class Begun(Record):
    """A write that may have begun."""

    event: Literal["begun"] = "begun"
    step: int
    """0 writes the initialisation, k the update k."""
    state: str
    """SHA-256 of the file of this step."""
    changed: tuple[int, ...]
    """Cells whose target moves, one number a chip."""
    pulses: tuple[int, ...]
    """Pulses counted by the meter of each chip before the write."""


class Done(Record):
    """A write whose cells have been verified."""

    event: Literal["done"] = "done"
    step: int
    missed: tuple[int, ...]
    """Addresses of the cells that missed their target."""
    pulses: tuple[int, ...]
    """Pulses counted by the meter of each chip after the write."""


@dataclass(frozen=True)
class KeptWrite:
    """Content of the file of a step: all that a host needs to carry the write out again.

    Attributes:
        head: exact weights after the write, [chips, inputs, outputs] a layer.
        targets: uS, [chips, cells].
        standard: origin and size of the task's features.
        account: state of the session against its limits; None without limits.
    """

    head: Head
    targets: Tensor
    standard: TaskStandard
    account: Account | None


class Journal:
    """The journal of one adaptation, in a folder of its own.

    Args:
        folder: made if it is not there.
        opening: the bundle, task, learner and chip that it must belong to.

    Attributes:
        folder: its folder.
        begun: the last write that may have begun; None for none.
        done: its end; None when it was not reached.
        chip: identity of the chip of the last write.
        chip_there: identity of the chip that is there now.

    Raises:
        JournalError: the folder holds the journal of something else, or a damaged one.
    """

    def __init__(self, folder: Path, opening: Opening) -> None:
        make_folder(folder)
        self.folder = folder
        self._path = folder / JOURNAL
        self.begun: Begun | None = None
        self.done: Done | None = None
        self.chip = self.chip_there = opening.chip
        lines = self._whole_lines()
        if not lines:
            self._append(opening)
            return
        try:
            found = Opening.model_validate_json(lines[0])
            self.chip = found.chip
            for line in lines[1:]:
                self._take(line)
        except (ValidationError, ValueError, AttributeError) as error:
            raise JournalError(f"{self._path} is damaged. Begin anew in another folder, or delete this one.") from error
        for name in ("bundle", "task", "settings"):
            if getattr(found, name) != getattr(opening, name):
                raise JournalError(
                    f"{self._path} is of another {name}. Go on with what it was begun with, choose another folder, "
                    "or delete this one."
                )

    def replace(self, chip: str) -> None:
        """Keep that another chip is written from now on."""
        self.chip = chip
        self._append(Replaced(chip=chip))

    def begin(self, step: int, learner: Learner) -> None:
        """Keep what is about to be written; call it before the first pulse."""
        tensors = {
            **{f"head.{i}": weights for i, weights in enumerate(learner.shadow)},
            "targets": learner.targets,
            "standard.origin": torch.as_tensor(learner.standard.origin),
            "standard.size": torch.as_tensor(learner.standard.size),
        }
        if learner.account is not None:
            tensors |= {f"account.{name}": values for name, values in vars(learner.account).items()}
        path = self._state(step)
        write_tensors(path, tensors, {"step": str(step)})
        self.begun, self.done = (
            Begun(
                step=step,
                state=_digest(path.read_bytes()),
                changed=_numbers(learner.changed),
                pulses=_numbers(learner.crossbar.meter().pulses),
            ),
            None,
        )
        self._append(self.begun)

    def end(self, step: int, learner: Learner) -> None:
        """Keep that every cell was verified, but those that missed their target."""
        pulses = _numbers(learner.crossbar.meter().pulses)
        self.done = Done(step=step, missed=_numbers(learner.missed), pulses=pulses)
        self._append(self.done)

    @property
    def pulses(self) -> tuple[int, ...]:
        """Pulses counted by the meter of each chip at the last entry."""
        assert self.begun is not None
        return self.begun.pulses if self.done is None else self.done.pulses

    def write(self) -> KeptWrite:
        """Return the last write that may have begun.

        Raises:
            JournalError: its file is missing or damaged.
        """
        assert self.begun is not None
        path = self._state(self.begun.step)
        try:
            content = path.read_bytes()
            if _digest(content) != self.begun.state:
                raise ValueError("changed")
            kept, _ = tensors_of(content)
        except (OSError, ValueError, safetensors.SafetensorError) as error:
            raise JournalError(f"{path} is missing or damaged. Begin anew in another folder.") from error
        account = {name.removeprefix("account."): kept[name] for name in kept if name.startswith("account.")}
        return KeptWrite(
            head=tuple(kept[f"head.{i}"] for i in range(sum(name.startswith("head.") for name in kept))),
            targets=kept["targets"],
            standard=TaskStandard(kept["standard.origin"], kept["standard.size"]),
            account=Account(**account) if account else None,
        )

    def _take(self, line: str) -> None:
        event = json.loads(line).get("event")
        if event == "begun":
            self.begun, self.done = Begun.model_validate_json(line), None
        elif event == "replaced":
            self.chip = Replaced.model_validate_json(line).chip
        else:
            self.done = Done.model_validate_json(line)

    def _state(self, step: int) -> Path:
        return self.folder / f"step-{step}.safetensors"

    def _whole_lines(self) -> list[str]:
        """Lines that were written to their end; a torn one at the end is cut off, its write had not begun."""
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
        return whole.decode(errors="replace").splitlines()

    def _append(self, line: Record) -> None:
        append_line(self._path, line.model_dump_json())


def open_journal(folder: Path, learner: Learner, features: Tensor, labels: Tensor, chip: str = "") -> Journal:
    """Open the journal of an adaptation, or begin one; no chip is touched.

    Args:
        folder: folder of the journal.
        learner: with one chip or several, which may have been written in part before.
        features: [chips, examples, features] of the support set.
        labels: int64 [examples].
        chip: identity that the chip reports; "" where it reports none.

    Raises:
        JournalError: the journal is damaged, or of another bundle, task or learner, or of chips of another size.
    """
    task = hashlib.sha256(features.contiguous().numpy().tobytes() + labels.numpy().tobytes()).hexdigest()
    settings = _written_out(learner.settings)
    journal = Journal(folder, Opening(bundle=learner.bundle.digest, task=task, settings=settings, chip=chip))
    if journal.begun is not None:
        wanted, found = (learner.crossbar.chips, learner.crossbar.datasheet.cells), journal.write().targets.shape
        if wanted != tuple(found):
            raise JournalError(
                f"The journal in {folder} is of {found[0]} chips with {found[1]} cells, not of {wanted[0]} with "
                f"{wanted[1]}. Put the right chip in its place, or begin anew in another folder."
            )
    return journal


def _written_out(settings: LearnerSettings) -> str:
    """Settings of a learner as text, without its limits; a strategy with its shipped settings by its name alone."""
    strategy = settings.strategy
    shipped = strategy.name in STRATEGIES and strategy == strategy_named(strategy.name)
    changed = None if shipped else strategy.scheme
    text = repr(dataclasses.replace(settings, limits=None)).replace(f", arithmetic={FLOATING_POINT!r}", "")
    # As journals have named a strategy from the first, so that unfinished adaptations can be gone on with.
    return text.replace(repr(strategy), f"{strategy.name!r}, strategy_settings={changed!r}")


def replacement(journal: Journal, learner: Learner) -> str:
    """Why the chip is not the one that the journal has written; empty where nothing speaks against it.

    A chip that tells its serial number is known by it. Any chip is known to be another one, or to have lost its meter,
    when it counts fewer pulses than it had.
    """
    if journal.begun is None:
        return ""
    if journal.chip_there != journal.chip:
        return f"The journal was written to the chip '{journal.chip}'; '{journal.chip_there}' stands in its place now."
    counted = learner.crossbar.meter().pulses.tolist()
    for now, before in zip(counted, journal.pulses, strict=True):
        if now < before:
            return (
                f"The chip counts {now} pulses and had {before} when the journal last looked: it is another chip, or "
                "its meter was reset."
            )
    return ""


def _numbers(values: Sequence[int] | Tensor) -> tuple[int, ...]:
    return tuple(int(value) for value in values)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
