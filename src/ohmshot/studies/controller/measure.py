"""The shortest words with which the controller learns as well as the computer, and what it takes with those it has.

Chips that the controller teaches and chips that the computer teaches are the same chips with the same tasks, and differ
by nothing but the arithmetic; so differences are paired, episode by episode.
"""

import dataclasses
from dataclasses import dataclass

import polars as pl
from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import CHARACTERS
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.arithmetic import ControllerArithmetic
from ohmshot.controller.chosen_words import word_lengths_for
from ohmshot.controller.configuration import Configuration
from ohmshot.controller.costs import Writes, block_costs
from ohmshot.controller.formats import WordLengths, registers
from ohmshot.controller.pulse_sequencer import pulse_timing
from ohmshot.controller.road import by_controller
from ohmshot.foundation.statistics import half_interval, mean_and_half
from ohmshot.host.array import circuit_for
from ohmshot.host.learner import LearnerSettings
from ohmshot.studies.controller.findings import findings
from ohmshot.studies.controller.gates import gate_columns
from ohmshot.studies.controller.published import PUBLISHED
from ohmshot.studies.controller.words import (
    MOST_LOST_POINTS,
    WITHIN_POINTS,
    Task,
    Trial,
    narrowed,
    narrowings,
    tasks_that_choose,
)
from ohmshot.study.study import Counts, Measurement, Progress, Study, StudySettings, step_counter
from ohmshot.study.tasks import adapted_and_baked, tasks_for

