"""The likelihoods against the same thing written out with whole covariance matrices."""

import numpy as np
import polars as pl
import pytest
import scipy.stats
import torch

from ohmshot.characterisation.likelihood import Unknowns, maximise, normal_log_density, summed_by_device
from ohmshot.characterisation.likelihood_intervals import held, profile_intervals, spread_side, threshold
from ohmshot.characterisation.paths import Steps, path_log_likelihood, paths_of
from ohmshot.foundation.errors import MeasurementError


def test_the_likelihood_of_a_path_is_that_of_its_covariance_matrix() -> None:
    time, reading, noise = np.array([0.0, 1.0, 4.0, 9.0]), np.array([50.0, 52.0, 47.0, 44.0]), 0.02
    rows = pl.DataFrame({"device": ["a"] * 4, "cycle": [0.0] * 4, "time_s": time, "conductance_microsiemens": reading})
    kept, gained, added = np.array([0.9, 0.8, 0.7]), np.array([1.0, -2.0, 0.5]), np.array([2.0, 3.0, 5.0])
    steps = Steps(*(torch.from_numpy(each)[None] for each in (kept, gained, added)))
    found, _ = path_log_likelihood(paths_of(rows), steps, noise)
    # Given the first look the true start is normal about it; all later looks are linear in start, steps and noise.
    start_to, walk = np.cumprod(kept), np.zeros((3, 3))
    for look in range(3):
        for step in range(look + 1):
            walk[look, step] = np.prod(kept[step + 1 : look + 1])
    mean = start_to * reading[0] + walk @ gained
    variance = (noise * reading) ** 2 + 1e-9
    covariance = np.outer(start_to, start_to) * variance[0] + walk @ np.diag(added) @ walk.T + np.diag(variance[1:])
    wanted = scipy.stats.multivariate_normal.logpdf(reading[1:], mean, covariance)
    assert float(found) == pytest.approx(wanted, rel=1e-9)


def test_looks_after_a_paths_end_do_not_count() -> None:
    rows = pl.DataFrame(
        {
            "device": ["a", "a", "b", "b", "b"],
            "cycle": [0.0] * 5,
            "time_s": [0.0, 1.0, 0.0, 1.0, 2.0],
            "conductance_microsiemens": [50.0, 51.0, 60.0, 61.0, 59.0],
        }
    )
    paths = paths_of(rows)
    ones = torch.ones(2, 2, dtype=torch.float64)
    both, _ = path_log_likelihood(paths, Steps(ones, 0 * ones, ones), 0.01)
    alone = paths_of(rows.filter(pl.col("device") == "a"))
    only, _ = path_log_likelihood(alone, Steps(ones[:1, :1], 0 * ones[:1, :1], ones[:1, :1]), 0.01)
    assert float(both[0]) == pytest.approx(float(only[0]))


def test_a_mean_with_its_interval_is_what_the_textbook_says() -> None:
    random = torch.Generator().manual_seed(4)
    values = 3 + 2 * torch.randn(200, generator=random, dtype=torch.float64)
    unknowns = Unknowns(torch.tensor([0.0, 0.0]), torch.tensor([1e3, 1e3]))
    one = torch.arange(200)

    def log_likelihood(theta: torch.Tensor) -> torch.Tensor:
        return summed_by_device(normal_log_density(values - theta[0], torch.exp(2 * theta[1]).expand(200)), one, 200)

    maximum = maximise(log_likelihood, unknowns, "set")
    mean, low, high = maximum.interval(lambda theta: theta[:1])
    assert float(mean) == pytest.approx(float(values.mean()), rel=1e-4)
    wanted = scipy.stats.t.interval(0.95, 199, float(values.mean()), float(values.std()) / np.sqrt(200))
    assert (float(low), float(high)) == pytest.approx(wanted, rel=2e-3)


def test_rows_of_one_device_are_not_taken_for_independent() -> None:
    random = torch.Generator().manual_seed(5)
    offsets = torch.randn(20, generator=random, dtype=torch.float64)
    values, device = offsets.repeat_interleave(50), torch.arange(20).repeat_interleave(50)

    def log_likelihood(theta: torch.Tensor) -> torch.Tensor:
        return summed_by_device(normal_log_density(values - theta[0], torch.ones(1000).double()), device, 20)

    _, low, high = maximise(log_likelihood, Unknowns(torch.zeros(1), torch.full((1,), 1e3)), "set").interval(
        lambda theta: theta
    )
    wanted = scipy.stats.t.ppf(0.975, 19) * float(offsets.std()) / np.sqrt(20)
    assert float(high - low) / 2 == pytest.approx(wanted, rel=0.01)


def test_one_device_is_refused() -> None:
    with pytest.raises(MeasurementError, match="at least two devices"):
        maximise(lambda theta: -theta.square(), Unknowns(torch.zeros(1), torch.ones(1)), "set")


def test_the_profile_of_a_normal_likelihood_is_its_textbook_interval() -> None:
    # Standard deviations 0.2 and 0.5, correlation 0.9; of a sum the variance is 0.04 + 0.25 + 2 x 0.09.
    covariance = torch.tensor([[0.04, 0.09], [0.09, 0.25]], dtype=torch.float64)
    inverse = torch.linalg.inv(covariance)

    def log_likelihood(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
        away = torch.stack([one - 1, two - 2], 1)
        return -0.5 * (away @ inverse * away).sum(1)

    sides = spread_side(1.0, 0.1, 3.0, 3.0), spread_side(2.0, 0.2, 5.0, 5.0)
    drop = threshold(1_000_000, 3.0)
    assert drop == pytest.approx(1.96**2 / 2, rel=1e-3)
    found = profile_intervals(log_likelihood, (1.0, 2.0), sides, drop, [lambda a, b: a, lambda a, b: a + b])
    for (low, high), middle, deviation in zip(found, (1.0, 3.0), (0.2, np.sqrt(0.47)), strict=True):
        assert (low, high) == pytest.approx(
            (middle - 1.96 * deviation, middle + 1.96 * deviation), abs=0.15 * deviation
        )


def test_a_boundary_ends_an_interval_and_a_flat_direction_reaches_the_grids_end() -> None:
    # Only the sum of squares is known: each may be 0, neither more than its root.
    def log_likelihood(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
        return -0.5 * ((one.clamp(min=0).square() + two.clamp(min=0).square() - 1) / 0.01).square()

    sides = spread_side(0.7, 0.1, 0.7, 1.0), spread_side(0.714, 0.1, 0.714, 1.0)
    ((low, high),) = profile_intervals(log_likelihood, (0.7, 0.714), sides, 1.92, [lambda a, b: a])
    assert low == pytest.approx(0.0, abs=0.1)
    assert high == pytest.approx(1.0, abs=0.1)


def test_held_unknowns_widen_by_what_they_share() -> None:
    # Correlation 0.6: held, the variance is (1 - 0.36) of what it is free.
    curvature = torch.linalg.inv(torch.tensor([[1.0, 0.6], [0.6, 1.0]], dtype=torch.float64))
    assert held(curvature, [0]) == pytest.approx(1 / 0.64)
    assert held(torch.eye(2, dtype=torch.float64), [0]) == 1


def test_heavy_tails_widen_and_few_cells_too() -> None:
    assert threshold(1_000_000, 9.0) == pytest.approx(4 * threshold(1_000_000, 3.0))
    assert threshold(3, 3.0) == pytest.approx(scipy.stats.t.ppf(0.975, 2) ** 2 / 2)
