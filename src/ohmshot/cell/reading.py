"""Reading a cell without switching it: white noise and 1/f noise of one read.

Telegraph noise is no spread of a read: a trap keeps its state from read to read (`ohmshot.cell.telegraph`).
"""

import torch
from torch import Tensor

from ohmshot.cell.flicker import flicker_spread
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.cell.state import CellState


def is_noisy(parameters: CellParameters) -> bool:
    """Whether two reads of a cell differ at all."""
    return parameters.read_noise > 0 or _flickers(parameters)


def read_spread(conductance: Tensor, seconds: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation in uS of one read.

    White noise, a share of the conductance (row ``read_noise``), and 1/f noise, which are independent.

    Args:
        conductance: uS, any shape.
        seconds: since the cell was programmed, the same shape; looked at only where there is 1/f noise.
        parameters: the technology.
    """
    white = parameters.read_noise * conductance
    return torch.hypot(white, flicker_spread(conductance, seconds, parameters)) if _flickers(parameters) else white


def noisy_read(cells: CellState, conductance: Tensor, normals: Tensor, parameters: CellParameters) -> Tensor:
    """Return in uS what one read sees.

    Args:
        cells: shape [...].
        conductance: uS at the moment of the read (temperature, traps), the same shape.
        normals: standard normal numbers, the same shape.
        parameters: the technology.
    """
    seconds = cells.relaxation_time if _flickers(parameters) else conductance
    return conductance + read_spread(conductance, seconds, parameters) * normals


def _flickers(parameters: CellParameters) -> bool:
    return parameters.flicker_noise_share > 0 or parameters.flicker_noise_per_decade > 0
