"""Kernels of a multiply on a GPU: one thread an output, sums in the order of `ohmshot.chip.multiply`: the same bits."""

from typing import Any

import numpy as np
from numba import cuda

from ohmshot.chip import draws
from ohmshot.chip.gpu.compiled import gpu_kernel
from ohmshot.chip.gpu.kernels import chip_and_place
from ohmshot.chip.multiply import Host, Periphery, block_units, converted, of_four_rows
from ohmshot.chip.row_voltages import row_voltage
from ohmshot.foundation.compiled import F32, U32, Bits, Real, law
from ohmshot.foundation.philox import inverse_normal, philox

Array = Any
"""An array in the memory of the GPU."""


@law
def summed(cells: Array, driven: Array, first_row: Bits, first_input: Bits, height: Bits, lane: Bits) -> Real:
    """Products of one input with the cells of a column, [rows], summed over the rows that are driven.

    Args:
        cells: of the column, from the first word line on.
        driven: inputs, [rows of all blocks, lanes].
        first_row: first word line that is driven.
        first_input: where its inputs stand.
        height: word lines that are driven.
        lane: the input.
    """
    total, whole = F32(0), height // 4 * 4
    for i in range(0, whole, 4):
        v, g = first_input + i, first_row + i
        total += of_four_rows(
            driven[v, lane], driven[v + 1, lane], driven[v + 2, lane], driven[v + 3, lane],
            cells[g], cells[g + 1], cells[g + 2], cells[g + 3],
        )  # fmt: skip
    for i in range(whole, height):
        total += driven[first_input + i, lane] * cells[first_row + i]
    return total


@law
def drawn(key: Bits, number: Bits, output: Bits, outputs: Bits) -> Real:
    """Standard normal number of one output of so many of a multiply: one of the four of a call of the generator."""
    quarter = outputs // 4
    a, b, c, d = philox(key, U32(output % quarter), number, draws.MULTIPLIES, U32(0))
    early, late = a if output < quarter else b, c if output < 3 * quarter else d
    return inverse_normal(early if output < 2 * quarter else late)


@gpu_kernel
def drive_by(given: Array, host: Host, volts: Array) -> None:
    """Numbers of a host, [chips, inputs, n], as row voltages, V [chips, inputs, rows]; a thread a voltage."""
    at = cuda.grid(1)
    if at < volts.size:
        chip, rest = chip_and_place(at, volts.shape[1] * volts.shape[2])
        n, row = chip_and_place(rest, volts.shape[2])
        number = given[chip, n, row] if row < given.shape[2] else F32(1)
        volts[chip, n, row] = row_voltage(number, host.full_scale, host.read_voltage)


@gpu_kernel
def drive(volts: Array, p: Periphery, driven: Array, squared: Array) -> None:
    """Row voltages after their drivers, [chips, rows, lanes], and their squares; a thread a voltage."""
    at = cuda.grid(1)
    if at < driven.size:
        chip, rest = chip_and_place(at, driven.shape[1] * driven.shape[2])
        row, lane = chip_and_place(rest, driven.shape[2])
        value = F32(0)
        if lane < volts.shape[1]:
            value = converted(volts[chip, lane, row], p.drivers[0], p.drivers[1], p.drivers[2])
        driven[chip, row, lane] = value
        squared[chip, row, lane] = value * value


@gpu_kernel
def convert(
    conductances: Array,
    variances: Array,
    driven: Array,
    squared: Array,
    first_row: int,
    first_column: int,
    first_input: int,
    height: int,
    life: Array,
    numbers: Array,
    p: Periphery,
    out: Array,
) -> None:
    """Currents of some columns after their converters, uA [chips, columns, lanes]; a thread a current."""
    at = cuda.grid(1)
    if at < out.size:
        outputs = out.shape[1] * out.shape[2]
        chip, output = chip_and_place(at, outputs)
        column, lane = chip_and_place(output, out.shape[2])
        cells = conductances[chip, first_column + column]
        total = summed(cells, driven[chip], first_row, first_input, height, lane)
        if variances.shape[1]:
            spread = summed(variances[chip, first_column + column], squared[chip], first_row, first_input, height, lane)
            total += np.sqrt(spread) * drawn(life[chip], numbers[chip], output, outputs)
        out[chip, column, lane] = converted(total, p.converters[0], p.converters[1], p.converters[2])


@gpu_kernel
def add_up_rows(conductances: Array, first_row: int, first_column: int, width: int, across: Array) -> None:
    """Conductance that each row drives, uS [chips, rows driven]; a thread a row."""
    at = cuda.grid(1)
    if at < across.size:
        chip, row = chip_and_place(at, across.shape[1])
        total = F32(0)
        for column in range(width):
            total += conductances[chip, first_column + column, first_row + row]
        across[chip, row] = total


@gpu_kernel
def charge(
    squared: Array,
    across: Array,
    inputs: int,
    first_input: int,
    first_column: int,
    width: int,
    p: Periphery,
    numbers: Array,
    spent: Array,
) -> None:
    """Energy of the multiply of a chip, and that it has done one more; a thread a chip."""
    chip = cuda.grid(1)
    if chip < numbers.size:
        microwatts = 0.0
        for lane in range(inputs):
            watts = F32(0)
            for row in range(across.shape[1]):
                watts += squared[chip, first_input + row, lane] * across[chip, row]
            microwatts += np.float64(watts)
        spent[chip] += block_units(microwatts, inputs, first_column, width, p)
        numbers[chip] = U32(numbers[chip] + U32(1))


@gpu_kernel
def add_pairs(currents: Array, first_output: int, pairs: int, out: Array) -> None:
    """Add currents of even columns less those of the next to sums [chips, inputs, pairs]; a thread a sum."""
    at = cuda.grid(1)
    chip, rest = chip_and_place(at, out.shape[1] * pairs)
    if chip < out.shape[0]:
        lane, pair = chip_and_place(rest, pairs)
        out[chip, lane, first_output + pair] += currents[chip, 2 * pair, lane] - currents[chip, 2 * pair + 1, lane]


@gpu_kernel
def in_units(out: Array, per_ua: Real) -> None:
    """Currents in uA, [chips, inputs, pairs], as answers of the host; a thread an answer."""
    at = cuda.grid(1)
    if at < out.size:
        chip, rest = chip_and_place(at, out.shape[1] * out.shape[2])
        lane, pair = chip_and_place(rest, out.shape[2])
        out[chip, lane, pair] *= per_ua
