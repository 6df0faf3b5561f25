"""A person's own task: one chip learns the classes of some labelled files in five updates."""

import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.adapt.bake import Bake
from ohmshot.adapt.citations import run_citations
from ohmshot.adapt.loss import loss_to_exact_weights, signs_of
from ohmshot.adapt.result import EnergyJoules, PulseCounts
from ohmshot.adapt.software import software_heads
from ohmshot.adapt.summary import energy_split
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.standard import TaskStandard
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.labelled_files import (
    PICTURES,
    SPEECH,
    FileKind,
    LabelledFiles,
    and_more,
    recordings_of,
    signals_of,
    told_left_out,
)
from ohmshot.data.unlike_drawings import told_unlike
from ohmshot.foundation.errors import BundleError, DataError, SettingsError
from ohmshot.foundation.statistics import wilson
from ohmshot.foundation.text import one_line
from ohmshot.host.care.care import REPAIR, Care
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.task.result import AfterBake, Answer, Judgement, OwnTaskResult
from ohmshot.task.steps import TaskOnChip, seen_steps


@dataclass(frozen=True)
class OwnTask:
    """The examples of a task.

    Attributes:
        support: examples to learn from.
        query: examples to measure accuracy on; None measures it on the support set alone.
    """

    support: LabelledFiles
    query: LabelledFiles | None = None


@dataclass(frozen=True)
class OneChip:
    """The chip that learns.

    Attributes:
        crossbar: the chip.
        identity: its answer to ``*IDN?``: manufacturer, model, serial number.
        parameters: name of its cells' parameter set; its identity where it is real.
        citations: keys of the works that the parameter set rests on.
        seed: seed of a simulated chip.
        simulated: a chip in this process, whose cells go into the file of the adapted chip.
        place: entries of that file by which the chip is found, or by which one in this process is made again.
    """

    crossbar: ObservedCrossbar
    identity: str
    parameters: str
    citations: tuple[str, ...] = ()
    seed: int | None = None
    simulated: SimulatedCrossbar | None = None
    place: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class OwnTaskDetail:
    """Examples, conductances and targets that the page shows beside the numbers.

    Attributes:
        support: the examples as the network sees them, uint8 [n, side, side] or float32 [n, channels, length].
        labels: int64 [n].
        conductances: uS [2, rows, columns]: initialised, adapted.
        standard: standardisation of the task's features, to be kept with the chip.
        targets: uS [cells], what every cell was last written to, or is stuck at.
        query: the examples to be judged by, as the support; None where there are none.
        nearest: int64 [queries], the example of the support set whose features are nearest to each query's.
    """

    support: Tensor
    labels: Tensor
    conductances: Tensor
    standard: TaskStandard
    targets: Tensor
    query: Tensor | None = None
    nearest: Tensor | None = None


def file_kind(bundle: Bundle) -> FileKind:
    """Return the kind of files that a bundle learns from, one file an example.

    Raises:
        BundleError: it learns from features, which are read as one table.
    """
    match bundle.header.preprocessing.kind:
        case "drawing":
            return PICTURES
        case "signal":
            return signals_of(*_rows_and_columns(bundle))
        case "emg" | "motion":
            return recordings_of(*_rows_and_columns(bundle))
        case "speech":
            return SPEECH
        case "features":
            raise BundleError(
                f"The bundle {bundle.header.name} is for features, which lie in one table and not in a file each. Give "
                "them with --features."
            )
        case "image":
            raise BundleError(
                f"The bundle {bundle.header.name} is for images of several channels, which no file here is read as. "
                "Compute their features (`Bundle.features`), and give a bundle for features."
            )


def _rows_and_columns(bundle: Bundle) -> tuple[int, int]:
    channels, length = bundle.example_shape
    return channels, length


