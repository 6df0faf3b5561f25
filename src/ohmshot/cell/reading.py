"""Reading a cell without switching it."""

from torch import Tensor

from ohmshot.cell.parameter_set import CellParameters


def read_spread(conductance: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation in uS of one read: a share of the conductance (row ``read_noise``)."""
    return parameters.read_noise * conductance


def noisy_read(conductance: Tensor, normals: Tensor, parameters: CellParameters) -> Tensor:
    """Return the conductance in uS as one read sees it; ``normals`` are standard normal, of the same shape."""
    return conductance + read_spread(conductance, parameters) * normals
