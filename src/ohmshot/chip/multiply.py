"""The analog multiply of a batch of simulated chips: drivers, products, noise, converters, energy.

Independent noise of the cells of a column adds up in the variance of its current: one number an output is exact for
white and for 1/f noise as they are modelled, Gaussian and drawn anew by each read. Traps are no part of it: they are in
the conductances.
"""

from typing import NamedTuple

import numpy as np

from ohmshot.chip import draws
from ohmshot.chip.one_cell import ENERGY_UNIT_J
from ohmshot.foundation.compiled import F32, I64, U32, Bits, Real, kernel, law, outlined
from ohmshot.foundation.philox import inverse_normal, philox

Array = np.ndarray


class Periphery(NamedTuple):
    """Circuits around the arrays, as a multiply needs them.

    Attributes:
        drivers: converter of the voltages (`ohmshot.chip.circuit.converter`).
        converters: converter of the currents.
        joules_per_uw: energy of a uW that the cells take, ``V^2 G`` of all that are driven.
        conversion_joules: energy of the conversion of one current.
        line_joules: energy of charging one row line to the read voltage.
        rows: word lines.
        width: bit lines of one array; each array charges row lines of its own.
    """

    drivers: tuple[Real, Real, Real]
    converters: tuple[Real, Real, Real]
    joules_per_uw: float
    conversion_joules: float
    line_joules: float
    rows: int
    width: int


class _Scratch(NamedTuple):
    """Numbers on the way, of one chip; used anew by every block.

    Attributes:
        of_input: voltages input by input, V [inputs * driven rows].
        driven: voltages of all rows, V [driven rows, lanes]; a lane is an input, or fills the last vector.
        squared: their squares, V^2.
        bits: random numbers, uint32, one an output.
        normals: standard normal numbers made of them.
        totals: currents of four columns, uA [4, lanes].
        variance: their variances, uA^2.
        across: conductance that a row drives, uS [driven rows].
        watts: power of an input, uW [lanes].
    """

    of_input: Array
    driven: Array
    squared: Array
    bits: Array
    normals: Array
    totals: Array
    variance: Array
    across: Array
    watts: Array


@law
def _scratch(driven_rows: int, lanes: int, columns: int) -> _Scratch:
    """Room for so many driven rows, lanes and converted columns."""
    return _Scratch(
        np.empty(driven_rows * lanes, F32),
        np.zeros((driven_rows, lanes), F32),
        np.zeros((driven_rows, lanes), F32),
        np.empty(columns * lanes, U32),
        np.empty(columns * lanes, F32),
        np.empty((4, lanes), F32),
        np.empty((4, lanes), F32),
        np.empty(driven_rows, F32),
        np.empty(lanes, F32),
    )


@law
def converted(value: Real, scale: Real, step: Real, most: Real) -> Real:
    """A value after a converter (`ohmshot.chip.circuit.converter`)."""
    if scale > 0:
        return min(max(np.rint(value * scale), -most), most) * step
    return min(max(value, -most), most)


@law
def of_four_rows(v0: Real, v1: Real, v2: Real, v3: Real, g0: Real, g1: Real, g2: Real, g3: Real) -> Real:
    """Products of four inputs with the cells of four rows, summed: the order of the sum is part of the result."""
    return (v0 * g0 + v1 * g1) + (v2 * g2 + v3 * g3)


@law
def block_units(microwatts: Real, inputs: int, first_column: int, columns: int, p: Periphery) -> Bits:
    """Energy of a multiply in units: of cells, converters and row lines.

    Args:
        microwatts: that the cells take, float64.
        inputs: how many inputs there are.
        first_column: first bit line whose current is converted.
        columns: bit lines whose current is converted.
        p: the periphery.
    """
    arrays = (first_column + max(columns, 1) - 1) // p.width - first_column // p.width + 1
    joules = I64(inputs * columns) * p.conversion_joules + I64(inputs * p.rows * arrays) * p.line_joules
    return I64(np.rint((microwatts * p.joules_per_uw + joules) / ENERGY_UNIT_J))