def learn_own_task(
    bundle: Bundle,
    task: OwnTask,
    chip: OneChip,
    settings: LearnerSettings,
    progress: Callable[[int], None] = lambda done: None,
    journal: Path | None = None,
    tell: Callable[[str], None] = lambda text: None,
    care: Care = REPAIR,
    bake: Bake | None = None,
) -> tuple[OwnTaskResult, OwnTaskDetail]:
    """Write the initialisation into one chip and adapt it; the chip has learned the task afterwards.

    Args:
        bundle: the learned initialisation.
        task: the examples of the task.
        chip: the chip as it is: fresh, used or half-written.
        settings: settings of the host.
        progress: takes the number of steps done: writing the initialisation, then each update.
        journal: folder of a journal (`ohmshot.adapt.journal`), by which a killed run continues; None for none.
        tell: takes messages for people: where a run continues, and what is odd about the examples.
        care: care for faulty cells; a test beforehand is charged to the initialisation.
        bake: what is done to a copy of a chip in this process, to see what it leaves; None for none.

    Raises:
        DataError: the classes do not fit the bundle, or support and query differ in them.
        SettingsError: not one chip, but a batch; the head does not fit on it; or a bake of a chip that is elsewhere.
        JournalError: the journal does not fit this run.
    """
    started = time.perf_counter()
    _require_fit(task)
    for remark in _remarks(task):
        tell(remark)
    if chip.crossbar.chips != 1:
        raise SettingsError(
            f"'{chip.identity}' is a batch of {chip.crossbar.chips} chips, left by a study; a task of one's own goes "
            "onto one chip. Put one there (SIMulator:FRESh), or start `ohmshot serve` with another state file."
        )
    if bake is not None and chip.simulated is None:
        raise SettingsError(
            f"Only a simulated chip in this process can be copied and baked; '{chip.identity}' is elsewhere. Bake it, "
            "then see what `ohmshot classify` answers."
        )
    bundle = bundle.for_ways(len(task.support.class_names))
    features = bundle.features(task.support.values)
    sets = {"support": (task.support, features)}
    if task.query is not None:
        sets["query"] = (task.query, bundle.features(task.query.values))
    learner = Learner(chip.crossbar, bundle, settings)
    parts = {name: part for name, (_, part) in sets.items()}
    on_chip = TaskOnChip(learner, chip.crossbar, features, task.support.labels, parts, chip.identity, care)
    steps = seen_steps(on_chip, journal, progress, tell)
    initialisation, updates = steps[0], steps[1:]
    labels = task.support.labels
    software = list(software_heads(bundle, bundle.standard(features, labels)(features), labels))
    judged = {
        name: _judgement(
            files,
            [step.shares[name] for step in steps],
            [heads.forward(head, learner.standard(part)).logits for head in software],
        )
        for name, (files, part) in sets.items()
    }
    name = "support" if task.query is None else "query"
    (files, part), last, seen = sets[name], judged[name], steps[-1]
    signs = signs_of(learner, seen.conductances[None], part[None], files.labels, seen.shares[name].log()[None])
    loss = loss_to_exact_weights(
        torch.tensor([last.accuracy[-1]]), torch.tensor([last.accuracy_software[-1]]), len(files.labels), signs
    )
    costs = [step.cost for step in updates]
    result = OwnTaskResult(
        class_names=task.support.class_names,
        chip=chip.identity,
        seed=chip.seed,
        strategy=settings.strategy.name,
        parameters=chip.parameters,
        bundle=bundle.digest,
        support=judged["support"],
        query=judged.get("query"),
        loss_to_exact_weights=loss,
        arrays=chip.crossbar.datasheet.arrays,
        after_bake=None if bake is None else _after_bake(learner, chip.simulated, part, files.labels, bake),
        cells_written=tuple(step.changed for step in updates),
        cells_missed_at_initialisation=initialisation.missed,
        pulses=PulseCounts(
            initialisation=float(initialisation.cost.pulses),
            adaptation=float(sum(cost.pulses for cost in costs)),
            by_update=tuple(float(cost.pulses) for cost in costs),
        ),
        energy_joules=EnergyJoules(initialisation=energy_split([initialisation.cost]), adaptation=energy_split(costs)),
        energy_joules_by_update=tuple(energy_split([cost]).total for cost in costs),
        busy_seconds_by_update=tuple(float(cost.seconds) for cost in costs),
        citations=run_citations((), chip.citations, [settings.strategy], bundle.header),
        wall_seconds=time.perf_counter() - started,
    )
    maps = torch.stack([steps[0].conductances, steps[-1].conductances])
    query = nearest = None
    if task.query is not None:
        query = task.query.values
        nearest = torch.cdist(learner.standard(sets["query"][1]), learner.standard(features)).argmin(-1).flatten()
    expected = _expected(learner)[0]
    detail = OwnTaskDetail(
        task.support.values, task.support.labels, maps, learner.standard, expected, query=query, nearest=nearest
    )
    return result, detail


