"""The analog multiply: Ohm's and Kirchhoff's laws, lines and converters.

Lines with resistance: the current of a row falls along the row line and the current of a column along the column line.
Both drops are linear in the row voltages, so to first order in the line resistance they are a correction of the matrix:
``G (1 - a - b)`` with ``a[i, j] = r sum_m min(m, j) G[i, m]`` from the row and
``b[i, j] = r sum_m (rows + 1 - max(m, i)) G[m, j]`` from the column (drivers at column 0, converters below the last
row; positions counted from 1). `ohmshot.chip.kernels.through_lines` computes it.
"""

from torch import Tensor

from ohmshot.foundation.compiled import F32, Real


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
    scale, step, most = converter(full_scale, bits)
    if not scale:
        return values.clamp(-full_scale, full_scale)
    return (values * float(scale)).round().clamp(-float(most), float(most)) * float(step)


def converter(full_scale: float, bits: int | None) -> tuple[Real, Real, Real]:
    """Return a converter as float32: (steps a unit, units a step, where it saturates in steps; in units without steps).

    Args:
        full_scale: in its unit.
        bits: None for a converter that saturates without rounding.
    """
    if bits is None:
        return F32(0), F32(0), F32(full_scale)
    steps = float(2 ** (bits - 1) - 1)
    return F32(steps / full_scale), F32(full_scale / steps), F32(steps)
