"""Weights as differences of two conductances."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.levels import nearest
from ohmshot.chip.crossbar import Datasheet


@dataclass(frozen=True)
class WeightMapping:
    """One layer's weights on pairs of cells: ``weight = (plus - minus) * full_scale / window``.

    One cell of a pair stays at the reset state and the other carries the weight, so a weight costs the fewest
    pulses and lies on the most stable state that is free of charge.

    Attributes:
        full_scale: the weight of the widest difference.
        reset_conductance: uS.
        window: uS, the widest difference.
        differences: uS, rising from 0, how far above the reset state a cell may be written; None for any.
    """

    full_scale: float
    reset_conductance: float
    window: float
    differences: Tensor | None

    def targets(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Conductances in uS of the plus and the minus cell, on the nearest level; same shape as the weights."""
        wanted = (weights / self.full_scale * self.window).clamp(-self.window, self.window)
        size = wanted.abs() if self.differences is None else nearest(wanted.abs(), self.differences)
        rest = torch.full_like(size, self.reset_conductance)
        carrying = self.reset_conductance + size
        return torch.where(wanted > 0, carrying, rest), torch.where(wanted < 0, carrying, rest)

    def weights(self, plus: Tensor, minus: Tensor) -> Tensor:
        """Weights that two conductances in uS stand for."""
        return (plus - minus) * (self.full_scale / self.window)

    def clipped(self, weights: Tensor) -> Tensor:
        """Hold weights inside what a pair can carry."""
        return weights.clamp(-self.full_scale, self.full_scale)


def mapping_for(datasheet: Datasheet, full_scale: float, levels: str) -> WeightMapping:
    """Return the mapping onto a chip's own levels ("datasheet") or onto any conductance ("continuous")."""
    rest = datasheet.reset_conductance
    chosen = torch.tensor((rest, *datasheet.level_conductances)) - rest if levels == "datasheet" else None
    return WeightMapping(full_scale, rest, datasheet.level_conductances[-1] - rest, chosen)
