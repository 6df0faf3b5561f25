import dataclasses
import math

import pytest
import torch

from cells_by_law import fresh_cells
from ohmshot.cell.state import CellState, Health
from ohmshot.cell.technology import forming_yield
from ohmshot.foundation.randomness import generator
from random_cells import SETS

LETI = SETS["leti_hfo2_130nm"]


def test_yield_is_the_share_of_forming_voltages_below_the_pulse() -> None:
    assert forming_yield(LETI) == pytest.approx(1.0)
    weak = dataclasses.replace(LETI, form_voltage=3.0)
    assert forming_yield(weak) == pytest.approx(0.5)
    assert forming_yield(dataclasses.replace(weak, form_voltage=3.15)) == pytest.approx(0.8413, abs=1e-4)
    assert forming_yield(SETS["ideal"]) == 1


def test_that_share_of_cells_never_forms() -> None:
    weak = dataclasses.replace(LETI, form_voltage=3.15)
    uniforms = torch.rand(2, 10_000, generator=generator(1, "forming"))
    never = fresh_cells(torch.zeros(2, 10_000), uniforms, weak).health == Health.STUCK_LOW
    assert float(never.double().mean()) == pytest.approx(0.1587, abs=4 * 0.0037)
    assert not bool((fresh_cells(torch.zeros(2, 10_000), uniforms, LETI).health == Health.STUCK_LOW).any())


def test_without_spread_a_pulse_at_the_onset_forms_all_and_one_below_it_none() -> None:
    sharp = dataclasses.replace(LETI, form_onset_spread=0.0, form_voltage=3.0, form_onset_voltage=3.0)
    assert forming_yield(sharp) == 1.0
    assert forming_yield(dataclasses.replace(sharp, form_voltage=2.999)) == 0.0


def test_fresh_cells_are_unformed_unworn_and_as_they_were_drawn() -> None:
    normals = torch.tensor([[1.0, -1.0], [2.0, -2.0]])
    cells = fresh_cells(normals, torch.full((2, 2), 0.5), LETI)
    assert cells.health.tolist() == [Health.UNFORMED] * 2
    assert cells.conductance.tolist() == cells.programmed.tolist() == [0.5, 0.5]
    assert cells.set_device_offset.tolist() == [1.0, -1.0]
    assert cells.reset_device_offset.tolist() == [2.0, -2.0]
    assert cells.reset_since_set.tolist() == [True, True]
    assert cells.reached_by_reset.tolist() == [False, False]
    assert cells.cycles.tolist() == [0, 0]
    nothing = ("relaxation_time", "relaxation_variance", "relaxation_walk", "retention_time", "retention_walk")
    for name in (*nothing, "set_cycle_draw", "reset_cycle_draw"):
        assert not bool(getattr(cells, name).any()), name


def test_lives_are_weibull_by_inversion() -> None:
    # A share of 1 - 1/e fails within the scale, 1e8 cycles; with shape 2, 1 - 1/e^4 within twice that.
    uniforms = torch.tensor([[1 - math.exp(-1), 1 - math.exp(-4), 0.0], [0.5, 0.5, 0.5]], dtype=torch.float64)
    cells = fresh_cells(torch.zeros(2, 3).double(), uniforms, LETI)
    assert cells.cycles_to_failure.tolist() == pytest.approx([1e8, 2e8, 0.0], rel=1e-6, abs=1e-3)


def test_the_lowest_uniform_numbers_are_stuck_cells_and_the_highest_do_not_form() -> None:
    # 10 % stuck low, the next 20 % stuck high; the upper half of all never forms.
    parameters = dataclasses.replace(LETI, stuck_low_share=0.1, stuck_high_share=0.2, form_voltage=3.0)
    uniforms = torch.tensor([0.05, 0.1, 0.29, 0.3, 0.49, 0.5]).expand(2, 6)
    cells = fresh_cells(torch.zeros(2, 6), uniforms, parameters)
    low, high, unformed = Health.STUCK_LOW, Health.STUCK_HIGH, Health.UNFORMED
    assert cells.health.tolist() == [low, high, high, unformed, unformed, low]
    assert cells.conductance.tolist() == [0.5, 117.0, 117.0, 0.5, 0.5, 0.5]


def test_tensors_of_a_state_make_the_state_again_and_one_that_lacks_a_property_does_not() -> None:
    cells = fresh_cells(torch.randn(2, 4), torch.rand(2, 4), LETI)
    tensors = cells.tensors()
    again = CellState.of_tensors(tensors)
    assert again.records.tobytes() == cells.records.tobytes()
    del tensors["cycles"]
    with pytest.raises(ValueError, match="lacks cycles"):
        CellState.of_tensors(tensors)


def test_a_state_is_a_line_of_a_cache_a_cell_and_its_tensors_are_views() -> None:
    cells = fresh_cells(torch.zeros(2, 3), torch.full((2, 3), 0.5), LETI)
    assert cells.records.nbytes == 3 * 64
    cells.conductance[1] = 7.0
    assert cells.records["conductance"].tolist() == [0.5, 7.0, 0.5]
    assert cells.changed(conductance=torch.tensor([1.0, 2.0, 3.0])).conductance.tolist() == [1.0, 2.0, 3.0]
    assert cells.conductance.tolist() == [0.5, 7.0, 0.5]


def test_a_copy_does_not_follow_its_original() -> None:
    cells = fresh_cells(torch.zeros(2, 1), torch.full((2, 1), 0.5), LETI)
    copy = cells.clone()
    cells.conductance.fill_(9.0)
    assert copy.conductance.tolist() == [0.5]
