"""Parts of the strategies study by hand: one RESET for the reset state, axes of the map, where the hybrid wins."""

import dataclasses
from pathlib import Path

import polars as pl
import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import every_cell
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.host.strategies.settle import Settled
from ohmshot.studies.strategies.contenders import ResetOnce
from ohmshot.studies.strategies.noise_map import with_relaxation, with_reset_noise
from ohmshot.studies.strategies.ranking_findings import LESS_THE_BEST, LESS_THE_BEST_HALF, _surely_best_from
from ohmshot.study.study_result import read_study_result

LETI, SKYWATER = (load_parameter_set(name).values for name in ("leti_hfo2_130nm", "skywater_130nm"))


def test_a_reset_state_by_one_reset_is_neither_read_nor_repeated() -> None:
    chip = SimulatedCrossbar(LETI, Circuit(rows=4, columns=8), 0, [0])
    cells = every_cell(chip)
    chip.form(cells)
    before = chip.meter()
    iterative = strategy_named("iterative-set").scheme
    assert isinstance(iterative, Settled)
    missed = ResetOnce(iterative)(chip, cells, torch.full((len(cells),), LETI.reset_conductance))
    spent = chip.meter() - before
    assert spent.counts[:, 0].tolist() == [0, 0, 32, 0, 0]  # FORM, SET, RESET, read, multiply
    assert len(missed) == 0


def test_relaxation_times_a_factor_is_variance_times_its_square() -> None:
    twice = with_relaxation(SKYWATER, 2.0)
    assert twice.log_relaxation_variance == pytest.approx([4 * each for each in SKYWATER.log_relaxation_variance or ()])
    shift = SKYWATER.log_relaxation_shift_after_reset or ()
    assert twice.log_relaxation_shift_after_reset == pytest.approx([2 * each for each in shift])
    assert twice.loss_rate == SKYWATER.loss_rate
    half = with_relaxation(LETI, 0.5)
    assert half.relaxation_spread_at_60_s == pytest.approx([each / 2 for each in LETI.relaxation_spread_at_60_s])
    assert half.retention_loss == LETI.retention_loss
    assert with_relaxation(LETI, 1.0) == LETI


def test_reset_is_at_least_as_noisy_at_the_full_voltage_as_at_the_onset() -> None:
    assert with_reset_noise(LETI, 0.3) == dataclasses.replace(LETI, reset_log_spread=(0.3, 0.5))
    assert with_reset_noise(LETI, 0.6).reset_log_spread == (0.6, 0.6)


@pytest.mark.parametrize(
    ("less", "start"),
    [
        ([1.0, -0.2, -1.0, -2.0], 0.3),  # at 0.2 the interval of 0.5 holds 0
        ([-1.0, 1.0, -1.0, -1.0], 0.3),
        ([-1.0, -1.0, -1.0, -0.1], None),
    ],
)
def test_the_hybrid_is_surely_best_from_where_it_stays_so(less: list[float], start: float | None) -> None:
    line = pl.DataFrame({"reset_log_spread": [0.1, 0.2, 0.3, 0.4], LESS_THE_BEST: less, LESS_THE_BEST_HALF: [0.5] * 4})
    assert _surely_best_from(line) == start


def test_differences_of_the_stored_ranking_are_those_of_its_means() -> None:
    ranking = read_study_result(Path(__file__).parents[2] / "docs" / "studies" / "strategies.json").tables["ranking"]
    for technology in ranking["technology"].unique():
        rows = {row["strategy"]: row for row in ranking.filter(technology=technology).iter_rows(named=True)}
        for row in rows.values():
            for column, less in (
                ("weight_error_after_the_bake_microsiemens", "weight_error_after_the_bake_less_hybrid_microsiemens"),
                ("accuracy_after_bake_percent", "accuracy_after_bake_less_hybrid_percent"),
            ):
                assert row[less] == pytest.approx(row[column] - rows["hybrid"][column], abs=1e-6)
