"""Years of use at once: what cells are after many more SET/RESET cycles."""

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.state import CellState, Health


def worn(cells: CellState, cycles: Tensor, parameters: CellParameters) -> CellState:
    """Return cells that have gone through more SET/RESET cycles; the last one left them as they are.

    A cell whose life ends on the way stays in the low resistance state, as in `ohmshot.cell.switching`: where each
    cycle is a pulse, cells fail one by one; this gives the same cells in the same state.

    Args:
        cells: shape [...]; unformed ones are not cycled.
        cycles: how many more, shape [...], at least 0.
        parameters: the technology.
    """
    alive = cells.health == int(Health.OK)
    seen = cells.cycles + torch.where(alive, cycles.round(), torch.zeros_like(cycles)).to(cells.cycles.dtype)
    ended = alive & (seen >= cells.cycles_to_failure)
    shorted = cells.conductance.clamp(min=parameters.set_conductances[1])
    return cells.changed(
        cycles=seen,
        conductance=torch.where(ended, shorted, cells.conductance),
        health=cells.health.masked_fill(ended, int(Health.STUCK_HIGH)),
    )