def _after_bake(
    learner: Learner, chip: SimulatedCrossbar | None, features: Tensor, labels: Tensor, bake: Bake
) -> AfterBake:
    """Bake a copy of the chip and measure features [examples, features] on it."""
    baked = copy.deepcopy(chip)
    assert baked is not None  # asked for before the first pulse
    bake.apply_to(baked)
    logits = learner.array.forward(baked, learner.standard(features[None])).logits[0]
    found = wilson(int((logits.argmax(-1) == labels).sum()), len(labels))
    return AfterBake(
        hours=bake.hours, celsius=bake.celsius, accuracy=found.middle, accuracy_interval95=(found.low, found.high)
    )


def _expected(learner: Learner) -> Tensor:
    """Expected reading of every cell, uS [chips, cells]: its target, or where it is stuck."""
    faults = learner.faults
    return learner.targets if faults is None else torch.where(faults.stuck, faults.conductance, learner.targets)


def _require_fit(task: OwnTask) -> None:
    names = task.support.class_names
    if len(names) < 2:
        raise DataError(f"The support set has one class only ({names[0]}). Give at least two to tell apart.")
    if task.query is not None and task.query.class_names != names:
        raise DataError(f"The query set must have the classes of the support set: {', '.join(names)}.")


def _remarks(task: OwnTask) -> list[str]:
    """What a person should know of the examples: files that were not read, the same example in places that exclude."""
    told: list[str] = []
    for name, files in (("support", task.support), ("query", task.query)):
        if files is not None:
            told += filter(None, [told_left_out(files, f"the {name} set")])
        if files is not None and files.values.dtype == torch.uint8:  # pictures of drawings
            names = [str(path) for path in files.paths]
            told += filter(None, [told_unlike(names, files.values, f"the {name} set")])
    counts = torch.bincount(task.support.labels).tolist()
    if min(counts) < max(counts):
        told.append(
            f"The classes have {min(counts)} to {max(counts)} examples; each class counts as much as another one."
        )
    first: dict[bytes, int] = {}
    for number, content in enumerate(map(_content, task.support.values)):
        other = first.setdefault(content, number)
        if task.support.labels[other] != task.support.labels[number]:
            one, two = task.support.paths[other], task.support.paths[number]
            told.append(f"{one} and {two} are the same example in two classes: no chip can tell them apart.")
    if task.query is not None:
        asked = zip(task.query.paths, task.query.values, strict=True)
        again = [path for path, values in asked if _content(values) in first]
        if again:
            what = and_more(again)
            told.append(f"In the query set and in the support set: {what}: what was learned is judged by itself.")
    return told


def _content(values: Tensor) -> bytes:
    return values.contiguous().numpy().tobytes()


def _judgement(files: LabelledFiles, shares: list[Tensor], software: list[Tensor]) -> Judgement:
    count, ways = len(files.labels), len(files.class_names)
    right = [int((part.argmax(-1) == files.labels).sum()) for part in shares]
    intervals = [wilson(number, count) for number in right]
    last = shares[-1].argmax(-1)
    confusion = torch.bincount(files.labels * ways + last, minlength=ways * ways).view(ways, ways)
    return Judgement(
        examples=tuple(torch.bincount(files.labels, minlength=ways).tolist()),
        accuracy=tuple(number / count for number in right),
        accuracy_interval95=tuple((interval.low, interval.high) for interval in intervals),
        accuracy_software=tuple(float((part.argmax(-1) == files.labels).double().mean()) for part in software),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        answers=tuple(
            Answer(
                file=one_line(str(path)),
                true=files.class_names[int(label)],
                answered=files.class_names[int(answer)],
                share=float(share[answer]),
            )
            for path, label, answer, share in zip(files.paths, files.labels, last, shares[-1], strict=True)
        ),
    )