MOST_QUERIES = 15
"""Drawings of a class that answers are judged by; fewer where learning leaves fewer."""
WORDS = (
    "task",
    "word",
    "bits",
    "within_limit",
    "accuracy_percent",
    "ci95_percent",
    "less_than_computer_points",
    "ci95_points",
    "cells_written",
)
CHOICE = ("word", "chosen_bits", "built_bits")
BLOCKS = ("block", "widest_register_bits", "cycles", "cycles_percent", "memory_bits")
REGISTERS = ("block", "register", "bits", "signed", "largest", "unit")


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt chips by the computer, then by the controller with word after word narrowed."""
    words = narrowings(settings.size, settings.bundle.header.standard == "support")
    step = step_counter(progress, 3 + sum(map(len, words.values())))
    judged = [_judged(settings, task) for task in tasks_that_choose(settings.size, settings.bundle, settings.drawings)]
    rows: list[tuple[object, ...]] = [_row(each, "computer", None, True, each.computer) for each in judged]
    step()

    def within(trial: Trial) -> bool:
        made = [_by(each, trial.lengths) for each in judged]
        good = [_within(each, by) for each, by in zip(judged, made, strict=True)]
        word = trial.word or "wide"
        for task, enough, by in zip(judged, good, made, strict=True):
            rows.append(_row(task, word, trial.bits or None, enough, by))
        step()
        return all(good)

    *_, (_, _, chosen) = narrowed(words, within)
    built = word_lengths_for(settings.bundle)
    rows += [_row(each, "as built", None, _within(each, made := _by(each, built)), made) for each in judged]
    configuration, writes = _whole_road(settings, dataclasses.replace(judged[0].task, shots=_SHOTS))
    registers_of = _registers(settings, configuration)
    tables = {
        "words": pl.DataFrame(rows, WORDS, orient="row"),
        "choice": pl.DataFrame([(w, getattr(chosen, w), getattr(built, w)) for w in words], CHOICE, orient="row"),
        "blocks": gate_columns(_blocks(settings, configuration, writes, registers_of)),
        "registers": registers_of,
        "published": pl.DataFrame([dataclasses.astuple(each) for each in PUBLISHED], _PUBLISHED_COLUMNS, orient="row"),
    }
    return Measurement(tables, tuple(findings(tables)), ("denblanken2025chameleon", "li2021sapiens"))


_PUBLISHED_COLUMNS = tuple(field.name for field in dataclasses.fields(PUBLISHED[0]))


@dataclass(frozen=True)
class Judged:
    """A task on chips that the computer has taught.

    Attributes:
        task: which.
        settings: of the study, for as many episodes and ways as the task has.
        tasks: its episodes.
        computer: what the computer's chips did.
    """

    task: Task
    settings: StudySettings
    tasks: Tasks
    computer: Adaptations


def _judged(settings: StudySettings, task: Task) -> Judged:
    fewer = settings.at_most(max(1, round(task.share * settings.episodes)))
    here = dataclasses.replace(fewer, bundle=settings.bundle.for_ways(task.ways))
    drawn = tasks_for(here, task.shape(settings.drawings, MOST_QUERIES))
    return Judged(task, here, drawn, _adapted(here, drawn, LearnerSettings(strategy=settings.strategy)))


def _by(judged: Judged, lengths: WordLengths) -> Adaptations:
    """Adapt with the controller's arithmetic and the computer's writes, so that nothing else differs."""
    learner = LearnerSettings(strategy=judged.settings.strategy, arithmetic=ControllerArithmetic(lengths))
    return _adapted(judged.settings, judged.tasks, learner)


def _adapted(settings: StudySettings, tasks: Tasks, learner: LearnerSettings) -> Adaptations:
    return adapted_and_baked(settings, tasks, settings.parameters.values, learner)


def _lost(judged: Judged, made: Adaptations) -> tuple[float, float]:
    """Points below the computer, with the half width of their interval; paired by episode."""
    less: Tensor = 100 * (judged.computer.learned - made.learned)
    return float(less.mean()), half_interval(less)


def _within(judged: Judged, made: Adaptations) -> bool:
    lost, half = _lost(judged, made)
    return lost <= MOST_LOST_POINTS and lost + half <= WITHIN_POINTS


def _row(judged: Judged, word: str, bits: int | None, within: bool, made: Adaptations) -> tuple[object, ...]:
    written = float(made.cells_written.sum(1).double().mean())
    accuracy = mean_and_half(made.learned, 100)
    return judged.task.name, word, bits, within, *accuracy, *_lost(judged, made), written


def _whole_road(settings: StudySettings, task: Task) -> tuple[Configuration, Writes]:
    """Adapt a few chips by the controller alone, its write-verify engine included; what the updates wrote."""
    few = settings.at_most(_EPISODES_OF_WRITES)
    learner = by_controller(LearnerSettings(strategy=settings.strategy))
    made = _adapted(few, tasks_for(few, task.shape(settings.drawings, MOST_QUERIES)), learner)
    resets, sets, reads = (float(made.spent.of(name).count.double().mean()) for name in ("reset", "set", "read"))
    bundle = settings.bundle
    chip = SimulatedCrossbar(settings.parameters.values, circuit_for(bundle), 0, [0])
    array = ControllerArithmetic().array(chip.datasheet, 1, bundle, "datasheet", "one-sided")
    return array.controller, Writes(resets, sets, reads)


_EPISODES_OF_WRITES = 50
_SHOTS = 5
"""Of the task whose cycles are counted."""


def _blocks(
    settings: StudySettings, configuration: Configuration, writes: Writes, registers_of: pl.DataFrame
) -> pl.DataFrame:
    """Cycles, widest register and memory of each block, and of the control, which counts no cycles of its own."""
    cell, circuit = settings.parameters.values, Circuit()
    timing = pulse_timing(cell.reset_width, cell.set_width, cell.read_width + circuit.conversion_s)
    costs = block_costs(configuration, configuration.size(_examples(settings)), timing, writes)
    total = sum(cost.cycles for cost in costs)
    widest = dict(registers_of.group_by("block").agg(pl.col("bits").max()).rows())
    rows = [
        (cost.block, widest.get(cost.block), cost.cycles, 100 * cost.cycles / total, cost.memory_bits) for cost in costs
    ]
    control = ("host port and control", None, 0.0, 0.0, 0)
    whole = ("all", max(widest.values()), total, 100.0, sum(cost.memory_bits for cost in costs))
    return pl.DataFrame([*rows, control, whole], BLOCKS, orient="row")


def _examples(settings: StudySettings) -> int:
    return _SHOTS * settings.bundle.header.network.ways


def _registers(settings: StudySettings, configuration: Configuration) -> pl.DataFrame:
    rows = [
        (each.block, each.name, each.bits, each.signed, each.largest, each.unit)
        for each in registers(configuration.lengths, configuration.size(_examples(settings)))
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
