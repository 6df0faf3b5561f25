"""Laws of ageing for every technology: exact, since a wait is linear in the normal numbers it is given."""

import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

import cells_by_law
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.state import CellState, Health
from random_cells import SETS, technologies

CELLS = 12
LETI = SETS["leti_hfo2_130nm"]
times = st.floats(-2, 7).map(lambda decades: 10**decades)
temperatures = st.floats(-40, 200)


def programmed_cells(parameters: CellParameters, by_reset: bool) -> CellState:
    """Healthy cells over the whole range of levels, just programmed."""
    fresh = cells_by_law.fresh_cells(
        torch.zeros(2, CELLS, dtype=torch.float64), torch.full((2, CELLS), 0.5, dtype=torch.float64), parameters
    )
    g = torch.linspace(parameters.reset_conductance, parameters.level_conductances[-1], CELLS, dtype=torch.float64)
    return fresh.changed(
        conductance=g,
        programmed=g.clone(),
        reached_by_reset=torch.full((CELLS,), by_reset),
        health=torch.full((CELLS,), int(Health.OK), dtype=torch.int8),
    )


def mean_and_variance(
    cells: CellState, waits: list[tuple[float, float]], parameters: CellParameters
) -> tuple[Tensor, Tensor]:
    """Where waits (seconds, celsius) lead in the mean, and the variance about it: no sampling, no window."""
    endless = dataclasses.replace(parameters, minimum_conductance=-1e9, maximum_conductance=1e9)

    def end(which: int | None) -> Tensor:
        state = cells
        for i, (seconds, celsius) in enumerate(waits):
            normals = torch.zeros(2, CELLS, dtype=torch.float64)
            if which is not None and which // 2 == i:
                normals[which % 2] = 1
            state = cells_by_law.wait(state, seconds, celsius, normals, endless)
        return state.conductance

    mean = end(None)
    return mean, sum(((end(i) - mean) ** 2 for i in range(2 * len(waits))), torch.zeros(CELLS, dtype=torch.float64))


@settings(max_examples=25, deadline=None)
@given(technologies(), st.booleans(), times, times, temperatures)
def test_a_wait_of_a_then_b_is_a_wait_of_both_in_mean_and_variance(
    parameters: CellParameters, by_reset: bool, first: float, second: float, celsius: float
) -> None:
    cells = programmed_cells(parameters, by_reset)
    at_once = mean_and_variance(cells, [(first + second, celsius)], parameters)
    in_parts = mean_and_variance(cells, [(first, celsius), (second, celsius)], parameters)
    torch.testing.assert_close(at_once[0], in_parts[0], rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(at_once[1], in_parts[1], rtol=2e-4, atol=2e-4)  # float32, differences of squares


@settings(max_examples=25, deadline=None)
@given(technologies(), st.booleans(), times, temperatures, st.floats(1, 10), st.floats(0, 50))
def test_a_longer_or_hotter_bake_never_ages_less(
    parameters: CellParameters, by_reset: bool, seconds: float, celsius: float, longer: float, hotter: float
) -> None:
    cells = programmed_cells(parameters, by_reset)
    less = mean_and_variance(cells, [(seconds, celsius)], parameters)
    for more in ((seconds * longer, celsius), (seconds, celsius + hotter)):
        state = [
            cells_by_law.wait(cells, *wait, torch.zeros(2, CELLS), parameters) for wait in ((seconds, celsius), more)
        ]
        assert bool((state[1].retention_time >= state[0].retention_time).all())
        assert bool((state[1].relaxation_variance >= state[0].relaxation_variance).all())
        # In the mean a cell above the reset state only falls, and what has been lost stays so (8 ulp of float32).
        above = less[0] >= parameters.reset_conductance
        assert bool((mean_and_variance(cells, [more], parameters)[0] <= less[0] * (1 + 1e-6))[above].all())


@settings(max_examples=20, deadline=None)
@given(technologies(), times, temperatures)
def test_unformed_and_stuck_cells_do_not_age(parameters: CellParameters, seconds: float, celsius: float) -> None:
    cells = programmed_cells(parameters, by_reset=False)
    for health in (Health.UNFORMED, Health.STUCK_LOW, Health.STUCK_HIGH):
        dead = cells.changed(health=torch.full((CELLS,), int(health), dtype=torch.int8))
        after = cells_by_law.wait(dead, seconds, celsius, torch.ones(2, CELLS, dtype=torch.float64), parameters)
        assert torch.equal(after.conductance, dead.conductance)


def test_twelve_hours_at_150_degrees_do_to_a_cell_what_ten_years_at_75_do() -> None:
    cells = programmed_cells(LETI, by_reset=False)
    baked = mean_and_variance(cells, [(12 * 3600.0, 150.0)], LETI)
    stored = mean_and_variance(cells, [(315_576_000.0, 75.0)], LETI)
    torch.testing.assert_close(baked[0], stored[0], rtol=0, atol=0.02)
    torch.testing.assert_close(baked[1].sqrt(), stored[1].sqrt(), rtol=0.01, atol=0.01)


def test_a_moved_cell_ages_as_one_that_was_programmed_there_but_keeps_its_history() -> None:
    cells = cells_by_law.wait(
        programmed_cells(LETI, by_reset=False), 100.0, 25.0, torch.zeros(2, CELLS, dtype=torch.float64), LETI
    )
    after = cells_by_law.moved(cells, cells.conductance - 1)
    assert (after.conductance - cells.conductance).tolist() == pytest.approx([-1.0] * CELLS)
    assert torch.equal(after.relaxation_time, cells.relaxation_time)
    later = cells_by_law.wait(after, 1e-6, 25.0, torch.zeros(2, CELLS, dtype=torch.float64), LETI)
    torch.testing.assert_close(later.conductance, after.conductance, rtol=0, atol=1e-4)


def test_a_reset_below_its_onset_does_nothing_in_any_technology() -> None:
    for parameters in SETS.values():
        cells = programmed_cells(parameters, by_reset=False)
        volts = torch.full((CELLS,), 0.9 * parameters.reset_source_voltages[0], dtype=torch.float64)
        after = cells_by_law.reset_pulse(cells, volts, torch.zeros(1, CELLS, dtype=torch.float64), parameters)
        assert torch.equal(after.conductance, cells.conductance)
