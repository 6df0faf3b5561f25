"""Disturb: what pulses on other cells of the same row or column do to a cell.

In a 1T1R array a half-selected cell shares the word line (its transistor conducts, but its bit and source lines
rest) or the bit and source lines (its transistor is off), so that little reaches it. Nothing measured was found;
the form is the simplest that never leaves the window, knows no order and composes: each pulse closes the same
small share of the gap to where such pulses lead.
"""

import math

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters


def set_disturbed(conductance: Tensor, pulses: Tensor, parameters: CellParameters) -> Tensor:
    """Conductance in uS after SET pulses elsewhere: it creeps up, towards the lowest SET level at most.

    ``G + (G_low - G) (1 - (1 - d)^n)`` where G is below G_low.

    Args:
        conductance: uS, any shape.
        pulses: n, how many half-selected pulses the cell has seen, the same shape.
        parameters: rows ``set_disturb`` (d) and ``set_conductances``.
    """
    gap = (parameters.set_conductances[0] - conductance).clamp(min=0)
    return conductance + gap * _closed(pulses, parameters.set_disturb)


def reset_disturbed(conductance: Tensor, pulses: Tensor, parameters: CellParameters) -> Tensor:
    """Conductance in uS after RESET pulses elsewhere: it creeps down, towards the reset state at most.

    ``G - (G - G_reset) (1 - (1 - d)^n)`` where G is above G_reset.

    Args:
        conductance: uS, any shape.
        pulses: n, how many half-selected pulses the cell has seen, the same shape.
        parameters: rows ``reset_disturb`` (d) and ``reset_conductance``.
    """
    gap = (conductance - parameters.reset_conductance).clamp(min=0)
    return conductance - gap * _closed(pulses, parameters.reset_disturb)


def _closed(pulses: Tensor, share: float) -> Tensor:
    """Share of a gap that a number of pulses closes, exact for tiny shares too."""
    if share >= 1:
        return (pulses > 0).to(torch.get_default_dtype())
    return -torch.expm1(pulses * math.log1p(-share))
