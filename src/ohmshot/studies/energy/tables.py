"""Tables of the energy study: by operation and cause, by what is changed, and what the idle chip takes."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl
from torch import Tensor

from ohmshot.chip.circuit import Circuit
from ohmshot.chip.meter import OPERATIONS
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.study.periphery import chip_parts

PHASES = ("initialisation", "five updates", "one classification")

SPLIT = ("phase", "operation", "cause", "energy_nj", "ci95_nj")
TOTALS = ("phase", "energy_nj", "ci95_nj", "most_nj")
SENSITIVITY = (
    "changed",
    "value",
    "updates_uj",
    "updates_ci95_uj",
    "accuracy_percent",
    "accuracy_ci95_percent",
    "cells_written",
    "pulses",
)
STANDBY = ("part", "area_mm2", "area_low_mm2", "area_high_mm2", "standby_nw", "standby_low_nw", "standby_high_nw")


@dataclass(frozen=True)
class Spent:
    """Cost and accuracy of adaptations.

    Attributes:
        phases: energy in J by phase and operation, [phases, operations, episodes].
        accuracy: share of right answers after the updates, [episodes].
        cells_written: cells written in all updates, [episodes].
        pulses: pulses of all updates, [episodes].
        busy_seconds: time of all operations of all updates, one after another, [episodes].
    """

    phases: Tensor
    accuracy: Tensor
    cells_written: Tensor
    pulses: Tensor
    busy_seconds: Tensor


def sensitivity_row(name: str, value: str, spent: Spent) -> tuple[str | float, ...]:
    """Row of `SENSITIVITY`: one change, with the energy and the accuracy under it."""
    updates = mean_and_half(1e6 * spent.phases[1].sum(0))
    accuracy = mean_and_half(spent.accuracy, 100)
    return name, value, *updates, *accuracy, float(spent.cells_written.mean()), float(spent.pulses.mean())


def by_cause(baseline: Spent, no_lines: Spent, no_converters: Spent) -> dict[str, Tensor]:
    """Energy in J by cause, each [phases, operations, episodes].

    Lines and converters only add energy and change no pulse, so what vanishes with them is exactly their share.
    """
    return {
        "cells": no_lines.phases + no_converters.phases - baseline.phases,
        "lines": baseline.phases - no_lines.phases,
        "converters": baseline.phases - no_converters.phases,
    }


def split_table(causes: Mapping[str, Tensor]) -> pl.DataFrame:
    """Energy by phase, operation and cause; see `by_cause`."""
    rows = [
        (phase, operation, cause, *mean_and_half(1e9 * joules[i, j]))
        for i, phase in enumerate(PHASES)
        for j, operation in enumerate(OPERATIONS)
        for cause, joules in causes.items()
    ]
    return pl.DataFrame(rows, SPLIT, orient="row")


def totals_table(spent: Spent) -> pl.DataFrame:
    """Energy of every phase, and of the updates a cell written."""
    nanojoules = {phase: 1e9 * spent.phases[i].sum(0) for i, phase in enumerate(PHASES)}
    nanojoules["updates, a cell written"] = nanojoules[PHASES[1]] / spent.cells_written.clamp(min=1)
    rows = [(name, *mean_and_half(values), float(values.max())) for name, values in nanojoules.items()]
    return pl.DataFrame(rows, TOTALS, orient="row")


def standby_table() -> pl.DataFrame:
    """Area and leakage of the chip, part by part and in all; as stated, and at both ends of the ranges."""
    cells = Circuit().rows * Circuit().columns
    rows = [(each.part, *each.area_mm2, *each.standby_nw) for each in chip_parts(cells)]
    return pl.DataFrame(rows, STANDBY, orient="row")


def standby_of(table: pl.DataFrame) -> tuple[float, float, float]:
    """Leakage of the whole chip in nW: as stated, and at both ends; the table is that of `standby_table`."""
    chip = table.row(-1, named=True)
    return chip["standby_nw"], chip["standby_low_nw"], chip["standby_high_nw"]
