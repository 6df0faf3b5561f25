"""Every word length of the controller, one changed at a time, and what the controller takes with those that it has.

Chips that the controller teaches and chips that the computer teaches are the same chips with the same tasks, and differ
by nothing but the arithmetic; so differences are paired, episode by episode.
"""

import dataclasses

import polars as pl
from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import CHARACTERS
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.arithmetic import ControllerArithmetic
from ohmshot.controller.configuration import Configuration
from ohmshot.controller.costs import Writes, block_costs
from ohmshot.controller.formats import WordLengths, registers
from ohmshot.controller.pulse_sequencer import pulse_timing
from ohmshot.controller.road import by_controller
from ohmshot.data.episodes import EpisodeShape
from ohmshot.foundation.statistics import half_interval, mean_and_half
from ohmshot.host.array import circuit_for
from ohmshot.host.learner import LearnerSettings
from ohmshot.studies.controller.findings import findings
from ohmshot.studies.controller.published import PUBLISHED
from ohmshot.studies.controller.words import TASKS, Task, Trial, trials
from ohmshot.study.study import Counts, Measurement, Progress, Study, StudySettings, step_counter
from ohmshot.study.tasks import adapted_and_baked, tasks_for

MOST_QUERIES = 15
"""Drawings of a class that answers are judged by; fewer where learning leaves fewer."""
WORDS = (
    "task",
    "word",
    "bits",
    "accuracy_percent",
    "ci95_percent",
    "less_than_computer_points",
    "ci95_points",
    "cells_written",
)
BLOCKS = ("block", "cycles", "cycles_percent", "memory_bits")
REGISTERS = ("block", "register", "bits", "signed", "largest", "unit")


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt chips by the computer, then by the controller with each choice of word lengths."""
    asked = trials(settings.size, settings.bundle.header.standard == "support")
    tasks = [task for task in TASKS[settings.size] if task.ways <= settings.drawings.classes]
    step = step_counter(progress, len(tasks) * (1 + len(asked)) + 1)
    rows: list[tuple[object, ...]] = []
    for task in tasks:
        here = _of_task(settings, task)
        drawn = tasks_for(here, _shape(here, task))
        computer = _adapted(here, drawn, LearnerSettings(strategy=settings.strategy))
        rows.append(_row(task, "computer", None, computer, computer))
        step()
        for trial in asked:
            rows.append(
                _row(
                    task,
                    trial.word or "as chosen",
                    trial.bits if trial.word else None,
                    _by(here, drawn, trial),
                    computer,
                )
            )
            step()
    words = pl.DataFrame(rows, WORDS, orient="row")
    configuration, writes = _whole_road(settings)
    step()
    tables = {
        "words": words,
        "blocks": _blocks(settings, configuration, writes),
        "registers": _registers(configuration),
        "published": pl.DataFrame([dataclasses.astuple(each) for each in PUBLISHED], _PUBLISHED_COLUMNS, orient="row"),
    }
    return Measurement(tables, tuple(findings(tables)), ("denblanken2025chameleon", "li2021sapiens"))


_PUBLISHED_COLUMNS = tuple(field.name for field in dataclasses.fields(PUBLISHED[0]))


def _of_task(settings: StudySettings, task: Task) -> StudySettings:
    fewer = settings.at_most(max(1, round(task.share * settings.episodes)))
    return dataclasses.replace(fewer, bundle=settings.bundle.for_ways(task.ways))


def _shape(settings: StudySettings, task: Task) -> EpisodeShape:
    return EpisodeShape(task.ways, task.shots, min(MOST_QUERIES, settings.drawings.examples_per_class - task.shots))


def _by(settings: StudySettings, tasks: Tasks, trial: Trial) -> Adaptations:
    """Adapt with the controller's arithmetic and the computer's writes, so that nothing else differs."""
    arithmetic = ControllerArithmetic(trial.lengths)
    return _adapted(settings, tasks, LearnerSettings(strategy=settings.strategy, arithmetic=arithmetic))


def _adapted(settings: StudySettings, tasks: Tasks, learner: LearnerSettings) -> Adaptations:
    return adapted_and_baked(settings, tasks, settings.parameters.values, learner)


def _row(task: Task, word: str, bits: int | None, made: Adaptations, computer: Adaptations) -> tuple[object, ...]:
    less: Tensor = 100 * (computer.learned - made.learned)
    written = float(made.cells_written.sum(1).double().mean())
    return task.name, word, bits, *mean_and_half(made.learned, 100), float(less.mean()), half_interval(less), written


def _whole_road(settings: StudySettings) -> tuple[Configuration, Writes]:
    """Adapt a few chips by the controller alone, its write-verify engine included; what the updates wrote."""
    few = settings.at_most(_EPISODES_OF_WRITES)
    learner = by_controller(LearnerSettings(strategy=settings.strategy))
    made = _adapted(few, tasks_for(few), learner)
    resets, sets, reads = (float(made.spent.of(name).count.double().mean()) for name in ("reset", "set", "read"))
    bundle = settings.bundle
    chip = SimulatedCrossbar(settings.parameters.values, circuit_for(bundle), 0, [0])
    arithmetic = ControllerArithmetic(WordLengths())
    array = arithmetic.array(chip.datasheet, 1, bundle, "datasheet", "one-sided")
    return array.controller, Writes(resets, sets, reads)


_EPISODES_OF_WRITES = 50


def _blocks(settings: StudySettings, configuration: Configuration, writes: Writes) -> pl.DataFrame:
    cell, circuit = settings.parameters.values, Circuit()
    timing = pulse_timing(cell.reset_width, cell.set_width, cell.read_width + circuit.conversion_s)
    costs = block_costs(configuration, configuration.size(_EXAMPLES), timing, writes)
    total = sum(cost.cycles for cost in costs)
    rows = [(cost.block, cost.cycles, 100 * cost.cycles / total, cost.memory_bits) for cost in costs]
    whole = ("all", total, 100.0, sum(cost.memory_bits for cost in costs))
    return pl.DataFrame([*rows, whole], BLOCKS, orient="row")


_EXAMPLES = 25
"""Of the 5-way 5-shot task whose cycles are counted."""


def _registers(configuration: Configuration) -> pl.DataFrame:
    rows = [
        (each.block, each.name, each.bits, each.signed, each.largest, each.unit)
        for each in registers(configuration.lengths, configuration.size(_EXAMPLES))
    ]
    return pl.DataFrame(rows, REGISTERS, orient="row")


STUDY = Study(
    name="controller",
    title="The controller: its word lengths, and what it takes",
    question="How many bits does a controller need to learn as well as the computer, and what does it take?",
    measure=measure,
    counts={"default": Counts(20, 1000), "small": Counts(2, 4)},
    assumptions={
        "reset_conductance": "not swept here: the levels begin there",
        "set_spread": "in the strategies study",
    },
    bundle=CHARACTERS,
    chooses=True,
)
