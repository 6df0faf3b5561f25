"""Tables of the retention study: accuracies after bakes, and the years of use that they stand for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.foundation.statistics import Interval, mean_and_half
from ohmshot.foundation.units import HOUR_S, ROOM_CELSIUS, YEAR_S
from ohmshot.study.lifetime import activation_energy, equivalent_time

USE_CELSIUS = (55.0, 65.0, 75.0, 85.0, 95.0, 105.0, 115.0, 125.0)
ACTIVATION_ENERGIES = (1.0, 1.2, 1.506, 1.8)
"""eV."""
STATED_YEARS, STATED_CELSIUS = 10.0, 75.0
"""Storage that the standard bake stands for: years, degrees Celsius (VLSI 2025 summary)."""
STATED_EV = activation_energy(STANDARD_BAKE.seconds, STANDARD_BAKE.celsius, STATED_YEARS * YEAR_S, STATED_CELSIUS)
"""Activation energy in eV that makes them equal."""

ACCURACY = (
    "bake_celsius",
    "bake_h",
    "equivalent_years_at_75_celsius",
    "accuracy_percent",
    "ci95_percent",
    "lost_percent",
)
LEVELS = ("bake_celsius", "bake_h", "target_microsiemens", "mean_microsiemens", "sigma_microsiemens", "cells")
EQUIVALENCE = ("activation_energy_ev", "use_celsius", "years")
LIFETIME = ("activation_energy_ev", "use_celsius", "years_to_90_percent_right", "low_years", "high_years")
SENSITIVITY = {
    **dict.fromkeys(("row", "end", "value"), pl.String),
    **dict.fromkeys(("hours_to_90_percent_right_at_150_celsius", "low_h", "high_h"), pl.Float64),
}
REPAIR = ("bake_h_at_150_celsius", "repair", "accuracy_percent", "ci95_percent", "energy_uj")


@dataclass(frozen=True)
class Repair:
    """One way to mend baked chips, on one batch of them.

    Attributes:
        hours: bake before the repair in h, at the temperature of the standard bake.
        kind: name of the repair.
        right: share of right answers after it, [chips].
        joules: energy that it took, [chips].
    """

    hours: float
    kind: str
    right: Tensor
    joules: Tensor


def accuracy_table(fresh: Tensor, baked: Mapping[tuple[float, float], Tensor]) -> pl.DataFrame:
    """Accuracy after every bake.

    Args:
        fresh: share of right answers before the bake, [episodes].
        baked: after it, [episodes], by temperature in degrees Celsius and time in h.
    """
    rows = []
    for (celsius, hours), right in baked.items():
        years = equivalent_time(hours * HOUR_S, celsius, STATED_CELSIUS, STATED_EV) / YEAR_S
        lost = -100 * float((right - fresh).mean())
        rows.append((float(celsius), float(hours), years, *mean_and_half(right, 100), lost))
    return pl.DataFrame(rows, ACCURACY, orient="row")


def equivalence_table() -> pl.DataFrame:
    """Time at a use temperature that the standard bake stands for, for every activation energy."""
    rows = [
        (energy, celsius, _years(STANDARD_BAKE.hours, celsius, energy))
        for energy in sorted({*ACTIVATION_ENERGIES, round(STATED_EV, 3)})
        for celsius in (ROOM_CELSIUS, *USE_CELSIUS, STANDARD_BAKE.celsius)
    ]
    return pl.DataFrame(rows, EQUIVALENCE, orient="row")


def lifetime_table(baseline: Interval) -> pl.DataFrame:
    """Time to the line at every use temperature and activation energy.

    Args:
        baseline: h at the temperature of the standard bake until the line, with its bootstrap interval.
    """
    hours = (baseline.middle, baseline.low, baseline.high)
    rows = [
        (energy, celsius, *(_finite(_years(each, celsius, energy)) for each in hours))
        for energy in ACTIVATION_ENERGIES
        for celsius in USE_CELSIUS
    ]
    return pl.DataFrame(rows, LIFETIME, orient="row")


def sensitivity_table(crossings: Mapping[tuple[str, str, str], Interval]) -> pl.DataFrame:
    """Time to the line at the temperature of the standard bake, in h, by row of the parameter set, end and value."""
    rows = [
        [row, end, label, *(_finite(hours) for hours in (found.middle, found.low, found.high))]
        for (row, end, label), found in crossings.items()
    ]
    return pl.DataFrame(rows, SENSITIVITY, orient="row")


def repair_table(repairs: Sequence[Repair]) -> pl.DataFrame:
    """Accuracy after every bake and repair, batches of chips put together."""
    rows = []
    for hours, kind in dict.fromkeys((each.hours, each.kind) for each in repairs):
        parts = [each for each in repairs if (each.hours, each.kind) == (hours, kind)]
        right, joules = (torch.cat([getattr(each, name) for each in parts]) for name in ("right", "joules"))
        rows.append((float(hours), kind, *mean_and_half(right, 100), 1e6 * float(joules.mean())))
    return pl.DataFrame(rows, REPAIR, orient="row")


def _years(hours: float, celsius: float, energy_ev: float) -> float:
    """Time in years at a use temperature that so many hours at the temperature of the standard bake stand for."""
    return equivalent_time(hours * HOUR_S, STANDARD_BAKE.celsius, celsius, energy_ev) / YEAR_S


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
