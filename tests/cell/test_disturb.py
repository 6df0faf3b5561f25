import dataclasses

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cells_by_law import by_law
from ohmshot.cell import disturb
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.technology import switching_at_operation
from random_cells import SETS, conductances, technologies

LETI = SETS["leti_hfo2_130nm"]


def set_disturbed(conductance: torch.Tensor, pulses: torch.Tensor, parameters: CellParameters) -> torch.Tensor:
    return by_law(disturb.set_disturbed, parameters)(conductance, pulses)


def reset_disturbed(conductance: torch.Tensor, pulses: torch.Tensor, parameters: CellParameters) -> torch.Tensor:
    return by_law(disturb.reset_disturbed, parameters)(conductance, pulses)


@settings(max_examples=60, deadline=None)
@given(technologies(), st.floats(0, 1e6))
def test_set_disturb_only_raises_reset_disturb_only_lowers_and_both_stay_in_the_window(
    parameters: CellParameters, pulses: float
) -> None:
    g = conductances(parameters, 60)
    n = torch.full_like(g, pulses)
    raised, lowered = set_disturbed(g, n, parameters), reset_disturbed(g, n, parameters)
    low, high = parameters.minimum_conductance, parameters.maximum_conductance
    assert bool(((raised >= g) & (raised <= high)).all())
    assert bool(((lowered <= g) & (lowered >= low - 1e-5)).all())
    above = g >= switching_at_operation(parameters).set_conductances[0]
    assert torch.equal(raised[above], g[above])


@settings(max_examples=60, deadline=None)
@given(technologies(), st.integers(0, 1000), st.integers(0, 1000))
def test_pulses_add_up(parameters: CellParameters, first: int, second: int) -> None:
    g = conductances(parameters, 60)
    for disturbed in (set_disturbed, reset_disturbed):
        in_parts = disturbed(
            disturbed(g, torch.full_like(g, first), parameters), torch.full_like(g, second), parameters
        )
        at_once = disturbed(g, torch.full_like(g, first + second), parameters)
        torch.testing.assert_close(in_parts, at_once, rtol=1e-4, atol=1e-4)


def test_a_tiny_disturb_takes_its_share_pulse_by_pulse() -> None:
    parameters = dataclasses.replace(LETI, reset_disturb=1e-7)
    after = reset_disturbed(torch.tensor([105.0]), torch.tensor([1e5]), parameters)
    assert float(after) == pytest.approx(105.0 - 100.0 * 0.01, abs=0.01)


def test_no_disturb_changes_nothing() -> None:
    g = conductances(LETI, 60)
    assert torch.equal(set_disturbed(g, torch.full_like(g, 1e9), LETI), g)
    assert torch.equal(reset_disturbed(g, torch.full_like(g, 1e9), LETI), g)


def test_pulses_elsewhere_close_the_gap_by_their_share_each() -> None:
    # 45 uS is the lowest SET level and 5 uS the reset state. Two pulses of a tenth leave 0.81 of a gap.
    parameters = dataclasses.replace(LETI, set_disturb=0.1, reset_disturb=0.1)
    g, two = torch.tensor([5.0, 44.0, 45.0, 100.0]), torch.full((4,), 2.0)
    assert set_disturbed(g, two, parameters).tolist() == pytest.approx([45 - 40 * 0.81, 45 - 0.81, 45.0, 100.0])
    g = torch.tensor([1.0, 5.0, 15.0, 105.0])
    assert reset_disturbed(g, two, parameters).tolist() == pytest.approx([1.0, 5.0, 5 + 8.1, 5 + 81.0])


def test_a_disturb_of_the_whole_gap_closes_it_with_one_pulse_and_not_with_none() -> None:
    parameters = dataclasses.replace(LETI, set_disturb=1.0, reset_disturb=1.0)
    g, pulses = torch.tensor([20.0, 20.0, 20.0]), torch.tensor([0.0, 1.0, 5.0])
    assert set_disturbed(g, pulses, parameters).tolist() == [20.0, 45.0, 45.0]
    assert reset_disturbed(g, pulses, parameters).tolist() == [20.0, 5.0, 5.0]
