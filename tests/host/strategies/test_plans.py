"""A plan that a chip runs by itself and the same plan driven pulse by pulse: the same chip afterwards, bit by bit."""

import dataclasses

import pytest
import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import every_cell
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.chip.wrapper import CrossbarWrapper
from ohmshot.foundation.errors import ChipError
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.host.strategies.strategy import with_settings
from ohmshot.programming.policies import plan_named
from random_cells import SETS

SMALL = Circuit(rows=8, columns=16)
LETI = SETS["leti_hfo2_130nm"]


def written(
    name: str, driven: bool, parameters: CellParameters = LETI, chips: tuple[int, ...] = (3, 4), part: int = 1
) -> tuple[SimulatedCrossbar, Tensor]:
    """Chips of which every so many-th cell has been written, and the cells that missed."""
    chip = SimulatedCrossbar(parameters, SMALL, 5, chips)
    cells = every_cell(chip)[::part]
    states = torch.tensor((chip.datasheet.reset_conductance, *chip.datasheet.level_conductances))
    random = torch.Generator().manual_seed(0)
    chip.form(cells)
    strategy = strategy_named(name)
    missed = cells[:0]
    for _ in range(2):
        pattern = torch.randint(len(states), (SMALL.rows * SMALL.columns,), generator=random)
        targets = states[pattern].repeat(len(chips))[cells]
        missed = strategy(CrossbarWrapper(chip) if driven else chip, cells, targets)
        chip.wait(60.0)
    return chip, missed


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("technology", ["leti_hfo2_130nm", "pessimistic"])
def test_a_plan_run_by_the_chip_is_the_plan_that_the_host_drives(name: str, technology: str) -> None:
    (taken, by_chip), (driven, by_host) = (written(name, driven, SETS[technology]) for driven in (False, True))
    assert torch.equal(by_chip, by_host)
    after, expected = taken.snapshot(), driven.snapshot()
    assert [name for name in expected if not torch.equal(after[name], expected[name])] == []


def test_some_cells_of_some_chips_are_written_as_they_are_among_all() -> None:
    one, many = written("hybrid", False, chips=(4,), part=3)[0], written("hybrid", False, chips=(4, 9, 3), part=3)[0]
    assert one.state.records.tobytes() == many.state.records[: SMALL.rows * SMALL.columns].tobytes()


def test_chips_whose_cells_feel_one_another_or_the_time_take_no_plans() -> None:
    def takes(**rows: float) -> bool:
        return SimulatedCrossbar(dataclasses.replace(LETI, **rows), SMALL, 0, [0]).takes(plan_named("hybrid"))

    assert takes()
    assert not takes(set_disturb=1e-6)
    assert not takes(reset_disturb=1e-6)
    assert not takes(telegraph_share=0.1)
    wrapped = CrossbarWrapper(SimulatedCrossbar(LETI, SMALL, 0, [0]))
    assert not wrapped.takes(plan_named("hybrid"))
    with pytest.raises(ChipError, match="take no plans"):
        wrapped.execute(None)  # type: ignore[arg-type]


def test_a_delay_is_the_hosts_to_keep() -> None:
    chip = SimulatedCrossbar(LETI, SMALL, 5, [0])
    chip.form(every_cell(chip))
    patient = with_settings(strategy_named("hybrid"), {"verify_delay": 7.0, "most_attempts": 3})
    patient(chip, every_cell(chip), torch.full((128,), 81.0))
    assert float(chip.snapshot()["meter.waited"]) == 21.0
