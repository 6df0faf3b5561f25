"""What a fleet run gives: distributions over chips, and the share of chips that are good enough."""

import math
from typing import Annotated, Literal

import polars as pl
from pydantic import Field

from ohmshot.fleet.settings import FleetRun
from ohmshot.foundation.records import Record

Share = Annotated[float, Field(ge=0, le=1)]
PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
WORST_SHARE = 0.01


class Distribution(Record):
    """One column over all chips."""

    mean: float
    mean_ci95: float
    """Half width of the 95 % interval of the mean (normal approximation); 0 for one chip."""
    standard_deviation: float
    minimum: float
    maximum: float
    percentiles: dict[int, float]
    """By per cent, linear between chips."""


class Yield(Record):
    """Share of the chips that reach the required accuracy, with its 95 % interval after Wilson (1927)."""

    share: Share
    low: Share
    high: Share


class FleetResult(Record):
    """Accuracies are shares of 1; a chip's accuracy is measured on the queries of its one task."""

    format: Literal["ohmshot-fleet"] = "ohmshot-fleet"
    format_version: Literal[1] = 1
    run: FleetRun
    columns: dict[str, Distribution]
    """Of every column of the table that is a measurement."""
    worst_one_percent: dict[str, Share]
    """Mean accuracy of the worst 1 % of the chips, at least one, by column."""
    required_accuracy: Share
    yields: dict[str, Yield]
    """By column of accuracy."""
    citations: tuple[str, ...]
    wall_seconds: float
    """Of this run; one that went on from parts counts what it did itself."""


def fleet_result(
    rows: pl.DataFrame, run: FleetRun, required_accuracy: float, citations: tuple[str, ...], seconds: float
) -> FleetResult:
    """Sum up the rows of a fleet, see `ohmshot.fleet.work.FleetWork.rows`."""
    measured = [name for name in rows.columns if name not in ("chip", "seed", "strategy")]
    judged = ("accuracy_adapted", "accuracy_baked")
    worst = max(1, round(WORST_SHARE * len(rows)))
    return FleetResult(
        run=run,
        columns={name: _distribution(rows[name].cast(pl.Float64)) for name in measured},
        worst_one_percent={name: float(rows[name].sort().head(worst).to_numpy().mean()) for name in judged},
        required_accuracy=required_accuracy,
        yields={name: _yield(int((rows[name] >= required_accuracy).sum()), len(rows)) for name in judged},
        citations=citations,
        wall_seconds=seconds,
    )


def _distribution(column: pl.Series) -> Distribution:
    values = column.to_numpy()
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return Distribution(
        mean=float(values.mean()),
        mean_ci95=1.96 * spread / math.sqrt(len(values)),
        standard_deviation=spread,
        minimum=float(values.min()),
        maximum=float(values.max()),
        percentiles={each: float(column.quantile(each / 100, "linear") or 0.0) for each in PERCENTILES},
    )


def _yield(good: int, chips: int) -> Yield:
    share, z = good / chips, 1.96
    middle = (share + z**2 / (2 * chips)) / (1 + z**2 / chips)
    half = z / (1 + z**2 / chips) * math.sqrt(share * (1 - share) / chips + z**2 / (4 * chips**2))
    return Yield(share=share, low=max(0.0, middle - half), high=min(1.0, middle + half))
