"""The likelihoods against the same thing written out with whole covariance matrices."""

import numpy as np
import polars as pl
import pytest
import scipy.stats
import torch

from ohmshot.characterisation.likelihood import Unknowns, maximise, normal_log_density, summed_by_device
from ohmshot.characterisation.paths import Steps, path_log_likelihood, paths_of
from ohmshot.foundation.errors import MeasurementError


def test_the_likelihood_of_a_path_is_that_of_its_covariance_matrix() -> None:
    time, reading, noise = np.array([0.0, 1.0, 4.0, 9.0]), np.array([50.0, 52.0, 47.0, 44.0]), 0.02
    rows = pl.DataFrame({"device": ["a"] * 4, "cycle": [0.0] * 4, "time_s": time, "conductance_us": reading})
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
            "conductance_us": [50.0, 51.0, 60.0, 61.0, 59.0],
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
