import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.measure.written_levels import write_levels
from ohmshot.host.strategies.registry import strategy_named

LETI = dataclasses.replace(load_parameter_set("leti_hfo2_130nm").values, stuck_low_share=0.0, stuck_high_share=0.0)
TARGETS = torch.tensor([50.0, 80.0, 110.0])


def test_every_level_is_written_into_every_third_of_three_cells() -> None:
    crossbar = SimulatedCrossbar(LETI, Circuit(8, 6), 1, [0, 1])
    level = write_levels(crossbar, strategy_named("hybrid"), TARGETS)
    assert level.tolist() == [0, 1, 2] * 32
    reached = crossbar.true_conductances().flatten()
    means = [float(reached[level == i].mean()) for i in range(3)]
    assert means == pytest.approx(TARGETS.tolist(), abs=4.0)


def test_cells_get_the_levels_that_are_chosen_for_them() -> None:
    crossbar = SimulatedCrossbar(LETI, Circuit(8, 6), 1, [0])
    chosen = torch.ones(48, dtype=torch.int64)
    assert write_levels(crossbar, strategy_named("hybrid"), TARGETS, chosen) is chosen
    assert float(crossbar.true_conductances().mean()) == pytest.approx(80.0, abs=4.0)
