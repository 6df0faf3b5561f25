"""One person's bench: a chip, the task that it has learned, and what has been done to it since."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ohmshot.adapt.adaptation import adaptation
from ohmshot.adapt.software import software_heads
from ohmshot.adapt.source import guarded
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.recorded import RecordingCrossbar, Round
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.care.care import REPAIR
from ohmshot.host.learner import Learner
from ohmshot.workbench import picture
from ohmshot.workbench.answers import judged, mixed_up, shares_of
from ohmshot.workbench.settings import BenchSettings
from ohmshot.workbench.task import BenchTask


@dataclass(frozen=True)
class Taught:
    """A chip that has learned a task, with the host that taught it.

    Attributes:
        settings: of the chip and the host.
        task: what was learned.
        bundle: the learned initialisation, for the number of classes of the task.
        learner: the host.
        recorder: the chip as the host drives it.
        chip: the chip itself.
        history: what was done to it, newest last.
    """

    settings: BenchSettings
    task: BenchTask
    bundle: Bundle
    learner: Learner
    recorder: RecordingCrossbar
    chip: ObservedCrossbar
    history: tuple[str, ...] = ()

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
        return Taught(self.settings, self.task, self.bundle, learner, recorder, chip, self.history)


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


def teach(
    chip: ObservedCrossbar,
    settings: BenchSettings,
    bundle: Bundle,
    task: BenchTask,
    record: str = "updates",
    done: Callable[[int], None] = lambda step: None,
) -> Learned:
    """Let a chip learn a task and write down what happens.

    Args:
        chip: one chip, fresh or used.
        settings: of the host.
        bundle: for the number of classes of the task.
        task: the task.
        record: "nothing", "updates", or "all" with the initialisation. What is not recorded is written in one go, with
            the same pulses.
        done: called with the number of each step; what it raises ends the learning.

    Raises:
        SettingsError: the head does not fit, or not one chip.
        ChipError: the chip has too many faults to be of use, or fails.
    """
    if chip.chips != 1:
        raise SettingsError(f"The workbench takes one chip, not a batch of {chip.chips}.")
    recorder = RecordingCrossbar(guarded(chip))
    recorder.recording = record == "all"
    learner = Learner(recorder, bundle, settings.learner())
    taught = Taught(settings, task, bundle, learner, recorder, chip)
    software = _software(learner, task)
    steps: list[dict[str, Any]] = []
    rounds: list[tuple[Round, ...]] = []
    before = chip.meter()
    for step in adaptation(learner, task.support_features, task.labels, REPAIR):
        rounds.append(recorder.taken())
        shown = _step(taught, step.number, step.cost, int(step.changed[0]), len(step.missed), rounds[-1], before)
        steps.append(shown | {"exact": software[step.number]})
        done(step.number)
        recorder.recording = record != "nothing"
        before = chip.meter()
    recorder.recording = False
    remarks = [*task.remarks, *mixed_up(task.names, taught.shares(task.support_features), task.labels)]
    result = {
        "names": task.names,
        "layout": picture.layout(learner.array),
        "steps": steps,
        "pulses": picture.packed(
            picture.pulses_of_cells(tuple(each for update in rounds[1:] for each in update), chip.datasheet.cells), "i4"
        ),
        "remarks": remarks,
    }
    return Learned(taught, result, tuple(rounds))


def _step(
    taught: Taught,
    number: int,
    cost: MeterReading,
    changed: int,
    missed: int,
    rounds: tuple[Round, ...],
    before: MeterReading,
) -> dict[str, Any]:
    """One step for the page: costs, accuracy, every cell, and its rounds of pulses."""
    task, learner = taught.task, taught.learner
    start = float(before.joules.mean())
    shown = {
        "number": number,
        "changed": changed,
        "missed": missed,
        "cost": picture.costs(cost),
        "cells": picture.cells(learner, taught.chip),
        "support": judged(taught.shares(task.support_features), task.labels),
        "query": judged(taught.shares(task.query_features), task.query_labels),
    }
    if number and rounds:
        shown["rounds"] = [picture.played(each, start) for each in rounds if each.pulses]
    return shown


def _software(learner: Learner, task: BenchTask) -> list[dict[str, Any] | None]:
    """Right answers with exact weights, before the first update and after each: of the further examples, if any."""
    bundle = learner.bundle
    standard = bundle.standard(task.support_features, task.labels)
    asked, labels = task.query_features, task.query_labels
    if not len(asked):
        asked, labels = task.support_features, task.labels
    return [
        judged(torch.softmax(heads.forward(head, standard(asked)).logits, -1), labels)
        for head in software_heads(bundle, standard(task.support_features), task.labels)
    ]


def state(taught: Taught) -> dict[str, Any]:
    """The chip now: every cell, what it answers to the examples of its task, what it has cost."""
    task = taught.task
    return {
        "names": task.names,
        "layout": picture.layout(taught.learner.array),
        "cells": picture.cells(taught.learner, taught.chip),
        "support": judged(taught.shares(task.support_features), task.labels),
        "query": judged(taught.shares(task.query_features), task.query_labels),
        "meter": picture.costs(taught.chip.meter()),
        "history": taught.history,
    }
