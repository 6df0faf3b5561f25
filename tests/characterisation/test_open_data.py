"""Sets from raw data: fits of synthetic cells give back their rows; the shipped sets hold against the raw files."""

import dataclasses
import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import scipy.stats

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.open_data import archive, log_time, reset_laws, set_laws
from ohmshot.characterisation.open_data.neurram import EDGES, FILE
from ohmshot.characterisation.open_data.registry import RAW_SETS, refitted
from ohmshot.characterisation.open_data.simulated_looks import simulated_look
from ohmshot.characterisation.open_data.skywater import A_EDGES
from ohmshot.foundation.errors import MeasurementError, ParameterError

RAW = Path(os.environ.get("OHMSHOT_DATA", "data")) / "reram"
needs_raw = pytest.mark.skipif(not (RAW / archive.RELAXATION).is_file(), reason="the raw archives are not here")
KNOWN = dataclasses.replace(
    load_parameter_set("leti_hfo2_130nm").values,
    log_relaxation_conductances=(30.0, 90.0),
    log_relaxation_variance=(12.0, 3.0),
    log_relaxation_shift_after_set=(-0.6, 0.2),
    log_relaxation_shift_after_reset=(-0.6, 0.2),
    log_relaxation_start=1e-3,
    log_relaxation_jumps=0.4,
)


def distance(measured: np.ndarray, simulated: np.ndarray) -> float:
    """Kolmogorov-Smirnov distance."""
    return float(scipy.stats.ks_2samp(measured, simulated).statistic)


@pytest.mark.slow
def test_a_fit_of_simulated_cells_gives_back_their_rows() -> None:
    start = np.repeat([30.0, 90.0], 4000)
    parts = [
        pl.DataFrame(
            {"device": np.arange(len(start)), "celsius": 25.0, "seconds": seconds, "start": start}
        ).with_columns(change=simulated_look(KNOWN, start, 25.0, seconds, seed=k) - start)
        for k, seconds in enumerate((0.01, 0.1, 1.0, 100.0, 1e4))
    ]
    fit = log_time.fit_log_time(log_time.looks_of(pl.concat(parts), np.array([20.0, 50.0, 100.0])))
    assert fit.onset == pytest.approx(1e-3, rel=0.9)
    assert fit.variance == pytest.approx([12.0, 3.0], rel=0.12)
    assert fit.shift == pytest.approx([-0.6, 0.2], abs=0.1)
    assert fit.jumps == pytest.approx(0.4, rel=0.3)


def test_the_moments_of_the_law_are_those_of_its_cells() -> None:
    start = np.full(20_000, 5.0)
    changes = simulated_look(KNOWN, start, 150.0, 3600.0) - start
    looks = log_time.Looks(np.array([5.0]), np.array([150.0]), np.array([3600.0]), *(np.ones((1, 1)),) * 4)
    mean, variance = log_time.expected_moments(looks, 1e-3, np.array([12.0]), np.array([-0.6]), 0.4)
    assert float(mean[0, 0]) == pytest.approx(changes.mean(), abs=0.6)  # the simulated floor is at 0.5 uS, not at 0
    assert float(variance[0, 0]) == pytest.approx(changes.var(), rel=0.15)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="holds neither data/techC"):
        refitted("neurram_40us", tmp_path)
    with pytest.raises(ParameterError, match=r"'leti' is not fitted to raw data\. Choose one of skywater_130nm"):
        refitted("leti", tmp_path)


@pytest.mark.parametrize("name", RAW_SETS)
def test_every_row_of_a_set_from_raw_data_says_its_kind(name: str) -> None:
    found = load_parameter_set(name)
    own = {row: each for row, each in found.quantities.items() if row not in found.borrowed}
    assert own
    for row, each in own.items():
        assert (each.interval is not None) == (each.status == "fitted") or each.status in ("transferred", "derived"), (
            row
        )
        assert each.status != "fitted" or any(np.ravel(each.value)), row  # a zero is not measured


@needs_raw
def test_single_sets_are_as_those_of_the_set() -> None:
    values = load_parameter_set("skywater_130nm").values
    rows = set_laws.single_sets(RAW)
    for gate, end in ((2.30, 0), (2.58, 1)):
        after = rows.filter((pl.col("volts") - gate).abs() < 1e-3)["after"]
        assert float(after.median()) == pytest.approx(values.set_conductances[end], abs=4)  # type: ignore[arg-type]
        assert float(after.std()) == pytest.approx(values.set_spread[end], abs=3)  # type: ignore[arg-type]


@needs_raw
def test_the_reset_state_is_lognormal_with_the_rows_of_the_set() -> None:
    values = load_parameter_set("skywater_130nm").values
    states = reset_laws.reset_states(RAW)["conductance"].to_numpy()
    law = scipy.stats.lognorm(s=values.reset_state_log_spread, scale=values.reset_conductance)
    assert float(scipy.stats.kstest(states, law.cdf).statistic) < 0.06


@needs_raw
@pytest.mark.parametrize("seconds", [1.0, 1e5])
def test_relaxed_cells_of_technology_c_lie_as_simulated_ones(seconds: float) -> None:
    cells = archive.changes_at_room(RAW, "C", FILE).filter(pl.col("seconds") == seconds)
    values = load_parameter_set("neurram_40us").values
    for low, high in ((11.0, 15.0), (20.0, 25.0), (30.0, 35.0)):
        assert low in EDGES
        group = cells.filter(pl.col("start").is_between(low, high))
        simulated = simulated_look(values, group["start"].to_numpy(), 25.0, seconds)
        change = group["change"].to_numpy()
        assert distance(change, simulated - group["start"].to_numpy()) < 0.25
        assert (simulated - group["start"].to_numpy()).std() == pytest.approx(change.std(), rel=0.2)


@needs_raw
@pytest.mark.parametrize(("celsius", "limit"), [(100.0, 0.25), (180.0, 0.3)])
def test_baked_cells_of_technology_a_spread_as_simulated_ones(celsius: float, limit: float) -> None:
    """The law's spread grows with k T alone, theirs faster, and a fifth of the simulated cells has not jumped."""
    cells = archive.changes_in_bakes(RAW, "A").filter(pl.col("celsius") == celsius)
    values = load_parameter_set("skywater_130nm").values
    for low, high in ((50.0, 70.0), (90.0, 110.0), (160.0, 200.0)):
        assert low in A_EDGES
        group = cells.filter(pl.col("start").is_between(low, high))
        start = group["start"].to_numpy()
        simulated = simulated_look(values, start, celsius, float(group["seconds"].median()))  # type: ignore[arg-type]
        assert distance(group["change"].to_numpy(), simulated - start) < limit
