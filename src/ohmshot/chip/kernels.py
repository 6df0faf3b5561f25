"""Kernels: what happens to a batch of simulated chips, as loops that call the laws of one cell.

Cells are records of `ohmshot.cell.state.CELL`, [chips, cells]; addresses are of the whole batch and rise, and those of
chip c stand from ``edges[c]`` to ``edges[c + 1]``. ``life`` [chips] are the keys of the random numbers of the chips'
lives. Energies are in `ohmshot.chip.one_cell.ENERGY_UNIT_J`.
"""

import numpy as np

from ohmshot.cell.ageing import aged
from ohmshot.cell.energy import form_energy, read_energy, reset_energy, set_energy
from ohmshot.cell.state import fabricated
from ohmshot.cell.switching import worn
from ohmshot.cell.technology import Relaxation, Technology
from ohmshot.chip import draws
from ohmshot.chip.one_cell import (
    ENERGY_UNIT_J,
    before_wait,
    conductance_with_trap,
    disturbed,
    given_form,
    given_read,
    given_reset,
    given_set,
    made_trap,
    put_aged,
    read_variance,
    units,
)
from ohmshot.foundation.compiled import F32, I64, U32, Bits, Real, kernel, law, outlined
from ohmshot.foundation.philox import inverse_normal, philox

_BLOCK = 64
"""Cells that age side by side, in vector instructions."""

Array = np.ndarray


def _fabricate(cells: Array, device: Array, shared: Array, p: Technology) -> None:
    count = cells.shape[1]
    s = np.zeros((4, _BLOCK), F32)
    for chip in range(cells.shape[0]):
        for first in range(0, count, _BLOCK):
            for j in range(_BLOCK):
                s[0, j], s[1, j], s[2, j], s[3, j] = draws.of_device(device[chip], U32(first + j), p)
            for j in range(min(_BLOCK, count - first)):
                of_set, of_reset = s[0, j] + shared[0, chip], s[1, j] + shared[1, chip]
                fabricated(cells[chip, first + j], of_set, of_reset, s[2, j], s[3, j], p)


def _make_traps(traps: Array, device: Array, life: Array, p: Technology) -> None:
    for chip in range(traps.shape[0]):
        for place in range(traps.shape[1]):
            made_trap(traps[chip, place], device[chip], life[chip], place, p)


def _form(cells: Array, addresses: Array, edges: Array, life: Array, p: Technology, spent: Array) -> None:
    for chip in range(cells.shape[0]):
        for at in range(edges[chip], edges[chip + 1]):
            place = addresses[at] - chip * cells.shape[1]
            spent[chip] += given_form(cells[chip, place], life[chip], place, p)


def _set(cells: Array, addresses: Array, gates: Array, edges: Array, life: Array, p: Technology, spent: Array) -> None:
    for chip in range(cells.shape[0]):
        for at in range(edges[chip], edges[chip + 1]):
            place = addresses[at] - chip * cells.shape[1]
            joules, _ = given_set(cells[chip, place], gates[at], life[chip], place, draws.NO_BLOCK, p)
            spent[chip] += joules


def _reset(
    cells: Array, addresses: Array, sources: Array, edges: Array, life: Array, p: Technology, spent: Array
) -> None:
    for chip in range(cells.shape[0]):
        for at in range(edges[chip], edges[chip + 1]):
            place = addresses[at] - chip * cells.shape[1]
            joules, _ = given_reset(cells[chip, place], sources[at], life[chip], place, draws.NO_BLOCK, p)
            spent[chip] += joules


def _read(
    cells: Array,
    traps: Array,
    clock: Array,
    addresses: Array,
    answers: Array,
    edges: Array,
    life: Array,
    p: Technology,
    spent: Array,
) -> None:
    for chip in range(cells.shape[0]):
        for at in range(edges[chip], edges[chip + 1]):
            place = addresses[at] - chip * cells.shape[1]
            cell = cells[chip, place]
            conductance = conductance_with_trap(cell, traps, clock[chip], life[chip], chip, place, p)
            answers[at], joules, _ = given_read(cell, conductance, life[chip], place, draws.NO_BLOCK, p)
            spent[chip] += joules