@outlined
def _sum_products(
    g0: Array, g1: Array, g2: Array, g3: Array, driven: Array, t0: Array, t1: Array, t2: Array, t3: Array
) -> None:
    """Products of inputs with four columns of cells, summed over the rows: ``t0[n] = sum_i driven[i, n] g0[i]``.

    Four columns share what is loaded of the inputs, and four rows what is loaded and stored of the sums.

    Args:
        g0: numbers of the first column, [rows], and so on.
        g1: of the second.
        g2: of the third.
        g3: of the fourth.
        driven: inputs row by row, [rows, inputs].
        t0: sums of the first column, [inputs], to be written, and so on.
        t1: of the second.
        t2: of the third.
        t3: of the fourth.
    """
    height, lanes = driven.shape
    whole = height // 4 * 4
    for n in range(lanes):
        t0[n] = t1[n] = t2[n] = t3[n] = F32(0)
    for i in range(0, whole, 4):
        a0, a1, a2, a3 = g0[i], g0[i + 1], g0[i + 2], g0[i + 3]
        b0, b1, b2, b3 = g1[i], g1[i + 1], g1[i + 2], g1[i + 3]
        c0, c1, c2, c3 = g2[i], g2[i + 1], g2[i + 2], g2[i + 3]
        d0, d1, d2, d3 = g3[i], g3[i + 1], g3[i + 2], g3[i + 3]
        for n in range(lanes):
            v0, v1, v2, v3 = driven[i, n], driven[i + 1, n], driven[i + 2, n], driven[i + 3, n]
            t0[n] += of_four_rows(v0, v1, v2, v3, a0, a1, a2, a3)
            t1[n] += of_four_rows(v0, v1, v2, v3, b0, b1, b2, b3)
            t2[n] += of_four_rows(v0, v1, v2, v3, c0, c1, c2, c3)
            t3[n] += of_four_rows(v0, v1, v2, v3, d0, d1, d2, d3)
    for i in range(whole, height):
        a, b, c, d = g0[i], g1[i], g2[i], g3[i]
        for n in range(lanes):
            t0[n] += driven[i, n] * a
            t1[n] += driven[i, n] * b
            t2[n] += driven[i, n] * c
            t3[n] += driven[i, n] * d


@law
def _drive(volts: Array, drivers: tuple[Real, Real, Real], s: _Scratch) -> None:
    """Row voltages after their drivers, V [inputs, driven rows], row by row into the scratch, and their squares."""
    inputs, height = volts.shape
    flat = volts.reshape(inputs * height)
    for k in range(inputs * height):
        s.of_input[k] = converted(flat[k], drivers[0], drivers[1], drivers[2])
    for i in range(height):
        for n in range(inputs):
            s.driven[i, n] = s.of_input[n * height + i]
        for n in range(s.driven.shape[1]):
            s.squared[i, n] = s.driven[i, n] * s.driven[i, n]


@law
def _draw(key: Bits, number: Bits, outputs: int, s: _Scratch) -> None:
    """Standard normal numbers of one multiply of a chip, as many as outputs.

    All bits first, then all numbers: each loop is one length of vectors, which takes a third less time.
    """
    quarter = outputs // 4
    for k in range(quarter):
        s.bits[k], s.bits[quarter + k], s.bits[2 * quarter + k], s.bits[3 * quarter + k] = philox(
            key, U32(k), number, draws.MULTIPLIES, U32(0)
        )
    for k in range(outputs):
        s.normals[k] = inverse_normal(s.bits[k])


@outlined
def _block(
    conductances: Array,
    variances: Array,
    first_input: int,
    inputs: int,
    key: Bits,
    number: Bits,
    p: Periphery,
    s: _Scratch,
    first_column: int,
    currents: Array,
) -> Bits:
    """Drive some rows of one chip and convert the currents of some columns; returns the units of energy.

    Args:
        conductances: of all columns on the rows that are driven, uS [columns, driven rows].
        variances: variance of one read of each cell, uS^2, the same shape; no columns where reads have no noise.
        first_input: where the voltages of these rows stand in the scratch.
        inputs: how many there are.
        key: key of the chip's life.
        number: how many multiplies the chip has done.
        p: the periphery.
        s: with the voltages.
        first_column: first bit line whose current is converted.
        currents: uA [columns to convert, lanes], to be written.
    """
    height = conductances.shape[1]
    width, lanes = currents.shape
    driven, squared = s.driven[first_input : first_input + height], s.squared[first_input : first_input + height]
    noisy = variances.shape[0] > 0
    if noisy:
        _draw(key, number, width * lanes, s)
    s.across[:height] = 0
    g, v, totals, variance = conductances, variances, s.totals, s.variance
    for first in range(0, width, 4):
        c0, c3 = first_column + first, first_column + width - 1
        c1, c2, c3 = min(c0 + 1, c3), min(c0 + 2, c3), min(c0 + 3, c3)  # beyond the last: the last once more
        _sum_products(g[c0], g[c1], g[c2], g[c3], driven, totals[0], totals[1], totals[2], totals[3])
        if noisy:
            _sum_products(v[c0], v[c1], v[c2], v[c3], squared, variance[0], variance[1], variance[2], variance[3])
        for column in range(first, min(first + 4, width)):
            total, of_column = totals[column - first], g[first_column + column]
            for i in range(height):
                s.across[i] += of_column[i]
            if noisy:
                spread, drawn = variance[column - first], s.normals[column * lanes : (column + 1) * lanes]
                for n in range(lanes):
                    total[n] += np.sqrt(spread[n]) * drawn[n]
            for n in range(lanes):
                currents[column, n] = converted(total[n], p.converters[0], p.converters[1], p.converters[2])
    s.watts[:] = 0
    for i in range(height):
        for n in range(lanes):
            s.watts[n] += squared[i, n] * s.across[i]
    microwatts = 0.0
    for n in range(inputs):
        microwatts += np.float64(s.watts[n])
    return block_units(microwatts, inputs, first_column, width, p)


