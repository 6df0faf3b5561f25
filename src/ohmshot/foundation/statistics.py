"""Uncertainty of what is measured: 95 % intervals, distributions over chips, and shares of good chips."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import Field
from scipy.special import stdtrit
from torch import Tensor

from ohmshot.foundation.records import Record
from ohmshot.foundation.summary import percent

if TYPE_CHECKING:  # an adaptation alone does without the tables
    import polars as pl

NORMAL_95 = 1.96
"""Half width of the 95 % interval of a normal distribution, in standard deviations."""
PERCENTILES = (1, 5, 25, 50, 75, 95, 99)
WORST_SHARE = 0.01

_OF_1 = {"unit": "share of 1"}
Share = Annotated[float, Field(ge=0, le=1, json_schema_extra=_OF_1)]
"""A share of 1. A field of a record says its unit by its type, and JSON schemas name it; a column of a table says it by
its name (`ohmshot.foundation.column_names`)."""
ShareDifference = Annotated[float, Field(json_schema_extra=_OF_1)]
"""A difference of two shares, or the half width of the interval of one."""


@dataclass(frozen=True)
class Interval:
    """A number with its 95 % interval.

    Attributes:
        middle: the number.
        low: lower end.
        high: upper end.
    """

    middle: float
    low: float
    high: float


class Estimate(Record):
    """A mean with the half width of its 95 % interval (normal approximation; 0 for a single value)."""

    mean: float
    ci95: float


class Distribution(Record):
    """One number over all chips."""

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


def half_interval(values: Tensor) -> float:
    """Half width of the 95 % interval of the mean of [n] independent values (normal approximation); 0 for one."""
    return NORMAL_95 * float(values.std()) / math.sqrt(len(values)) if len(values) > 1 else 0.0


def half_interval_of_groups(values: Tensor, group: Tensor) -> float | None:
    """Half width of the 95 % interval of the mean over all groups that might be drawn; None for one group.

    Student's t of the means of the groups (Biometrika 6 (1908) 1): their scatter holds that between groups and that
    of the few values of each.

    Args:
        values: [n], each of one group.
        group: int64 [n], the number of its group.
    """
    sizes = group.bincount()
    means = (group.bincount(weights=values.double()) / sizes)[sizes > 0]
    if len(means) < 2:
        return None
    return _student_95(len(means) - 1) * float(means.std()) / math.sqrt(len(means))


def half_interval_of_mixed_groups(values: Tensor, parts: Tensor) -> float | None:
    """Half width of the 95 % interval of the mean of values that have parts from several groups, over all groups.

    Such a mean is a U-statistic of the groups. Its scatter is that of its projection (Hoeffding, Ann. Math. Stat. 19
    (1948) 293): a value is the mean, plus an effect of its group for every part, plus what is left. The effect of a
    part counts for the whole value, since a class of an odd alphabet is not only answered wrongly itself, but also
    given as an answer for others.

    The variance of the effects is the regression of products of the deviations of two different values on the parts
    that the two share, as for relatives in genetics (Elston et al., Genet. Epidemiol. 19 (2000) 1). A value's own noise
    is in no such product, so the noise of the estimated effects is taken off; what is below 0 is 0. To the variance
    from the groups comes that of the values for fixed groups. Student's t with one degree of freedom less than groups.

    Args:
        values: [n].
        parts: int64 [n, groups], parts of each value from each group, as many in every value.

    Returns:
        None where there are fewer than two groups, or values that do not differ in their groups.
    """
    values, counts = values.double(), parts.double()
    n, groups = len(values), int(parts.any(0).sum())
    deviation, effect = values - values.mean(), counts - counts.mean(0)
    own = effect.square().sum(1)
    shared = float((effect.mT @ effect).square().sum() - own.square().sum())
    if groups < 2 or shared <= 0:
        return None
    products = float((effect.mT @ deviation).square().sum() - (own * deviation.square()).sum())
    # Two values share so many parts in the mean: the factor of the effects' variance in that of the mean.
    in_common = float(counts.sum(0).square().sum() - counts.square().sum()) / (n * (n - 1))
    variance = max(0.0, products / shared) * in_common + float(values.var()) / n
    return _student_95(groups - 1) * math.sqrt(variance)


def _student_95(freedom: int) -> float:
    """Half width of the 95 % interval of Student's t."""
    return float(stdtrit(freedom, 0.975))


def mean_and_half(values: Tensor, factor: float = 1.0) -> tuple[float, float]:
    """Mean of [n] independent values and the half width of its 95 % interval.

    Args:
        values: [n].
        factor: factor that changes their unit, for example 100 from shares to per cent.
    """
    return factor * float(values.mean()), factor * half_interval(values)


def percent_of_mean(shares: Tensor) -> str:
    """Mean of [n] shares in per cent with its 95 % interval; one share has none that could be known."""
    return percent(float(shares.mean()), half_interval(shares) if len(shares) > 1 else None)


def estimate(column: "pl.Series") -> Estimate:
    """Mean of one number a chip, with its interval."""
    values = column.cast(float).to_numpy()
    half = NORMAL_95 * float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return Estimate(mean=float(values.mean()), ci95=half)


def distribution(column: "pl.Series") -> Distribution:
    """Sum up one number a chip."""
    values, mean = column.cast(float).to_numpy(), estimate(column)
    return Distribution(
        mean=mean.mean,
        mean_ci95=mean.ci95,
        standard_deviation=float(values.std(ddof=1)) if len(values) > 1 else 0.0,
        minimum=float(values.min()),
        maximum=float(values.max()),
        percentiles={each: float(column.quantile(each / 100, "linear") or 0.0) for each in PERCENTILES},
    )


def worst_mean(column: "pl.Series") -> float:
    """Mean of the lowest 1 % of the chips, at least one."""
    return float(column.sort().head(max(1, round(WORST_SHARE * len(column)))).to_numpy().mean())


def wilson(count: int, total: int) -> Interval:
    """Share of successes with its 95 % score interval (Wilson, J. Am. Stat. Assoc. 22 (1927) 209).

    Args:
        count: number of successes.
        total: number of trials, at least 1.
    """
    share, z = count / total, NORMAL_95
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z / (1 + z**2 / total) * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def difference_of_shares(first: int, second: int, total: int) -> Interval:
    """Share of successes in one series less that in another, as many trials in each, with its 95 % interval.

    Two successes and two failures are added to the four counts, one to each (Agresti and Caffo, Am. Stat. 54 (2000)
    280), which keeps the interval honest for few trials and for shares near 0 or 1.

    Args:
        first: number of successes in the first series.
        second: number in the second.
        total: number of trials in each, at least 1.
    """
    one, other = (first + 1) / (total + 2), (second + 1) / (total + 2)
    half = NORMAL_95 * math.sqrt((one * (1 - one) + other * (1 - other)) / (total + 2))
    return Interval((first - second) / total, one - other - half, one - other + half)


def yield_of(good: int, chips: int) -> Yield:
    """Share of good chips and its interval."""
    found = wilson(good, chips)
    return Yield(share=found.middle, low=found.low, high=found.high)


def bootstrap_interval(middle: float, draws: Tensor) -> Interval:
    """A number with the 2.5 and 97.5 % quantiles of what resampled data gave for it.

    Args:
        middle: from all data.
        draws: from resampled data, [resamples].
    """
    ordered, end = draws.sort().values, len(draws) // 40
    return Interval(middle, float(ordered[end]), float(ordered[-1 - end]))
