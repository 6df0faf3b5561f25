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
