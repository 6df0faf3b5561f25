"""One person's bench: a chip, the task that it has learned, and what has been done to it since."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from torch import Tensor

from ohmshot.adapt.adaptation import Step, adaptation, updates
from ohmshot.adapt.source import guarded
from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.recorded import RecordingCrossbar, Round
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.care.care import REPAIR
from ohmshot.host.learner import Learner
from ohmshot.workbench import picture
from ohmshot.workbench.answers import judged, mixed_up, shares_of
from ohmshot.workbench.distributions import level_distributions
from ohmshot.workbench.settings import BenchSettings
from ohmshot.workbench.task import BenchTask


@dataclass(frozen=True)
class Taught:
    """A chip that has learned a task, with the host that taught it.

    Attributes:
        settings: of the chip and the host.
        task: what was learned.
        learner: the host.
        recorder: the chip as the host drives it.
        chip: the chip itself.
        history: what was done to it, newest last.
    """

    settings: BenchSettings
    task: BenchTask
    learner: Learner
    recorder: RecordingCrossbar
    chip: ObservedCrossbar
    history: tuple[str, ...] = ()

    @property
    def bundle(self) -> Bundle:
        """The learned initialisation, for the number of classes of the task."""
        return self.task.bundle

    @property
    def copies(self) -> bool:
        """Whether the chip can be copied: it is simulated in this process."""
        return isinstance(self.chip, SimulatedCrossbar)

    def shares(self, features: Tensor) -> Tensor:
        """Answers of the chip to features [n, features]."""
        return shares_of(self.learner, features)

    def copied(self) -> "Taught":
        """Return a copy of chip and host that goes its own way; of a chip in this process alone."""
        learner, recorder, chip = copy.deepcopy((self.learner, self.recorder, self.chip))
        return Taught(self.settings, self.task, learner, recorder, chip, self.history)

    def then(self, what: str) -> "Taught":
        """Return this with one thing more in its history."""
        return replace(self, history=(*self.history, what))


@dataclass(frozen=True)
class Learned:
    """What a chip did while it learned.

    Attributes:
        taught: the chip afterwards.
        result: everything for the page.
        rounds: what was recorded, one tuple of rounds a step: the initialisation, then each update.
    """

    taught: Taught
    result: dict[str, Any]
    rounds: tuple[tuple[Round, ...], ...]


Record = Literal["nothing", "updates", "all"]
"""What is recorded: "all" with the first write. What is not recorded is written in one go, with the same pulses."""


def teach(
    chip: ObservedCrossbar,
    settings: BenchSettings,
    task: BenchTask,
    record: Record = "updates",
    done: Callable[[int], None] = lambda step: None,
) -> Learned:
    """Let a chip learn a task and write down what happens.

    Args:
        chip: one chip, fresh or used.
        settings: of the host.
        task: the task.
        record: what to record.
        done: called with the number of each step; what it raises ends the learning.

    Raises:
        SettingsError: the head does not fit, or not one chip.
        ChipError: the chip has too many faults to be of use, or fails.
    """
    if chip.chips != 1:
        raise SettingsError(f"The workbench takes one chip, not a batch of {chip.chips}.")
    recorder = RecordingCrossbar(guarded(chip))
    learner = Learner(recorder, task.bundle, settings.learner())
    taught = Taught(settings, task, learner, recorder, chip)
    return _watched(taught, adaptation(learner, task.support_features, task.labels, REPAIR), record, done)


def teach_next(taught: Taught, task: BenchTask, done: Callable[[int], None] = lambda step: None) -> Learned:
    """Let the same chip learn another task of as many classes; all its pulses are recorded.

    Args:
        taught: the chip as it is; it is changed.
        task: the next task.
        done: as of `teach`.

    Raises:
        SettingsError: the task has another number of classes.
        ChipError: the chip has too many faults to be of use, or fails.
    """
    ways = len(taught.task.names)
    if len(task.names) != ways:
        raise SettingsError(
            f"The next task on this chip must have {ways} classes too, not {len(task.names)}; learn it on a fresh chip."
        )
    learned = _watched(replace(taught, task=task), _written_over(taught.learner, task), "all", done)
    pulses = sum(step["cost"]["pulses"] for step in learned.result["steps"])
    return replace(learned, taught=learned.taught.then(f"learned another task with {pulses:,} pulses"))


def _written_over(learner: Learner, task: BenchTask) -> Iterator[Step]:
    """Write back what the last task changed, as step 0, and make the updates of the next one."""
    before = learner.crossbar.meter()
    learner.restart()
    now = learner.crossbar.meter()
    yield Step(0, learner.changed, learner.missed, now - before, now)
    yield from updates(learner, task.support_features, task.labels, REPAIR)


def _watched(taught: Taught, adapted: Iterator[Step], record: Record, done: Callable[[int], None]) -> Learned:
    """Follow the steps of a chip that learns."""
    task, recorder, chip = taught.task, taught.recorder, taught.chip
    recorder.recording = record == "all"
    steps: list[dict[str, Any]] = []
    rounds: list[tuple[Round, ...]] = []
    before = chip.meter()
    for step in adapted:
        rounds.append(recorder.taken())
        steps.append(_step(taught, step, rounds[-1], float(before.joules.mean())))
        done(step.number)
        recorder.recording = record != "nothing"
        before = chip.meter()
    recorder.recording = False
    remarks = [*task.remarks, *mixed_up(task.names, taught.shares(task.support_features), task.labels)]
    result = {
        "names": task.names,
        "layout": picture.layout(taught.learner.array),
        "steps": steps,
        "pulses": picture.packed(
            picture.pulses_of_cells(tuple(each for update in rounds[1:] for each in update), chip.datasheet.cells), "i4"
        ),
        "levels": level_distributions(taught.learner, chip.true_conductances()[0].flatten()),
        "meter": picture.costs(chip.meter()),
        "remarks": remarks,
    }
    return Learned(taught, result, tuple(rounds))


def _step(taught: Taught, step: Step, rounds: tuple[Round, ...], joules_before: float) -> dict[str, Any]:
    """One step for the page: costs, accuracy, every cell, and its rounds of pulses."""
    task, learner = taught.task, taught.learner
    shown = {
        "number": step.number,
        "changed": int(step.changed[0]),
        "missed": len(step.missed),
        "cost": picture.costs(step.cost),
        "cells": picture.cells(learner, taught.chip),
        "support": judged(taught.shares(task.support_features), task.labels),
        "query": judged(taught.shares(task.query_features), task.query_labels),
        "exact": judged(task.exact_shares[step.number], task.exact_labels),
    }
    if rounds:
        shown["rounds"] = [picture.played(each, joules_before) for each in rounds if each.pulses]
    return shown


def state(taught: Taught) -> dict[str, Any]:
    """The chip now: every cell, what it answers to the examples of its task, what it has cost."""
    task = taught.task
    return {
        "names": task.names,
        "layout": picture.layout(taught.learner.array),
        "cells": picture.cells(taught.learner, taught.chip),
        "levels": level_distributions(taught.learner, taught.chip.true_conductances()[0].flatten()),
        "support": judged(taught.shares(task.support_features), task.labels),
        "query": judged(taught.shares(task.query_features), task.query_labels),
        "meter": picture.costs(taught.chip.meter()),
        "history": taught.history,
    }