def _conductances(cells: Array, traps: Array, clock: Array, life: Array, p: Technology, out: Array) -> None:
    """Conductances that a multiply meets now, uS [chips, cells]; all traps come to now."""
    for chip in range(cells.shape[0]):
        for place in range(cells.shape[1]):
            out[chip, place] = conductance_with_trap(cells[chip, place], traps, clock[chip], life[chip], chip, place, p)


@law
def drops_along_rows(g: Array, first_row: int, last_row: int, width: int, drop: Array) -> None:
    """Drops along the row lines of some rows of a chip, in uS times cells: see `_through_lines`.

    Args:
        g: conductances, uS [rows, columns].
        first_row: of the rows.
        last_row: the row after them.
        width: columns of one array.
        drop: [rows, columns], to be written.
    """
    for i in range(first_row, last_row):
        for first in range(0, g.shape[1], width):
            beyond, along = F32(0), F32(0)
            for j in range(first, first + width):
                beyond += g[i, j]
            for j in range(first, first + width):
                along += beyond
                drop[i, j] = along
                beyond -= g[i, j]


@law
def drops_along_columns(g: Array, first: int, last: int, drop: Array, above: Array, below: Array) -> None:
    """Add the drops along the column lines of some columns of a chip: see `_through_lines`.

    Args:
        g: conductances, uS [rows, columns].
        first: of the columns.
        last: the column after them.
        drop: [rows, columns], to be added to.
        above: scratch, [columns].
        below: scratch, [columns].
    """
    rows = g.shape[0]
    for j in range(first, last):
        above[j] = below[j] = F32(0)
    for i in range(rows):
        for j in range(first, last):
            below[j] += F32(rows - i) * g[i, j]
    for i in range(rows):
        weight = F32(rows - i)
        for j in range(first, last):
            drop[i, j] += below[j] + weight * above[j]
            below[j] -= weight * g[i, j]
            above[j] += g[i, j]


@law
def through_drop(conductance: Real, drop: Real, per_us: Real) -> Real:
    """Conductance as the periphery sees it through lines, uS; it does not turn around."""
    return conductance * max(F32(1) - per_us * drop, F32(0))


def _through_lines(conductances: Array, width: int, per_us: Real) -> None:
    """Conductances as the periphery sees them through lines with resistance, to first order, in place.

    The current of a row falls along the row line and the current of a column along the column line. Both drops are
    linear in the row voltages, so to first order in the line resistance r they are a correction of the matrix:
    ``G (1 - a - b)`` with ``a[i, j] = r sum_m min(m, j) G[i, m]`` from the row and
    ``b[i, j] = r sum_m (rows + 1 - max(m, i)) G[m, j]`` from the column (drivers before column 1, converters below the
    last row; positions counted from 1). Both are running sums of running sums. The drivers of every array stand before
    its own column 1, so a row line ends with its array.

    Args:
        conductances: uS, [chips, rows, columns].
        width: columns of one array.
        per_us: line resistance from one cell to the next, 1 / uS.
    """
    _, rows, columns = conductances.shape
    drop = np.empty((rows, columns), F32)
    above, below = np.empty(columns, F32), np.empty(columns, F32)
    for chip in range(conductances.shape[0]):
        g = conductances[chip]
        drops_along_rows(g, 0, rows, width, drop)
        drops_along_columns(g, 0, columns, drop, above, below)
        for i in range(rows):
            for j in range(columns):
                g[i, j] = through_drop(g[i, j], drop[i, j], per_us)


