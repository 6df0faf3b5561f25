"""Distributions over chips, and the share of chips that are good enough."""

import math
from typing import Annotated

import polars as pl
from pydantic import Field

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
    """Share of the chips that are good enough, with its 95 % interval after Wilson (1927)."""

    share: Share
    low: Share
    high: Share


def distribution(column: pl.Series) -> Distribution:
    """Sum up one number a chip."""
    values = column.cast(pl.Float64).to_numpy()
    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    return Distribution(
        mean=float(values.mean()),
        mean_ci95=1.96 * spread / math.sqrt(len(values)),
        standard_deviation=spread,
        minimum=float(values.min()),
        maximum=float(values.max()),
        percentiles={each: float(column.quantile(each / 100, "linear") or 0.0) for each in PERCENTILES},
    )


def worst_mean(column: pl.Series) -> float:
    """Mean of the lowest 1 % of the chips, at least one."""
    return float(column.sort().head(max(1, round(WORST_SHARE * len(column)))).to_numpy().mean())


def yield_of(good: int, chips: int) -> Yield:
    """Share of good chips and its interval."""
    share, z = good / chips, 1.96
    middle = (share + z**2 / (2 * chips)) / (1 + z**2 / chips)
    half = z / (1 + z**2 / chips) * math.sqrt(share * (1 - share) / chips + z**2 / (4 * chips**2))
    return Yield(share=share, low=max(0.0, middle - half), high=min(1.0, middle + half))
