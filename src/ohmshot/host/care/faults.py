"""Stuck cells: found by a test, and made up for by their partners."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar, every_cell
from ohmshot.host.strategies.strategy import Bound

RESETS = 3
"""RESET pulses that a cell is given before it counts as stuck."""
STILL = 0.25
"""Share of the window that a cell must move by, or else it is stuck (our choice)."""
TEST = Bound(resets=RESETS, sets=1, cycles=1, reads=2)
"""Pulses, cycles and reads of one test of a cell."""


@dataclass(frozen=True)
class Faults:
    """Stuck cells, as the host knows them.

    Attributes:
        stuck: bool [chips, cells].
        conductance: uS, last read of the stuck cells, [chips, cells]; without meaning elsewhere.
    """

    stuck: Tensor
    conductance: Tensor


def find_stuck(crossbar: Crossbar, cells: Tensor | None = None) -> Faults:
    """Test formed cells: a full RESET, a read, the highest SET, a read. Erases what the cells hold.

    A cell counts as stuck when the two reads lie within a share of the window: one whose window has only narrowed with
    wear still learns. An open line shows as cells that are stuck at no conductance at all.

    Args:
        crossbar: the chips.
        cells: addresses [n], rising; None for all.
    """
    sheet = crossbar.datasheet
    cells = every_cell(crossbar) if cells is None else cells
    window = sheet.level_conductances[-1] - sheet.reset_conductance
    full = torch.full(cells.shape, sheet.reset_source_voltages[1])
    for _ in range(RESETS):
        crossbar.reset(cells, full)
    low = crossbar.read(cells)
    top = torch.full(cells.shape, sheet.level_conductances[-1])
    crossbar.set(cells, sheet.gate_voltage_for(top))
    high = crossbar.read(cells)
    stuck = torch.zeros(crossbar.chips * sheet.cells, dtype=torch.bool)
    stuck[cells] = high - low < STILL * window
    conductance = high.new_zeros(crossbar.chips * sheet.cells)
    conductance[cells] = high
    shape = (crossbar.chips, sheet.cells)
    return Faults(stuck.view(shape), conductance.view(shape))


def reachable(faults: Faults, plus: Tensor, minus: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    """Smallest and largest difference in uS that pairs can still show, [chips, *pairs] each.

    Args:
        faults: stuck cells of the chips.
        plus: cells of the pairs within a chip, int64 [*pairs].
        minus: their partners.
        low: uS, the reset state.
        high: uS, the highest level.
    """
    plus_low, plus_high = _range(faults, plus, low, high)
    minus_low, minus_high = _range(faults, minus, low, high)
    return plus_low - minus_high, plus_high - minus_low


def compensated(targets: Tensor, faults: Faults, plus: Tensor, minus: Tensor, low: float, high: float) -> Tensor:
    """Let the sound partner of a stuck cell carry the difference, as far as it reaches.

    A pair whose plus cell is stuck at G shows ``G - minus``: with G at the highest level every positive weight can
    still be had, and zero; only negative ones are lost.

    Args:
        targets: uS [chips, cells], as for a chip without faults.
        faults: stuck cells of the chips.
        plus: cells of the pairs within a chip, int64 [pairs].
        minus: their partners.
        low: uS, the reset state.
        high: uS, the highest level.
    """
    difference = targets[:, plus] - targets[:, minus]
    stuck_plus, stuck_minus = faults.stuck[:, plus], faults.stuck[:, minus]
    new_minus = (faults.conductance[:, plus] - difference).clamp(low, high)
    new_plus = (faults.conductance[:, minus] + difference).clamp(low, high)
    result = targets.clone()
    result[:, minus] = torch.where(stuck_plus & ~stuck_minus, new_minus, targets[:, minus])
    result[:, plus] = torch.where(stuck_minus & ~stuck_plus, new_plus, targets[:, plus])
    return result


def _range(faults: Faults, cells: Tensor, low: float, high: float) -> tuple[Tensor, Tensor]:
    stuck, at = faults.stuck[:, cells], faults.conductance[:, cells]
    return torch.where(stuck, at, low), torch.where(stuck, at, high)
