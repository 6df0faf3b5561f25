"""The analog multiply of a batch of simulated chips: drivers, products, noise, converters, energy.

Independent noise of the cells of a column adds up in the variance of its current: one number an output is exact for
white and for 1/f noise as they are modelled, Gaussian and drawn anew by each read. Traps are no part of it: they are in
the conductances.
"""

from typing import NamedTuple

import numpy as np

from ohmshot.chip import draws
from ohmshot.chip.one_cell import ENERGY_UNIT_J
from ohmshot.chip.row_voltages import row_voltage
from ohmshot.foundation.compiled import F32, I64, U32, Bits, Real, kernel, law, outlined
from ohmshot.foundation.philox import inverse_normals, philox
from ohmshot.foundation.scratch import reals, words
from ohmshot.foundation.vectors import LANES, filled_up, loaded, spread, stored

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


class Host(NamedTuple):
    """What the host does around a multiply of pairs (`ohmshot.chip.row_voltages`), float32.

    Attributes:
        full_scale: the input that the read voltage stands for.
        read_voltage: V.
        per_ua: the answer that 1 uA stands for.
        rows: rows of all blocks; those beyond the inputs are driven by the constant input 1.
    """

    full_scale: Real
    read_voltage: Real
    per_ua: Real
    rows: int


class _Columns(NamedTuple):
    """Four bit lines."""

    c0: int
    c1: int
    c2: int
    c3: int


class _Rows(NamedTuple):
    """Rows of a block among all whose inputs are in the scratch.

    Attributes:
        first: the first.
        height: how many there are.
    """

    first: int
    height: int


class _Scratch(NamedTuple):
    """Numbers on the way, of one chip; used anew by every block.

    Attributes:
        of_input: voltages input by input, V [inputs * driven rows].
        driven: voltages of all rows, V [driven rows, lanes]; a lane is an input, or fills the last vector.
        squared: their squares, V^2.
        bits: random numbers, uint32, one an output.
        normals: standard normal numbers made of them.
        on_the_way: of making them.
        totals: currents of four columns, uA [4, lanes].
        variance: their variances, uA^2.
        across: conductance that a row drives, uS [1, driven rows].
        watts: power of an input, uW [1, lanes].
    """

    of_input: Array
    driven: Array
    squared: Array
    bits: Array
    normals: Array
    on_the_way: Array
    totals: Array
    variance: Array
    across: Array
    watts: Array


