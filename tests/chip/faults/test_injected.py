"""A hot chip cools, and ages at its mean temperature meanwhile: by hand."""

import math

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import InjectedCrossbar, simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.errors import BrownOutError, OverTemperatureError

LETI = load_parameter_set("leti_hfo2_130nm").values


@pytest.fixture
def hot() -> InjectedCrossbar:
    """A chip that has just been found at 110 degrees."""
    chip = simulated_chips(LETI, Circuit(), 3, [0], [0], Injection(over_temperature=1.0))
    assert isinstance(chip, InjectedCrossbar)
    assert chip.celsius == 25.0
    with pytest.raises(OverTemperatureError, match="at 110 degrees C and takes no pulse above 85"):
        chip.form(torch.arange(3))
    return chip


def test_it_cools_by_an_exponential_of_five_seconds(hot: InjectedCrossbar) -> None:
    assert hot.celsius == 110.0
    hot.wait(5.0)
    assert hot.celsius == pytest.approx(25 + 85 / math.e)
    hot.wait(10.0)
    assert hot.celsius == pytest.approx(25 + 85 * math.exp(-3))


def test_it_ages_at_the_mean_of_its_temperature(hot: InjectedCrossbar, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[tuple[float, float]] = []
    monkeypatch.setattr(SimulatedCrossbar, "wait", lambda chip, seconds, celsius: waits.append((seconds, celsius)))
    hot.wait(0.0)
    hot.wait(5.0)
    hot.wait(5.0, 150.0)
    # The mean of 85 exp(-t / 5 s) over 5 s is 85 (1 - 1/e); over the next 5 s that divided by e.
    mean = 85 * (1 - 1 / math.e)
    assert waits[0] == (0.0, 25.0)
    assert waits[1] == pytest.approx((5.0, 25 + mean))
    assert waits[2] == pytest.approx((5.0, 150 + mean / math.e))


def test_faults_of_the_supply_are_asked_for_and_those_of_the_chip_are_not() -> None:
    assert isinstance(simulated_chips(LETI, Circuit(), 3, [0], [0], Injection(brown_out=0.1)), InjectedCrossbar)
    assert isinstance(simulated_chips(LETI, Circuit(), 3, [0], [0], Injection(stuck=0.1)), SimulatedCrossbar)


def test_two_lives_of_an_injected_chip_draw_their_own_pulses() -> None:
    chip = simulated_chips(LETI, Circuit(), 3, [4, 4], [0, 1], Injection(stuck=0.01))
    chip.form(torch.arange(4096))
    first, second = chip.true_conductances()
    stuck = first == second
    assert 5 < int(stuck.sum()) < 40  # the same devices, stuck in both lives; all others were formed anew


def test_the_train_of_a_chip_breaks_off_in_proportion_to_its_own_cells() -> None:
    chip = simulated_chips(LETI, Circuit(), 3, [0, 1, 2], [0, 0, 0], Injection(brown_out=1.0))
    cells = torch.cat([torch.arange(10), 2048 + torch.arange(2000)])  # none of the third chip
    with pytest.raises(BrownOutError) as broken:
        chip.form(cells)
    given = chip.meter().pulses
    assert 0 <= int(given[0]) < 10
    assert 0 <= int(given[1]) < 2000
    assert int(given[2]) == 0
    expected = torch.cat([torch.arange(int(given[0]), 10), 2048 + torch.arange(int(given[1]), 2000)])
    assert torch.equal(broken.value.unpulsed, expected)