def _read_variances(conductances: Array, cells: Array, p: Technology, out: Array) -> None:
    """Variance of one read of every cell through the lines, uS^2 [chips, cells]; conductances alike, in uS."""
    for chip in range(out.shape[0]):
        for place in range(out.shape[1]):
            out[chip, place] = read_variance(conductances[chip, place], cells[chip, place], p)


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
def heat(microwatts: Real, joules_per_uw: Real, joules_of_all: Real) -> Bits:
    """Energy of a multiply in units, of the float64 uW that the cells take and the J of lines and converters."""
    return I64(np.rint((microwatts * joules_per_uw + joules_of_all) / ENERGY_UNIT_J))


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


def _multiply(
    conductances: Array,
    variances: Array,
    volts: Array,
    first_row: int,
    first_column: int,
    drivers: tuple[Real, Real, Real],
    converters: tuple[Real, Real, Real],
    life: Array,
    numbers: Array,
    out: Array,
    joules_per_uw: float,
    joules_of_all: float,
    spent: Array,
) -> None:
    """Drive some rows and convert the currents of some columns.

    Independent noise of the cells of a column adds up in the variance of its current: one number an output is exact for
    white and for 1/f noise as they are modelled, Gaussian and drawn anew by each read. Traps are no part of it: they
    are in the conductances.

    Args:
        conductances: through the lines, uS, column by column: [chips, columns, rows].
        variances: variance of one read of each cell, uS^2, the same shape; no chips where reads have no noise.
        volts: [chips, inputs, driven rows].
        first_row: first word line that is driven.
        first_column: first bit line whose current is converted.
        drivers: converter of the voltages (`ohmshot.chip.circuit.converter`).
        converters: converter of the currents.
        life: keys.
        numbers: how many multiplies each chip has done; counted on.
        out: uA, [chips, columns, inputs and as many more as make whole vectors], to be written.
        joules_per_uw: energy of a uW that the cells take, ``V^2 G`` of all that are driven.
        joules_of_all: energy of lines and converters.
        spent: units of energy of each chip, int64 [chips]; added to.
    """
    chips, inputs, height = volts.shape
    width, lanes = out.shape[1:]
    of_input = np.empty(inputs * height, F32)
    driven, squared = np.zeros((height, lanes), F32), np.zeros((height, lanes), F32)
    across, watts = np.empty(height, F32), np.empty(lanes, F32)
    totals, variance = np.empty((4, lanes), F32), np.empty((4, lanes), F32)
    quarter = width * lanes // 4
    normals = np.empty((4, quarter), F32)
    noisy, rows = variances.shape[0] > 0, slice(first_row, first_row + height)
    for chip in range(chips):
        flat = volts[chip].reshape(inputs * height)
        for k in range(inputs * height):
            of_input[k] = converted(flat[k], drivers[0], drivers[1], drivers[2])
        for i in range(height):
            for n in range(inputs):
                driven[i, n] = of_input[n * height + i]
            for n in range(lanes):
                squared[i, n] = driven[i, n] * driven[i, n]
        if noisy:
            for k in range(quarter):
                a, b, c, d = philox(life[chip], U32(k), numbers[chip], draws.MULTIPLIES, U32(0))
                normals[0, k], normals[1, k] = inverse_normal(a), inverse_normal(b)
                normals[2, k], normals[3, k] = inverse_normal(c), inverse_normal(d)
        drawn = normals.reshape(width, lanes)
        across[:] = 0
        for first in range(0, width, 4):
            c0, c3 = first_column + first, first_column + width - 1
            c1, c2, c3 = min(c0 + 1, c3), min(c0 + 2, c3), min(c0 + 3, c3)  # beyond the last: the last once more
            g = conductances[chip]
            _sum_products(
                g[c0, rows], g[c1, rows], g[c2, rows], g[c3, rows], driven, totals[0], totals[1], totals[2], totals[3]
            )
            if noisy:
                s = variances[chip]
                _sum_products(
                    s[c0, rows], s[c1, rows], s[c2, rows], s[c3, rows], squared,
                    variance[0], variance[1], variance[2], variance[3],
                )  # fmt: skip
            for column in range(first, min(first + 4, width)):
                total, of_column = totals[column - first], g[first_column + column, rows]
                for i in range(height):
                    across[i] += of_column[i]
                if noisy:
                    spread = variance[column - first]
                    for n in range(lanes):
                        total[n] += np.sqrt(spread[n]) * drawn[column, n]
                currents = out[chip, column]
                for n in range(lanes):
                    currents[n] = converted(total[n], converters[0], converters[1], converters[2])
        watts[:] = 0
        for i in range(height):
            for n in range(lanes):
                watts[n] += squared[i, n] * across[i]
        microwatts = 0.0
        for n in range(inputs):
            microwatts += np.float64(watts[n])
        spent[chip] += heat(microwatts, joules_per_uw, joules_of_all)
        numbers[chip] = U32(numbers[chip] + U32(1))


