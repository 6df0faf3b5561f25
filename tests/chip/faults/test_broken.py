"""Which cells an injected fault breaks, and where they are stuck."""

import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import Health
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar

LETI = load_parameter_set("leti_hfo2_130nm").values


def chips(injection: Injection, numbers: list[int], seed: int = 3) -> SimulatedCrossbar:
    made = simulated_chips(LETI, Circuit(), seed, numbers, [0] * len(numbers), injection)
    assert isinstance(made, SimulatedCrossbar)
    return made


def test_of_many_stuck_cells_a_third_lies_at_each_end_and_the_others_evenly_between() -> None:
    at = chips(Injection(stuck=1.0), list(range(10))).true_conductances().flatten()
    low, high = 5.0, 116.6
    error = 4 * (2 / 9 / len(at)) ** 0.5
    assert float((at == high).double().mean()) == pytest.approx(1 / 3, abs=error)
    assert float((at == low).double().mean()) == pytest.approx(1 / 3, abs=error)
    between = at[(at > low) & (at < high)].double()
    assert float(between.mean()) == pytest.approx((low + high) / 2, abs=2.0)
    assert float(between.std()) == pytest.approx((high - low) / 12**0.5, rel=0.03)  # of a uniform distribution


def test_what_breaks_depends_on_seed_and_number_alone() -> None:
    injection = Injection(stuck=0.05, dead_row=1)

    def broken(numbers: list[int], seed: int = 3) -> torch.Tensor:
        return (chips(injection, numbers, seed).state.health != int(Health.UNFORMED)).view(len(numbers), -1)

    assert torch.equal(broken([7])[0], broken([2, 7, 7])[2])
    assert not torch.equal(broken([7])[0], broken([8])[0])
    assert not torch.equal(broken([7])[0], broken([7], seed=4)[0])


def test_a_characteristic_life_stands_in_place_of_the_parameter_sets() -> None:
    short, plain = chips(Injection(endurance=500.0), [0]), chips(Injection(), [0])
    torch.testing.assert_close(short.state.cycles_to_failure, plain.state.cycles_to_failure * (500.0 / 1e8))
    half = dataclasses.replace(LETI, endurance_cycles=1e4)
    other = simulated_chips(half, Circuit(), 3, [0], [0], Injection(endurance=500.0))
    assert isinstance(other, SimulatedCrossbar)
    torch.testing.assert_close(short.state.cycles_to_failure, other.state.cycles_to_failure)


def test_an_open_word_line_is_one_of_one_array() -> None:
    made = simulated_chips(LETI, Circuit().arrays(2), 3, [0, 1], [0, 0], Injection(dead_row=3))
    assert isinstance(made, SimulatedCrossbar)
    dead = (made.state.health == int(Health.STUCK_LOW)).view(2, 32, 2, 64)
    assert torch.equal(dead.any(-1), dead.all(-1))
    assert dead.any(-1).sum((1, 2)).tolist() == [3, 3]
