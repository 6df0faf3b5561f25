import dataclasses

import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import Health
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar

SHORT_LIVED = dataclasses.replace(load_parameter_set("leti_hfo2_130nm").values, endurance_cycles=1000.0)


def _formed() -> SimulatedCrossbar:
    crossbar = SimulatedCrossbar(SHORT_LIVED, Circuit(), 5, [0])
    crossbar.form(torch.arange(2048))
    return crossbar


def test_the_share_of_worn_cells_follows_weibull() -> None:
    crossbar = _formed()
    crossbar.wear_in(torch.full((1, 2048), 500.0))
    failed = float((crossbar.state.health == int(Health.STUCK_HIGH)).double().mean())
    assert abs(failed - (1 - 2.718281828 ** -(0.5**2))) < 0.03


def test_wear_in_two_steps_is_wear_in_one() -> None:
    once, twice = _formed(), _formed()
    once.wear_in(torch.full((1, 2048), 600.0))
    for _ in range(2):
        twice.wear_in(torch.full((1, 2048), 300.0))
    alive = once.state.health == int(Health.OK)
    assert torch.equal(once.state.health, twice.state.health)
    assert torch.equal(once.state.cycles[alive], twice.state.cycles[alive])


def test_a_worn_cell_conducts_and_no_longer_resets() -> None:
    crossbar = _formed()
    crossbar.wear_in(torch.full((1, 2048), 1e6))
    cells = torch.arange(2048)
    crossbar.reset(cells, torch.full((2048,), 2.6))
    assert float(crossbar.true_conductances().min()) >= SHORT_LIVED.set_conductances[1]