def _worst_energies(gate: Real, p: Technology, out: Array) -> None:
    """Units of energy of a FORM, of a SET at a gate voltage in V, of a full RESET and of a read; int64 [4].

    The cell has the highest conductance that the technology has.
    """
    out[0], out[1] = units(form_energy(p)), units(set_energy(gate, p))
    out[2], out[3] = units(reset_energy(p.full, p.most, p.most, p)), units(read_energy(p.most, p))


def _wait(cells: Array, life: Array, seconds: Real, equivalent: Real, kept: Real, gained: Real, a: Relaxation) -> None:
    count = cells.shape[1]
    s = np.zeros((10, _BLOCK), F32)
    event = np.zeros(_BLOCK, U32)
    for chip in range(cells.shape[0]):
        for first in range(0, count, _BLOCK):
            block = min(_BLOCK, count - first)
            for j in range(block):
                cell = cells[chip, first + j]
                s[0, j], s[1, j], s[2, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j] = before_wait(cell)
                event[j] = cell.events
            for j in range(_BLOCK):
                s[8, j], s[9, j] = draws.of_wait(life[chip], U32(first + j), event[j])
            for j in range(_BLOCK):
                s[0, j], s[1, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j] = aged(
                    s[0, j], s[1, j], s[2, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j],
                    seconds, equivalent, kept, gained, s[8, j], s[9, j], a,
                )  # fmt: skip
            for j in range(block):
                put_aged(cells[chip, first + j], s[0, j], s[1, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j])


def _wear_in(cells: Array, cycles: Array, p: Technology) -> None:
    for chip in range(cells.shape[0]):
        for place in range(cells.shape[1]):
            worn(cells[chip, place], cycles[chip, place], p)


def _disturb(
    cells: Array, addresses: Array, edges: Array, columns: int, width: int, by_set: bool, p: Technology
) -> None:
    """Disturb every cell by the pulses of one call on the others of its row, in its own array, and of its column.

    They are taken as one after another, so an addressed cell is half selected by the others. ``columns`` are those of
    all arrays together, ``width`` those of one.
    """
    count = cells.shape[1]
    pulsed = np.zeros(count, np.bool_)
    of_row, of_column = np.zeros(count // width, I64), np.zeros(columns, I64)  # row lines array after array in a row
    for chip in range(cells.shape[0]):
        if edges[chip] == edges[chip + 1]:
            continue
        pulsed[:] = False
        of_row[:] = 0
        of_column[:] = 0
        for at in range(edges[chip], edges[chip + 1]):
            place = addresses[at] - chip * count
            pulsed[place] = True
            of_row[place // width] += 1
            of_column[place % columns] += 1
        for place in range(count):
            pulses = F32(of_row[place // width] + of_column[place % columns] - 2 * I64(pulsed[place]))
            disturbed(cells[chip, place], pulses, by_set, p)


fabricate, make_traps = kernel(_fabricate), kernel(_make_traps)
form, set_cells, reset_cells, read = kernel(_form), kernel(_set), kernel(_reset), kernel(_read)
conductances, through_lines = kernel(_conductances), kernel(_through_lines)
read_variances, multiply = kernel(_read_variances), kernel(_multiply)
wait, wear_in, disturb = kernel(_wait), kernel(_wear_in), kernel(_disturb)
worst_energies = kernel(_worst_energies)
