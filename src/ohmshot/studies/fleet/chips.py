"""Many chips, several tasks each: one row an adaptation, and one row of health a chip."""

import dataclasses
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.adaptations import adapted
from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.adapt.source import numbered_chips
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.chunks import in_chunks, usable_cores
from ohmshot.host.care.care import Care
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.measure.calibration import Recalibrated
from ohmshot.host.measure.health import measured_health
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.study.tasks import AT_ONCE

HEALTH_LIFE = -1
"""Number of the life in which health is measured; it learns no task, so that health predicts the chip, not a life."""


@dataclass(frozen=True)
class Fleet:
    """Chips, the tasks that they learn, and the settings of their host.

    Attributes:
        chips: numbers of the chips.
        tasks_each: tasks that each of them learns, each in a life of its own.
        seed: seed of the study.
        parameters: cell parameters.
        strategy: the programming strategy.
        bundle: the initialisation that they load.
        care: care for faults.
        datasheet: datasheet that the host uses; None for the maker's.
    """

    chips: tuple[int, ...]
    tasks_each: int
    seed: int
    parameters: CellParameters
    strategy: ProgrammingStrategy
    bundle: Bundle
    care: Care
    datasheet: Datasheet | None = None


def adaptation_rows(fleet: Fleet, tasks: Tasks) -> pl.DataFrame:
    """Let every chip learn its tasks and bake it; one row an adaptation.

    Adaptation ``number`` is life ``number`` of chip ``number % chips`` and learns episode ``number``, so that fleets
    that differ in anything else compare equal chips on equal tasks.
    """
    total = len(fleet.chips) * fleet.tasks_each
    return pl.concat(in_chunks(lambda numbers: _rows(fleet, tasks, numbers), total, AT_ONCE, usable_cores()))


def _rows(fleet: Fleet, tasks: Tasks, numbers: range) -> pl.DataFrame:
    crossbar = numbered_chips(fleet.parameters, Circuit(), fleet.seed, fleet.chips, numbers)
    driven = crossbar if fleet.datasheet is None else Recalibrated(crossbar, fleet.datasheet)
    learner = Learner(driven, fleet.bundle, LearnerSettings(strategy=fleet.strategy))
    done = adapted(learner, crossbar, tasks.batch(numbers), fleet.care).baked(STANDARD_BAKE)
    columns = {
        "accuracy_percent": 100 * done.learned,
        "baked_percent": 100 * done.accuracy_after_bake,
        "cells_written": done.cells_written.sum(1),
        "pulses": done.spent.pulses,
        "updates_nj": 1e9 * done.spent.joules,
        "initialisation_nj": 1e9 * done.initialisation.joules,
        "initialisation_pulses": done.initialisation.pulses,
        "cells_missed": done.cells_missed,
        "most_cycles": done.most_cycles,
    }
    frame = pl.DataFrame({name: values.double().numpy() for name, values in columns.items()})
    chips = [fleet.chips[number % len(fleet.chips)] for number in numbers]
    task = pl.Series("task", [number // len(fleet.chips) for number in numbers], pl.Int64)
    return frame.insert_column(0, task).insert_column(0, pl.Series("chip", chips, pl.Int64))


def with_losses(rows: pl.DataFrame, exact_percent: Tensor) -> pl.DataFrame:
    """Add what the hardware costs on each task: points lost against exact weights, adapted and baked, and in the bake.

    Args:
        rows: table of `adaptation_rows`.
        exact_percent: accuracy with exact weights, [episodes], of `ohmshot.study.tasks.software_percent`.
    """
    exact = pl.Series(exact_percent[: len(rows)].numpy())
    return rows.with_columns(
        (exact - rows["accuracy_percent"]).alias("loss_percent"),
        (exact - rows["baked_percent"]).alias("baked_loss_percent"),
        (rows["accuracy_percent"] - rows["baked_percent"]).alias("bake_loss_percent"),
    )


def by_chip(rows: pl.DataFrame) -> pl.DataFrame:
    """Means over the tasks of each chip, in the order of the chips."""
    return rows.group_by("chip", maintain_order=True).mean().drop("task")


def health_rows(fleet: Fleet) -> pl.DataFrame:
    """Measurements of the hosts on their chips, one row a chip; the initialisation is written to count its pulses."""
    return pl.concat(in_chunks(lambda numbers: _health(fleet, numbers), len(fleet.chips), AT_ONCE, usable_cores()))


def _health(fleet: Fleet, numbers: range) -> pl.DataFrame:
    chips = list(fleet.chips[numbers.start : numbers.stop])
    crossbar = SimulatedCrossbar(fleet.parameters, Circuit(), fleet.seed, chips, [HEALTH_LIFE] * len(chips))
    health = measured_health(crossbar)
    before = crossbar.meter()
    learner = Learner(crossbar, fleet.bundle, LearnerSettings(strategy=fleet.strategy))
    missed = learner.initialise()
    named = {each.name: getattr(health, each.name) for each in dataclasses.fields(health)}
    named["write_pulses"] = (crossbar.meter() - before).pulses
    named["cells_missed"] = torch.bincount(missed // crossbar.datasheet.cells, minlength=len(chips))
    named["mean_cycles"] = crossbar.wear().double().flatten(1).mean(1)
    frame = pl.DataFrame({name: values.double().numpy() for name, values in named.items()})
    return frame.insert_column(0, pl.Series("chip", chips, pl.Int64))
