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
    half_interval_of_groups,
    half_interval_of_mixed_groups,
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


T_1, T_2 = 12.7062, 4.30265
"""97.5 % quantiles of Student's t with one and two degrees of freedom, from tables."""


def test_the_interval_over_groups_is_student_s_of_their_means() -> None:
    values, group = torch.tensor([1.0, 3.0, 5.0, 6.0, 10.0]), torch.tensor([0, 0, 2, 3, 3])  # means 2, 5 and 8
    assert half_interval_of_groups(values, group) == pytest.approx(T_2 * 3 / math.sqrt(3), rel=1e-5)
    assert half_interval_of_groups(values[:2], group[:2]) is None


@pytest.mark.parametrize(
    ("values", "variance"),
    [
        # Deviations of +-1/2; two values share 2 parts more than expected in the 4 ordered pairs within a group, and 2
        # less in the 8 between: (4 * 2 * 1/4 + 8 * -2 * -1/4) / (12 * 2^2) = 1/8 is the variance of an effect. Two
        # values share 4/3 parts in the mean, and the variance of the values themselves is 1/3.
        ([1.0, 1.0, 0.0, 0.0], 1 / 8 * 4 / 3 + 1 / 3 / 4),
        ([1.0, -1.0, 1.0, -1.0], 4 / 3 / 4),  # both groups are alike: products within them are negative, so 0
    ],
)
def test_values_of_mixed_groups_by_hand(values: list[float], variance: float) -> None:
    parts = torch.tensor([[2, 0], [2, 0], [0, 2], [0, 2]])
    half = half_interval_of_mixed_groups(torch.tensor(values), parts)
    assert half == pytest.approx(T_1 * math.sqrt(variance), rel=1e-5)


def test_one_group_or_equal_parts_of_all_say_nothing_of_other_groups() -> None:
    values = torch.tensor([0.9, 0.8, 1.0])
    assert half_interval_of_mixed_groups(values, torch.tensor([[5, 0], [5, 0], [5, 0]])) is None
    assert half_interval_of_mixed_groups(values, torch.tensor([[3, 2], [3, 2], [3, 2]])) is None


@pytest.mark.parametrize(("spread", "mixed"), [(0.02, True), (0.0, True), (0.02, False)])
def test_the_interval_of_new_groups_holds_the_truth_19_times_in_20(spread: float, mixed: bool) -> None:
    """400 tasks of 75 answers, right with a chance of 0.9 and the mean effect of the groups of 5 classes, of 20."""
    random, times = torch.Generator().manual_seed(5), 300
    within, within_episodes = 0, 0
    for _ in range(times):
        effects = spread * torch.randn(20, generator=random)
        group = torch.randint(20, (400, 5 if mixed else 1), generator=random).expand(400, 5)
        chance = (0.9 + effects[group].mean(1)).clamp(0, 1)
        shares = torch.binomial(torch.full((400,), 75.0), chance, generator=random).double() / 75
        parts = torch.nn.functional.one_hot(group, 20).sum(1)
        half = half_interval_of_mixed_groups(shares, parts) if mixed else half_interval_of_groups(shares, group[:, 0])
        assert half is not None
        off = abs(float(shares.mean()) - 0.9)
        within, within_episodes = within + (off < half), within_episodes + (off < half_interval(shares))
    assert 0.92 <= within / times <= 0.985
    assert (within_episodes / times < 0.6) == (spread > 0)
