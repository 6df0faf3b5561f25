"""The analog multiply: Ohm's and Kirchhoff's laws, lines and converters."""

import torch
from torch import Tensor

from ohmshot.foundation.products import product


def effective_conductance(conductance: Tensor, line_resistance_ohm: float) -> Tensor:
    """Conductance that the periphery sees through lines with resistance, to first order.

    The current of a row falls along the row line and the current of a column along the column line. Both
    drops are linear in the row voltages, so to first order in the line resistance they are a correction of
    the matrix: ``G (1 - a - b)`` with ``a[i, j] = r sum_m min(m, j) G[i, m]`` from the row and
    ``b[i, j] = r sum_m (rows - max(m, i)) G[m, j]`` from the column (drivers at column 0, converters below
    the last row; positions counted from 1).

    Args:
        conductance: uS, [chips, rows, columns].
        line_resistance_ohm: from one cell to the next.

    Returns:
        uS, the same shape.
    """
    if line_resistance_ohm == 0:
        return conductance
    _, rows, columns = conductance.shape
    along_row = torch.arange(1, columns + 1)
    row_weight = torch.minimum(along_row[:, None], along_row[None, :]).to(conductance.dtype)
    along_column = torch.arange(rows)
    column_weight = (rows - torch.maximum(along_column[:, None], along_column[None, :])).to(conductance.dtype)
    drop = product(conductance, row_weight) + product(column_weight, conductance)  # (a + b) / r, in uS
    return conductance * (1 + drop * (-line_resistance_ohm * 1e-6)).clamp(min=0)


def column_noise(squared_voltages: Tensor, spread: Tensor, normals: Tensor) -> Tensor:
    """Noise of column currents: independent noise of the cells adds up in the variance of a column.

    Args:
        squared_voltages: of the rows, V^2, [chips, inputs, rows].
        spread: uS, the standard deviation of one read of each cell, [chips, rows, columns].
        normals: standard normal, [chips, inputs, columns].

    Returns:
        uA, [chips, inputs, columns].
    """
    return product(squared_voltages, spread.square()).sqrt() * normals


def drive_power(squared_voltages: Tensor, conductance: Tensor) -> Tensor:
    """Power in uW that the cells take while they are driven, all inputs added up: V^2 G.

    Args:
        squared_voltages: of the rows, V^2, [chips, inputs, rows].
        conductance: uS, [chips, rows, columns].

    Returns:
        float64, [chips].
    """
    return (squared_voltages.sum(1) * conductance.sum(2)).double().sum(1)


def quantised(values: Tensor, full_scale: float, bits: int | None) -> Tensor:
    """Round to a converter's steps over plus and minus the full scale, and saturate.

    ``round(x s / full) full / s`` with ``s = 2^(bits - 1) - 1`` steps on either side of 0.

    Args:
        values: any shape, in any unit.
        full_scale: in that unit.
        bits: of the converter; None for one that saturates without rounding.

    Returns:
        The converted values, the same shape and unit.
    """
    if bits is None:
        return values.clamp(-full_scale, full_scale)
    steps = float(2 ** (bits - 1) - 1)
    return (values * (steps / full_scale)).round().clamp(-steps, steps) * (full_scale / steps)
