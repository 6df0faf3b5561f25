"""A person's own task: one chip learns the classes of some labelled files in five updates."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from scipy import stats
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Head
from ohmshot.bundle.standard import TaskStandard
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.crossbar import OPERATIONS, MeterReading
from ohmshot.data.labelled_files import PICTURES, FileKind, LabelledFiles, signals_of
from ohmshot.foundation.errors import DataError
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.study.bench import ObservedCrossbar
from ohmshot.study.citations import run_citations
from ohmshot.study.own_task_result import Answer, Judgement, OwnTaskResult
from ohmshot.study.result import EnergyJoules, EnergySplit, PulseCounts


@dataclass(frozen=True)
class OwnTask:
    """What is to be learned.

    Attributes:
        support: to learn from.
        query: to be judged by; None judges by the support set alone.
    """

    support: LabelledFiles
    query: LabelledFiles | None = None


@dataclass(frozen=True)
class OwnTaskDetail:
    """What the page shows beside the numbers.

    Attributes:
        support: the examples as the network sees them, uint8 [n, side, side] or float32 [n, channels, length].
        labels: int64 [n].
        conductances: uS [2, rows, columns]: initialised, adapted.
        standard: of the task's features, to be kept with the chip.
    """

    support: Tensor
    labels: Tensor
    conductances: Tensor
    standard: TaskStandard


def file_kind(bundle: Bundle) -> FileKind:
    """Which files a bundle learns from."""
    if bundle.header.preprocessing.kind == "drawing":
        return PICTURES
    return signals_of(*bundle.example_shape)


def learn_own_task(
    bundle: Bundle,
    task: OwnTask,
    crossbar: ObservedCrossbar,
    settings: LearnerSettings,
    parameters: ParameterSet,
    seed: int,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[OwnTaskResult, OwnTaskDetail]:
    """Write the initialisation into one chip and adapt it; the chip has learned the task afterwards.

    Args:
        bundle: the learned initialisation.
        task: what is to be learned.
        crossbar: one chip.
        settings: how the host learns.
        parameters: of its cells, for the result.
        seed: of the chip, for the result.
        progress: told the number of steps done: writing the initialisation, then each update.

    Raises:
        DataError: the classes do not fit the bundle, or support and query differ in them.
    """
    started = time.perf_counter()
    _require_fit(task)
    bundle = bundle.for_ways(len(task.support.class_names))
    features = bundle.features(task.support.values)
    sets = {"support": (task.support, features)}
    if task.query is not None:
        sets["query"] = (task.query, bundle.features(task.query.values))
    learner = Learner(crossbar, bundle, settings)
    missed = learner.initialise()
    initial = crossbar.meter()
    maps = [crossbar.true_conductances()[0]]
    progress(1)
    shares = {name: [_shares(learner, part)] for name, (_, part) in sets.items()}
    written: list[int] = []
    costs: list[MeterReading] = []
    for step in range(len(bundle.header.rates)):
        before = crossbar.meter()
        written.append(int(learner.update(features[None], task.support.labels, step)[0]))
        costs.append(crossbar.meter() - before)
        for name, (_, part) in sets.items():
            shares[name].append(_shares(learner, part))
        progress(step + 2)
    maps.append(crossbar.true_conductances()[0])
    software = _software(bundle, features, task.support.labels)
    judged = {
        name: _judgement(files, shares[name], [heads.forward(head, learner.standard(part)).logits for head in software])
        for name, (files, part) in sets.items()
    }
    result = OwnTaskResult(
        class_names=task.support.class_names,
        seed=seed,
        strategy=settings.strategy,
        parameters=parameters.information.name,
        bundle=bundle.digest,
        support=judged["support"],
        query=judged.get("query"),
        cells_written=tuple(written),
        cells_missed_at_initialisation=len(missed),
        pulses=PulseCounts(
            initialisation=float(initial.pulses),
            adaptation=float(sum(cost.pulses for cost in costs)),
            by_update=tuple(float(cost.pulses) for cost in costs),
        ),
        energy_joules=EnergyJoules(initialisation=_split([initial]), adaptation=_split(costs)),
        energy_joules_by_update=tuple(_split([cost]).total for cost in costs),
        busy_seconds_by_update=tuple(sum(float(cost.busy_seconds[name]) for name in OPERATIONS) for cost in costs),
        citations=run_citations([parameters], (), [settings.strategy], bundle.header),
        wall_seconds=time.perf_counter() - started,
    )
    return result, OwnTaskDetail(task.support.values, task.support.labels, torch.stack(maps), learner.standard)


def _require_fit(task: OwnTask) -> None:
    names = task.support.class_names
    if len(names) < 2:
        raise DataError(f"The support set has one class only ({names[0]}). Give at least two to tell apart.")
    if task.query is not None and task.query.class_names != names:
        raise DataError(f"The query set must have the classes of the support set: {', '.join(names)}.")


def _shares(learner: Learner, features: Tensor) -> Tensor:
    """Probabilities of the classes on the chip, [n, classes]; these reads are not charged to learning."""
    return torch.softmax(learner.forward(features[None]).logits[0], dim=-1)


def _software(bundle: Bundle, features: Tensor, labels: Tensor) -> list[Head]:
    """The head with exact weights, before and after each update."""
    reached = [bundle.head]
    features = bundle.standard(features)(features)
    for rates in bundle.rates:
        head = reached[-1]
        gradient = heads.gradients(heads.forward(head, features), labels, head[1])
        reached.append(heads.updated(head, gradient, rates))
    return reached


def _judgement(files: LabelledFiles, shares: list[Tensor], software: list[Tensor]) -> Judgement:
    count, ways = len(files.labels), len(files.class_names)
    right = [int((part.argmax(-1) == files.labels).sum()) for part in shares]
    intervals = [stats.binomtest(number, count).proportion_ci(method="wilson") for number in right]
    last = shares[-1].argmax(-1)
    confusion = torch.bincount(files.labels * ways + last, minlength=ways * ways).view(ways, ways)
    return Judgement(
        examples=tuple(torch.bincount(files.labels, minlength=ways).tolist()),
        accuracy=tuple(number / count for number in right),
        accuracy_interval95=tuple((float(interval.low), float(interval.high)) for interval in intervals),
        accuracy_software=tuple(float((part.argmax(-1) == files.labels).double().mean()) for part in software),
        confusion=tuple(tuple(row) for row in confusion.tolist()),
        answers=tuple(
            Answer(
                file=str(path),
                true=files.class_names[int(label)],
                answered=files.class_names[int(answer)],
                share=float(share[answer]),
            )
            for path, label, answer, share in zip(files.paths, files.labels, last, shares[-1], strict=True)
        ),
    )


def _split(readings: list[MeterReading]) -> EnergySplit:
    split = {name: sum(float(reading.energy_joules[name]) for reading in readings) for name in OPERATIONS}
    return EnergySplit(**split, total=sum(split.values()))
