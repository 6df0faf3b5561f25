import dataclasses

import pytest
import torch
from hypothesis import given, settings

from cells_by_law import by_law
from ohmshot.cell import temperature
from ohmshot.cell.cell_parameters import CellParameters, disagreement
from ohmshot.cell.technology import switching_at_operation
from random_cells import SETS, conductances, technologies

LETI = SETS["leti_hfo2_130nm"]


def conductance_factor(conductance: torch.Tensor, parameters: CellParameters) -> torch.Tensor:
    return by_law(temperature.conductance_factor, parameters)(conductance)


def test_at_room_temperature_nothing_changes() -> None:
    g = conductances(LETI, 20)
    assert torch.equal(conductance_factor(g, LETI), torch.ones_like(g))
    assert switching_at_operation(LETI) == LETI


def test_a_warm_cell_conducts_better_at_the_reset_state_most_and_is_reset_at_lower_voltage() -> None:
    hot = dataclasses.replace(LETI, operating_temperature=85.0)
    factor = conductance_factor(torch.tensor([LETI.reset_conductance, LETI.set_conductances[1]]), hot)
    assert factor.tolist() == pytest.approx([1 + 0.002 * 60, 1 + 0.0003 * 60])
    switching = switching_at_operation(hot)
    assert switching.reset_source_voltages == pytest.approx((1.0 - 0.06, 2.6 - 0.06))
    assert switching.set_conductances == pytest.approx((45.0 * 0.94, 117.0 * 0.94))


@settings(max_examples=60, deadline=None)
@given(technologies())
def test_switching_stays_possible_at_every_temperature(parameters: CellParameters) -> None:
    for celsius in (-40.0, 25.0, 150.0):
        at = switching_at_operation(dataclasses.replace(parameters, operating_temperature=celsius))
        assert at.reset_source_voltages[0] >= 0
        assert disagreement(dataclasses.replace(at, maximum_conductance=1e3)) is None
        assert bool((conductance_factor(conductances(parameters, 50), at) >= 0).all())


def test_the_ideal_cell_knows_no_temperature() -> None:
    hot = dataclasses.replace(SETS["ideal"], operating_temperature=125.0)
    assert conductance_factor(conductances(SETS["ideal"], 3), hot).tolist() == [1.0] * 3
    assert switching_at_operation(hot) == hot


@pytest.mark.parametrize(
    ("conductance", "coefficient"),
    [(0.5, 0.002), (5.0, 0.002), (61.0, 0.00115), (117.0, 0.0003), (150.0, 0.0003)],
)
def test_the_coefficient_goes_linearly_from_the_reset_state_to_the_highest_set(
    conductance: float, coefficient: float
) -> None:
    for celsius in (-40.0, 125.0):
        at = dataclasses.replace(LETI, operating_temperature=celsius)
        factor = conductance_factor(torch.tensor([conductance], dtype=torch.float64), at)
        assert float(factor) == pytest.approx(1 + coefficient * (celsius - 25))


def test_nothing_conducts_less_than_nothing_and_no_set_vanishes() -> None:
    steep = dataclasses.replace(
        LETI,
        operating_temperature=125.0,
        conductance_temperature_coefficients=(-0.02, -0.02),
        set_temperature_coefficient=-0.02,
        reset_temperature_coefficient=-0.02,
    )
    assert float(conductance_factor(torch.tensor([50.0]), steep)) == 0.0
    at = switching_at_operation(steep)
    assert at.set_conductances == pytest.approx((0.45, 1.17))  # a hundredth at least
    assert at.reset_source_voltages == pytest.approx((0.0, 1.6))  # shifted by its onset at most