@law
def _scratch(driven_rows: int, lanes: int, columns: int | np.integer) -> _Scratch:
    """Room for so many driven rows, lanes and converted columns."""
    driven = reals(driven_rows, lanes)
    driven[:] = F32(0)
    return _Scratch(
        reals(1, driven_rows * lanes)[0],
        driven,
        reals(driven_rows, lanes),
        words(1, columns * lanes)[0],
        reals(1, columns * lanes)[0],
        reals(2, columns * lanes),
        reals(4, lanes),
        reals(4, lanes),
        reals(1, driven_rows),
        reals(1, lanes),
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


@law
def _sum_products(cells: Array, columns: _Columns, first_row: int, driven: Array, rows: _Rows, totals: Array) -> None:
    """Products of inputs with the cells of four columns, summed over the rows: ``sum_i driven[i, n] cells[c, i]``.

    Four columns share what is loaded of the inputs, and their sums stay in registers over all rows.

    Args:
        cells: numbers of all cells, column by column, [columns, word lines].
        columns: the four columns.
        first_row: first word line that is driven.
        driven: inputs row by row, [rows of all blocks, lanes].
        rows: which of them are this block's.
        totals: sums, [4, lanes], to be written.
    """
    c0, c1, c2, c3 = columns.c0, columns.c1, columns.c2, columns.c3
    whole = rows.height // 4 * 4
    for n in range(0, driven.shape[1], LANES):
        a = b = c = d = spread(F32(0))
        for i in range(0, whole, 4):
            v, g = rows.first + i, first_row + i
            v0, v1 = loaded(driven, v, n), loaded(driven, v + 1, n)
            v2, v3 = loaded(driven, v + 2, n), loaded(driven, v + 3, n)
            a = a + of_four_rows(v0, v1, v2, v3, cells[c0, g], cells[c0, g + 1], cells[c0, g + 2], cells[c0, g + 3])
            b = b + of_four_rows(v0, v1, v2, v3, cells[c1, g], cells[c1, g + 1], cells[c1, g + 2], cells[c1, g + 3])
            c = c + of_four_rows(v0, v1, v2, v3, cells[c2, g], cells[c2, g + 1], cells[c2, g + 2], cells[c2, g + 3])
            d = d + of_four_rows(v0, v1, v2, v3, cells[c3, g], cells[c3, g + 1], cells[c3, g + 2], cells[c3, g + 3])
        for i in range(whole, rows.height):
            one, g = loaded(driven, rows.first + i, n), first_row + i
            a, b = a + one * cells[c0, g], b + one * cells[c1, g]
            c, d = c + one * cells[c2, g], d + one * cells[c3, g]
        stored(a, totals, 0, n)
        stored(b, totals, 1, n)
        stored(c, totals, 2, n)
        stored(d, totals, 3, n)


@law
def _sum_conductances(g: Array, first_row: int, height: int, first_column: int, width: int, across: Array) -> None:
    """Conductance that each driven row sees, uS, into ``across`` [1, driven rows]: column after column.

    Args:
        g: uS [columns, word lines].
        first_row: first word line that is driven.
        height: how many are driven.
        first_column: first bit line whose current is converted.
        width: how many are.
        across: to be written.
    """
    whole = height // LANES * LANES
    for i in range(0, whole, LANES):
        total = spread(F32(0))
        for column in range(first_column, first_column + width):
            total = total + loaded(g, column, first_row + i)
        stored(total, across, 0, i)
    for i in range(whole, height):
        one = F32(0)
        for column in range(first_column, first_column + width):
            one += g[column, first_row + i]
        across[0, i] = one


@law
def _drive(volts: Array, drivers: tuple[Real, Real, Real], s: _Scratch) -> None:
    """Row voltages after their drivers, V [inputs, driven rows], row by row into the scratch, and their squares."""
    inputs, height = volts.shape
    flat = volts.reshape(inputs * height)
    for k in range(inputs * height):
        s.of_input[k] = converted(flat[k], drivers[0], drivers[1], drivers[2])
    _turn(inputs, height, s)


@law
def _drive_by(numbers: Array, host: Host, drivers: tuple[Real, Real, Real], s: _Scratch) -> None:
    """Numbers of a host, [inputs, n], as row voltages after their drivers: see `_drive`."""
    inputs, given = numbers.shape
    bias = converted(row_voltage(F32(1), host.full_scale, host.read_voltage), drivers[0], drivers[1], drivers[2])
    for n in range(inputs):
        first = n * host.rows
        for i in range(given):
            volts = row_voltage(numbers[n, i], host.full_scale, host.read_voltage)
            s.of_input[first + i] = converted(volts, drivers[0], drivers[1], drivers[2])
        for i in range(given, host.rows):
            s.of_input[first + i] = bias
    _turn(inputs, host.rows, s)


@law
def _turn(inputs: int, height: int, s: _Scratch) -> None:
    """Voltages input by input to voltages row by row, and their squares."""
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
    inverse_normals(s.bits[:outputs], s.normals[:outputs], s.on_the_way)


@outlined
def _block(
    conductances: Array,
    variances: Array,
    first_row: int,
    rows: _Rows,
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
        conductances: of all cells, uS [columns, word lines].
        variances: variance of one read of each cell, uS^2, the same shape; no columns where reads have no noise.
        first_row: first word line that is driven.
        rows: where the voltages of these rows stand in the scratch.
        inputs: how many there are.
        key: key of the chip's life.
        number: how many multiplies the chip has done.
        p: the periphery.
        s: with the voltages.
        first_column: first bit line whose current is converted.
        currents: uA [columns to convert, lanes], to be written.
    """
    width, lanes = currents.shape
    noisy = variances.shape[0] > 0
    if noisy:
        _draw(key, number, width * lanes, s)
    _sum_conductances(conductances, first_row, rows.height, first_column, width, s.across)
    totals, variance = s.totals, s.variance
    for first in range(0, width, 4):
        c0, last = first_column + first, first_column + width - 1
        columns = _Columns(c0, min(c0 + 1, last), min(c0 + 2, last), min(c0 + 3, last))  # the last once more
        _sum_products(conductances, columns, first_row, s.driven, rows, totals)
        if noisy:
            _sum_products(variances, columns, first_row, s.squared, rows, variance)
        for column in range(first, min(first + 4, width)):
            total = totals[column - first]
            if noisy:
                spread_of, drawn = variance[column - first], s.normals[column * lanes : (column + 1) * lanes]
                for n in range(lanes):
                    noise = np.sqrt(spread_of[n]) * drawn[n]
                    currents[column, n] = converted(total[n] + noise, p.converters[0], p.converters[1], p.converters[2])
            else:
                for n in range(lanes):
                    currents[column, n] = converted(total[n], p.converters[0], p.converters[1], p.converters[2])
    for n in range(0, lanes, LANES):
        power = spread(F32(0))
        for i in range(rows.height):
            power = power + loaded(s.squared, rows.first + i, n) * s.across[0, i]
        stored(power, s.watts, 0, n)
    microwatts = 0.0
    for n in range(inputs):
        microwatts += np.float64(s.watts[0, n])
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
    rows = _Rows(0, height)
    for chip in range(chips):
        _drive(volts[chip], p.drivers, s)
        g, v = conductances[chip], variances[chip]
        spent[chip] += _block(g, v, first_row, rows, inputs, life[chip], numbers[chip], p, s, first_column, out[chip])
        numbers[chip] = U32(numbers[chip] + U32(1))


def _multiply_pairs(
    conductances: Array,
    variances: Array,
    given: Array,
    host: Host,
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
        given: numbers of the host, [chips, inputs, rows of all blocks or fewer].
        host: what it makes of them, and of the currents.
        blocks: int64 [blocks, 6], see `ohmshot.chip.crossbar.PairBlocks`.
        life: keys.
        numbers: how many multiplies each chip has done; counted on.
        p: the periphery.
        out: [chips, inputs, pairs], to be written: even column less the next odd one, summed over the blocks, in the
            host's unit.
        spent: units of energy of each chip; added to.
    """
    chips, inputs, _ = given.shape
    lanes, widest = filled_up(inputs), I64(0)
    for b in range(blocks.shape[0]):
        widest = max(widest, 2 * blocks[b, 5])
    s = _scratch(host.rows, lanes, widest)
    converted, sums = reals(widest, lanes), reals(out.shape[2], lanes)
    for chip in range(chips):
        _drive_by(given[chip], host, p.drivers, s)
        sums[:] = 0
        for b in range(blocks.shape[0]):
            first_input, height, first_row, first_column, first_output, pairs = blocks[b]
            rows, currents = _Rows(first_input, height), converted[: 2 * pairs]
            g, v = conductances[chip], variances[chip]
            spent[chip] += _block(
                g, v, first_row, rows, inputs, life[chip], numbers[chip], p, s, first_column, currents
            )
            numbers[chip] = U32(numbers[chip] + U32(1))
            for pair in range(pairs):
                for n in range(lanes):
                    sums[first_output + pair, n] += currents[2 * pair, n] - currents[2 * pair + 1, n]
        for n in range(inputs):
            for pair in range(sums.shape[0]):
                out[chip, n, pair] = sums[pair, n] * host.per_ua


multiply, multiply_pairs = kernel(_multiply), kernel(_multiply_pairs)
