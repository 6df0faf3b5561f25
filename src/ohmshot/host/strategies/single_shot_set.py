"""Single-shot SET: one RESET, one SET, no look back: simple, fast, inaccurate."""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.strategies.strategy import Bound, ProgrammingStrategy
from ohmshot.host.strategies.write_verify import give, is_reset_target


@dataclass(frozen=True)
class SingleShotSet:
    """Full RESET of every cell, then one SET of those that shall have a level.

    Nothing is read, so no cell is reported as missed.
    """

    bound: ClassVar[Bound] = Bound(resets=1, sets=1, cycles=1, reads=0)
    needs_partners: ClassVar[bool] = False

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells [n] to targets in uS [n]; see `ohmshot.host.strategies.strategy.ProgrammingStrategy`."""
        sheet = crossbar.datasheet
        gate = sheet.gate_voltage_for(targets).masked_fill(is_reset_target(sheet, targets), 0.0)
        give(crossbar, cells, torch.full_like(targets, sheet.reset_source_voltages[1]), gate)
        return cells[:0]


STRATEGY = ProgrammingStrategy("single-shot-set", ("bonnet2023uncertainty",), SingleShotSet())
