import math

import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.study.programming import confusion, misread_share, probit_positions, program_chips, usable_bits

LETI = load_parameter_set("leti_hfo2_130nm").values
STATES = torch.tensor([5.0, 50.0, 80.0, 110.0])


def test_cells_on_their_targets_hold_all_bits_and_none_is_misread() -> None:
    state = torch.arange(4).repeat(100)
    joint = confusion(STATES[state], state, STATES)
    assert misread_share(joint) == 0
    assert math.isclose(usable_bits(joint), 2.0)


def test_cells_that_know_nothing_of_their_state_hold_no_bits() -> None:
    state = torch.arange(4).repeat_interleave(4)
    joint = confusion(STATES[torch.arange(4).repeat(4)], state, STATES)
    assert misread_share(joint) == 0.75
    assert abs(usable_bits(joint)) < 1e-12


def test_states_weigh_alike_however_many_cells_have_them() -> None:
    state = torch.tensor([0] * 1000 + [1] * 10 + [2] * 10 + [3] * 10)
    joint = confusion(torch.where(state == 1, 80.0, STATES[state]), state, STATES)
    assert misread_share(joint) == 0.25


def test_probit_positions_are_symmetric() -> None:
    places = probit_positions(7)
    torch.testing.assert_close(places + places.flip(0), torch.ones_like(places))


def test_every_strategy_gets_the_same_pattern_and_half_of_the_cells_are_reset() -> None:
    first = program_chips(LETI, strategy_named("single-shot-set"), 1, 3)
    second = program_chips(LETI, strategy_named("closed-loop"), 1, 3)
    assert torch.equal(first.state, second.state)
    assert bool(((first.state.view(-1, 2) > 0).sum(1) == 1).all())
    assert first.per_cell("read") == 0 < second.per_cell("read")
    assert second.energy_joules > first.energy_joules > 0
