"""What a fit is worth: one number for how well its law describes the readings, and rows that cannot be.

The number is a distance in standard deviations of the law: over the groups of readings that were made alike (one
amplitude; one level at one time; one temperature at one time), the root mean square of Wasserstein's distance between
the group's standard residuals and the standard normal distribution that they should have, less what so many readings
of a true law would show. 0 is a law that holds; 1 is readings that lie a standard deviation from where it has them.
"""

import dataclasses
import math

import numpy as np
import polars as pl
import scipy.stats

from ohmshot.characterisation.retention import POSSIBLE_ENERGY
from ohmshot.characterisation.rows import ALIKE_TIME, ExperimentFit, FittedRow
from ohmshot.foundation.errors import MeasurementError

DOUBTFUL = 0.25
"""A misfit from here on gets a warning: five times what a simulated wafer of the law itself shows."""
REFUSED = 0.6
"""A misfit from here on is refused: the law does not describe these readings."""
BY_CHANCE = 1.8
"""Mean square of the distance of n normal numbers from their distribution, times n (3,000 draws of 400)."""
FEW_DEVICES = 5
"""Fewer devices than this give an interval whose own width is hardly known."""
MOST_DECADES = 6.0
"""An interval of more decades says that the readings tell nothing of the row."""

GROUPS: dict[str, tuple[str, ...]] = {
    "set": ("amplitude",),
    "reset": ("amplitude",),
    "ramp": ("amplitude",),
    "read": ("amplitude",),
    "relaxation": ("target_microsiemens", "time_s"),
    "retention": ("temperature_celsius", "time_s"),
}
"""Columns of the points that tell the groups of an experiment apart."""

POSSIBLE: dict[str, tuple[float, float]] = {
    "read_noise": (0.0, 0.5),
    "set_conductances": (0.0, math.inf),
    "reset_log_spread": (0.0, 3.0),
    "relaxation_spread_at_60_s": (0.0, 1.0),
    "relaxation_spread_per_decade": (0.0, 1.0),
    "retention_activation_energy": POSSIBLE_ENERGY,
    "retention_loss": (0.0, 0.95),
}
"""What a row can be in any filament of an oxide; beyond, the fit has described something else. A loss of more than 95 %
at the reference (ten years at 75 degrees) was carried there by an activation energy that spread has made."""

_ENLARGED = {"read": 4}
"""Groups are made of this many parts of equal size where the groups' column is continuous."""


def misfit(experiment: str, points: pl.DataFrame) -> tuple[float, dict[str, float]]:
    """The distance of the module's documentation, and the group that lies farthest.

    Args:
        experiment: whose points these are.
        points: of the fit (`ExperimentFit.points`).

    Returns:
        The misfit in standard deviations (nan where no group has three readings that moved), and the worst group:
        its columns, ``distance``, and the ``mean`` and ``spread`` of its residuals.
    """
    columns = GROUPS[experiment]
    table = points.filter(pl.col("residual").is_finite())
    if "moved" in table.columns:
        # Where some cells stayed where they were, a residual of those that moved is not normal.
        table = table.filter(pl.col("moved").mean().over(columns) > 0.98)
    if "time_s" in columns:
        table = table.with_columns(ALIKE_TIME)
    if parts := _ENLARGED.get(experiment):
        ranks = (pl.col("amplitude").rank("ordinal") - 1) * parts // pl.len()
        table = table.with_columns(pl.col("amplitude").median().over(ranks.alias("part")))
    squares, count, worst = 0.0, 0, {"distance": -1.0}
    for names, group in table.group_by(columns, maintain_order=True):
        n = group.height
        if n < 3:
            continue
        found = np.sort(group["residual"].to_numpy())
        normal = scipy.stats.norm.ppf((np.arange(n) + 0.5) / n)
        square = max(float(np.abs(found - normal).mean()) ** 2 - BY_CHANCE / n, 0.0)
        squares, count = squares + n * square, count + n
        if math.sqrt(square) > worst["distance"]:
            worst = dict(zip(columns, map(float, names), strict=True)) | {
                "distance": math.sqrt(square),
                "mean": float(found.mean()),
                "spread": float(found.std()),
            }
    return (math.sqrt(squares / count) if count else math.nan), worst


def judged(fit: ExperimentFit) -> ExperimentFit:
    """Return a fit with its misfit and warnings, without the rows that cannot be.

    Raises:
        MeasurementError: the law does not describe the readings, SETs reach less at more, or no row is left.
    """
    rows, refused = dict(fit.rows), dict(fit.refused)
    for name, row in fit.rows.items():
        if reason := _impossible(name, row):
            refused[name] = reason
    if any(name.startswith("relaxation_") for name in refused) or "retention_loss" in refused:
        # Tables over the same conductances go together, and so does what was carried to the reference with the loss.
        refused |= {name: refused.get(name, "goes with the rows beside it") for name in rows}
    rows = {name: row for name, row in rows.items() if name not in refused}
    if not any(row.interval for row in rows.values()):
        raise MeasurementError(
            f"Experiment '{fit.experiment}': no row can be had: "
            + "; ".join(f"{name} {reason}" for name, reason in refused.items())
            + "."
        )
    distance, worst = misfit(fit.experiment, fit.points)
    warnings = [*fit.warnings]
    if distance >= REFUSED:
        raise MeasurementError(
            f"Experiment '{fit.experiment}': the law does not describe these readings: its misfit is {distance:.2f} "
            f"standard deviations, where less than {REFUSED:g} would do; {_where(worst)}."
        )
    if "set_conductances" in rows:
        _require_rise(rows["set_conductances"].numbers)
    if distance >= DOUBTFUL:
        warnings.append(
            f"the law describes these readings poorly: its misfit is {distance:.2f} standard deviations (from "
            f"{DOUBTFUL:g} on that is much); {_where(worst)}"
        )
    if fit.devices < FEW_DEVICES:
        warnings.append(f"only {fit.devices} devices: the intervals are wide, and their width is hardly known")
    return dataclasses.replace(fit, rows=rows, refused=refused, misfit=distance, warnings=tuple(warnings))


def _require_rise(ends: tuple[float, ...]) -> None:
    if ends[-1] <= ends[0]:
        raise MeasurementError(
            f"Experiment 'set': the median falls from {ends[0]:.4g} uS at the lowest gate voltage or compliance to "
            f"{ends[-1]:.4g} uS at the highest, where a SET reaches more at more. Is each column the right one?"
        )


def _where(worst: dict[str, float]) -> str:
    place = ", ".join(f"{name} {worst[name]:g}" for name in worst if name not in ("distance", "mean", "spread"))
    return f"worst at {place}, where residuals are {worst['mean']:+.2f} +- {worst['spread']:.2f} in place of 0 +- 1"


def _impossible(name: str, row: FittedRow) -> str | None:
    """Say why a row cannot be, in words that go on after its name, or None."""
    if not all(math.isfinite(each) for each in row.numbers):
        return "has no finite value"
    low, high = POSSIBLE.get(name, (-math.inf, math.inf))
    for each in row.numbers:
        if not low <= each <= high:
            return f"would be {each:.4g}; it must lie between {low:g} and {high:g}"
    for least, most in row.interval or ():
        if least > 0 and math.log10(most / least) > MOST_DECADES:
            decades = math.log10(most / least)
            return f"is not told by the readings: its interval has {decades:.0f} decades (are the readings identical?)"
    return None
