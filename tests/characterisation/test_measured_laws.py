"""Endurance, Arrhenius and bits at an error, against textbook numbers."""

import numpy as np
import pytest
import scipy.stats

from ohmshot.characterisation.arrhenius import fit_arrhenius
from ohmshot.characterisation.endurance import fit_weibull
from ohmshot.characterisation.level_errors import errors_by_bits, gray_distance, gray_error_rate
from ohmshot.foundation.errors import MeasurementError


def test_a_censored_weibull_is_found_where_leaving_out_the_living_is_not() -> None:
    lives = 1e5 * np.random.default_rng(2).weibull(2.0, 400)
    stopped = 1e5
    fit = fit_weibull(np.minimum(lives, stopped), lives < stopped)
    assert fit.scale[0] == pytest.approx(1e5, rel=0.08)
    assert fit.shape[0] == pytest.approx(2.0, rel=0.12)
    assert fit.scale[1] < 1e5 < fit.scale[2]
    assert fit.alive == int((lives >= stopped).sum())
    # scipy's maximum of the same likelihood.
    data = scipy.stats.CensoredData.right_censored(np.minimum(lives, stopped), lives >= stopped)
    shape, _, scale = scipy.stats.weibull_min.fit(data, floc=0)
    assert (fit.shape[0], fit.scale[0]) == pytest.approx((shape, scale), rel=1e-3)
    assert lives[lives < stopped].mean() < 0.75 * fit.scale[0]


def test_plotting_positions_lie_halfway_up_kaplan_meiers_steps() -> None:
    # Four cells, the second of which was taken out alive: the others fail 1/4, then half of 3/4, then the rest.
    fit = fit_weibull([10.0, 20.0, 30.0, 40.0], [True, False, True, True])
    assert fit.share == pytest.approx([1 / 8, (1 / 4 + 5 / 8) / 2, (5 / 8 + 1) / 2])


def test_too_few_failures_are_refused() -> None:
    with pytest.raises(MeasurementError, match="2 of 3 cells failed"):
        fit_weibull([1.0, 2.0, 3.0], [True, True, False])


def test_the_arrhenius_line_has_the_textbooks_confidence() -> None:
    celsius = np.array([100.0, 150.0, 200.0, 250.0])
    x = 1 / (8.617333e-5 * (celsius + 273.15))
    off = np.array([0.1, -0.2, 0.15, -0.05])
    fit = fit_arrhenius(celsius, np.exp(20 - 1.1 * x + off))
    slope, covariance = np.polyfit(x, 20 - 1.1 * x + off, 1, cov="unscaled")
    residual = np.sqrt(((20 - 1.1 * x + off - np.polyval(slope, x)) ** 2).sum() / 2)
    half = scipy.stats.t.ppf(0.975, 2) * residual * np.sqrt(covariance[0, 0])
    assert fit.energy == pytest.approx((-slope[0], -slope[0] - half, -slope[0] + half))
    line, low, high = fit.rate([125.0])
    assert low[0] < line[0] < high[0]
    with pytest.raises(MeasurementError, match="three different temperatures"):
        fit_arrhenius([150, 200], [1e-6, 1e-5])
    with pytest.raises(MeasurementError, match="above 0"):
        fit_arrhenius([150, 175, 200], [0, 1e-6, 1e-5])


def test_neighbours_differ_by_one_bit_of_gray_code() -> None:
    assert [gray_distance(n, n + 1) for n in range(15)] == [1] * 15
    assert gray_distance(0, 2) == 2


def test_the_error_rate_of_two_normal_levels_is_the_normal_tail() -> None:
    random = np.random.default_rng(5)
    levels = [random.normal(mean, 10, 40_000) for mean in (60, 100)]
    # Half the distance is two standard deviations: 2.28 % on each side.
    assert gray_error_rate(levels) == pytest.approx(scipy.stats.norm.sf(2), rel=0.05)
    # Four levels so spaced: the inner two err on both sides, and an error is one of two bits.
    four = [random.normal(mean, 10, 40_000) for mean in (20, 60, 100, 140)]
    assert gray_error_rate(four) == pytest.approx(scipy.stats.norm.sf(2) * (2 + 4) / 4 / 2, rel=0.05)


def test_more_bits_make_more_errors() -> None:
    targets = np.repeat(np.linspace(20, 160, 8), 500)
    found = errors_by_bits(targets, targets + np.random.default_rng(6).normal(0, 8, len(targets)))
    assert [bits for bits, _ in found] == [1.0, 2.0, 3.0]
    assert found[0][1] <= found[1][1] < found[2][1]
