import math

import polars as pl
import pytest
import torch
from scipy import stats

from ohmshot.foundation.statistics import (
    bootstrap_interval,
    distribution,
    estimate,
    half_interval,
    mean_and_half,
    wilson,
    worst_mean,
    yield_of,
)


def test_the_interval_of_a_mean_is_1_96_standard_errors_to_either_side() -> None:
    values = torch.tensor([1.0, 2.0, 3.0, 4.0], dtype=torch.float64)  # variance 5/3
    assert half_interval(values) == pytest.approx(1.96 * math.sqrt(5 / 3) / 2)
    assert mean_and_half(values, 100) == pytest.approx((250.0, 196 * math.sqrt(5 / 3) / 2))
    assert estimate(pl.Series([1, 2, 3, 4])).ci95 == pytest.approx(half_interval(values))


def test_a_single_value_has_no_interval() -> None:
    assert half_interval(torch.tensor([3.0])) == 0.0
    assert (estimate(pl.Series([3.0])).mean, estimate(pl.Series([3.0])).ci95) == (3.0, 0.0)


@pytest.mark.parametrize(("count", "total"), [(0, 20), (1, 20), (13, 20), (20, 20), (950, 1000)])
def test_wilson_s_interval_is_scipy_s(count: int, total: int) -> None:
    found, known = wilson(count, total), stats.binomtest(count, total).proportion_ci(method="wilson")
    assert found.middle == count / total
    assert (found.low, found.high) == pytest.approx((known.low, known.high), abs=1e-5)


def test_a_yield_of_nothing_wrong_still_has_a_lower_end() -> None:
    whole = yield_of(100, 100)
    assert whole.share == 1.0
    assert 0.96 < whole.low < 0.97  # 1 / (1 + 1.96^2 / 100)
    assert whole.high == pytest.approx(1.0)


def test_a_distribution_over_chips() -> None:
    found = distribution(pl.Series([1.0, 2.0, 3.0, 4.0, 10.0]))
    assert (found.mean, found.minimum, found.maximum, found.percentiles[50]) == (4.0, 1.0, 10.0, 3.0)
    assert found.percentiles[75] == 4.0
    assert found.standard_deviation == pytest.approx(math.sqrt(50 / 4))


def test_the_worst_hundredth_of_the_chips_is_at_least_one_chip() -> None:
    assert worst_mean(pl.Series([0.9, 0.5, 0.8])) == 0.5
    assert worst_mean(pl.Series([float(i) for i in range(200)])) == 0.5


def test_a_bootstrap_interval_leaves_out_a_fortieth_at_either_end() -> None:
    found = bootstrap_interval(20.0, torch.arange(39, -1, -1.0))
    assert (found.middle, found.low, found.high) == (20.0, 1.0, 38.0)