def _multiply(
    conductances: Array,
    variances: Array,
    volts: Array,
    first_row: int,
    first_column: int,
    life: Array,
    numbers: Array,
    p: Periphery,
    out: Array,
    spent: Array,
) -> None:
    """Drive some rows and convert the currents of some columns.

    Args:
        conductances: through the lines, uS, column by column: [chips, columns, rows].
        variances: variance of one read of each cell, uS^2, the same shape; of no columns where reads have no noise.
        volts: [chips, inputs, driven rows].
        first_row: first word line that is driven.
        first_column: first bit line whose current is converted.
        life: keys.
        numbers: how many multiplies each chip has done; counted on.
        p: the periphery.
        out: uA, [chips, columns, inputs and as many more as make whole vectors], to be written.
        spent: units of energy of each chip, int64 [chips]; added to.
    """
    chips, inputs, height = volts.shape
    s = _scratch(height, out.shape[2], out.shape[1])
    rows = slice(first_row, first_row + height)
    for chip in range(chips):
        _drive(volts[chip], p.drivers, s)
        g, v = conductances[chip][:, rows], variances[chip][:, rows]
        spent[chip] += _block(g, v, 0, inputs, life[chip], numbers[chip], p, s, first_column, out[chip])
        numbers[chip] = U32(numbers[chip] + U32(1))


def _multiply_pairs(
    conductances: Array,
    variances: Array,
    volts: Array,
    blocks: Array,
    life: Array,
    numbers: Array,
    p: Periphery,
    out: Array,
    spent: Array,
) -> None:
    """Multiply by several blocks of pairs one after another, and add up what is the difference of two columns.

    The same as so many `_multiply` and the additions of a host, bit by bit.

    Args:
        conductances: as for `_multiply`, and all others that are named alike.
        variances: variance of a read, uS^2.
        volts: [chips, inputs, rows of all blocks].
        blocks: int64 [blocks, 6], see `ohmshot.chip.crossbar.MultipliesPairs`.
        life: keys.
        numbers: how many multiplies each chip has done; counted on.
        p: the periphery.
        out: uA, [chips, inputs, pairs], to be written: even column less the next odd one, summed over the blocks.
        spent: units of energy of each chip; added to.
    """
    chips, inputs, driven_rows = volts.shape
    lanes, widest = -(-inputs // 16) * 16, 2 * blocks[:, 5].max()
    s = _scratch(driven_rows, lanes, widest)
    converted, sums = np.empty((widest, lanes), F32), np.empty((out.shape[2], lanes), F32)
    for chip in range(chips):
        _drive(volts[chip], p.drivers, s)
        sums[:] = 0
        for b in range(blocks.shape[0]):
            first_input, height, first_row, first_column, first_output, pairs = blocks[b]
            rows = slice(first_row, first_row + height)
            g, v, currents = conductances[chip][:, rows], variances[chip][:, rows], converted[: 2 * pairs]
            spent[chip] += _block(g, v, first_input, inputs, life[chip], numbers[chip], p, s, first_column, currents)
            numbers[chip] = U32(numbers[chip] + U32(1))
            for pair in range(pairs):
                for n in range(lanes):
                    sums[first_output + pair, n] += currents[2 * pair, n] - currents[2 * pair + 1, n]
        for n in range(inputs):
            for pair in range(sums.shape[0]):
                out[chip, n, pair] = sums[pair, n]


multiply, multiply_pairs = kernel(_multiply), kernel(_multiply_pairs)
