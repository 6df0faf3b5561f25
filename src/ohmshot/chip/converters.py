"""Converters as they are made: a gain and an offset of every column's own, and inputs given bit by bit.

Both are options of a `Circuit`, off by default. A gain error or an offset of a converter is that of its column, in
multiplies and in the reads that verify a write alike; it cancels in a pair only where both columns err alike, which
is why it matters. Sizes are for the user to give: we know no published ones of these chips.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit, converter
from ohmshot.chip.multiply import converted
from ohmshot.foundation.compiled import F32, Real, kernel
from ohmshot.foundation.randomness import generator


class ColumnErrors(NamedTuple):
    """What the converters of the columns do wrong.

    Attributes:
        gain: factor, float32 [chips, columns].
        offset: uA, float32 [chips, columns].
    """

    gain: np.ndarray
    offset: np.ndarray


def column_errors(circuit: Circuit, seed: int, chip_numbers: Sequence[int]) -> ColumnErrors | None:
    """Draw the errors of all converters, the same in every life of a chip; None where they have none."""
    if not any(circuit.converter_errors):
        return None
    drawn = [
        torch.randn(2, circuit.columns, generator=generator(seed, "chip", number, "converters"))
        for number in chip_numbers
    ]
    gain, offset = torch.stack(drawn, 1).numpy()
    return ColumnErrors(1 + F32(circuit.converter_gain_spread) * gain, F32(circuit.converter_offset_spread_ua) * offset)


def _convert(values: np.ndarray, scale: Real, step: Real, most: Real, out: np.ndarray) -> None:
    for i in range(values.shape[0]):
        out[i] = converted(values[i], scale, step, most)


convert = kernel(_convert)


def through_converter(values: np.ndarray, full_scale: float, bits: int | None) -> np.ndarray:
    """Values of any shape after a converter (`ohmshot.chip.circuit.converter`)."""
    whole = np.ascontiguousarray(values, F32)
    out = np.empty_like(whole)
    convert(whole.reshape(-1), *converter(full_scale, bits), out.reshape(-1))
    return out


def converted_currents(currents: np.ndarray, circuit: Circuit, errors: ColumnErrors, columns: range) -> np.ndarray:
    """Currents in uA, [chips, columns, inputs], as converters of these columns report them: ``convert(g I + o)``."""
    chosen = slice(columns.start, columns.stop)
    wrong = errors.gain[:, chosen, None] * currents + errors.offset[:, chosen, None]
    return through_converter(wrong, circuit.output_range_ua, circuit.output_bits)


def converted_reads(
    conductances: np.ndarray,
    circuit: Circuit,
    errors: ColumnErrors | None,
    places: tuple[np.ndarray, np.ndarray],
    parameters: CellParameters,
) -> np.ndarray:
    """Single cells as the converter of their column reports them, uS [n]: ``convert(g G V + o) / V``.

    A converter of ``verify_bits`` covers the window from 0 to the highest conductance, with all its codes above 0.

    Args:
        conductances: uS, read noise included, [n].
        circuit: whose converters.
        errors: of the columns; None for none.
        places: chip and column of each cell, int64 [n] both.
        parameters: of the cells.
    """
    volts = F32(parameters.read_voltage)
    currents = conductances * volts
    if errors is not None:
        currents = errors.gain[places] * currents + errors.offset[places]
    if circuit.verify_bits is not None:
        highest = parameters.maximum_conductance * parameters.read_voltage
        # One bit more, since a converter has a sign.
        currents = np.maximum(through_converter(currents, highest, circuit.verify_bits + 1), F32(0))
    return currents / volts


def bit_planes(volts: np.ndarray, full_scale: float, bits: int) -> Iterator[tuple[Real, np.ndarray]]:
    """Inputs bit by bit, positive ones first, then negative ones: (weight of the plane, volts of the plane).

    One read level, rows without a bit float: ``x = sum_b 2^b / (2^(B - 1) - 1) x_b V`` for B bits with the sign, in
    2 (B - 1) planes. Bonnet et al. (Nat. Commun. 14 (2023) 7530, Methods) give inputs of three bits so, one column
    conversion a bit.

    Args:
        volts: inputs within plus and minus full scale, V, any shape.
        full_scale: the read level, V.
        bits: of an input, its sign included; at least 2.
    """
    steps = 2 ** (bits - 1) - 1
    codes = np.clip(np.rint(volts * F32(steps / full_scale)), -steps, steps).astype(np.int64)
    for sign in (1, -1):
        of_sign = np.maximum(sign * codes, 0)
        for bit in range(bits - 1):
            yield F32(sign * 2**bit / steps), ((of_sign >> bit) & 1).astype(F32) * F32(full_scale)
