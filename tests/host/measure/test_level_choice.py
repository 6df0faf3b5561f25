import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.measure.level_choice import levels_by_spread, measured_spread
from ohmshot.host.strategies.registry import strategy_named

TARGETS = torch.linspace(5, 105, 21)


def test_where_all_conductances_spread_alike_levels_are_equal() -> None:
    levels = levels_by_spread(TARGETS, torch.full_like(TARGETS, 3.0), 6)
    torch.testing.assert_close(torch.tensor(levels), torch.linspace(5, 105, 6))


def test_levels_crowd_where_cells_spread_little() -> None:
    levels = torch.tensor(levels_by_spread(TARGETS, torch.where(TARGETS < 50, 2.0, 8.0), 9))
    assert bool((levels.diff() > 0).all())
    assert levels[0] == 5
    assert levels[-1] == 105
    assert int((levels < 50).sum()) >= 6


def test_measured_spread_finds_the_levels_that_relax_most() -> None:
    chips = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 1, [0])
    targets, spread = measured_spread(chips, strategy_named("closed-loop"), 3600.0)
    middle = (targets > 45) & (targets < 60)
    assert float(spread[middle].mean()) > 1.5 * float(spread[targets > 100].mean())


def test_levels_lie_equally_many_standard_deviations_apart_by_hand() -> None:
    # Cells spread by 1 uS from 0 to 10 and by 2 from 20 to 30: 10 deviations, 10 x (1 + 1/2) / 2, and 5; 22.5 in all.
    # Three levels: the middle one 11.25 deviations up, that is 1.25 of 7.5 into the second part.
    levels = levels_by_spread(torch.tensor([0.0, 10.0, 20.0, 30.0]), torch.tensor([1.0, 1.0, 2.0, 2.0]), 3)
    assert levels == pytest.approx((0.0, 10 + 10 * 1.25 / 7.5, 30.0))


def test_measured_spread_of_read_noise_alone_is_that_noise() -> None:
    noisy = dataclasses.replace(load_parameter_set("ideal").values, read_noise=0.05)
    chips = SimulatedCrossbar(noisy, Circuit(), 1, list(range(10)))
    targets, spread = measured_spread(chips, strategy_named("single-shot-set"), 10.0)
    assert targets.tolist() == pytest.approx(torch.linspace(0, 120, 24).tolist(), abs=1e-4)
    assert (spread / targets)[4:].tolist() == pytest.approx([0.05] * 20, rel=0.15)  # 850 cells a level
    assert float((spread / targets)[4:].mean()) == pytest.approx(0.05, rel=0.03)
    assert chips.meter().of("read").count.tolist() == [2048] * 10
