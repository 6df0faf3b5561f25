"""Kernels: what happens to a batch of simulated chips, as loops that call the laws of one cell.

Cells are records of `ohmshot.cell.state.CELL`, [chips, cells]; addresses are of the whole batch and rise, and those of
chip c stand from ``edges[c]`` to ``edges[c + 1]``. ``life`` [chips] are the keys of the random numbers of the chips'
lives. Energies are sums of whole `ENERGY_UNIT_J`, so that they do not depend on the order of the pulses.
"""

import numpy as np

from ohmshot.cell.ageing import aged
from ohmshot.cell.disturb import moved, reset_disturbed, set_disturbed
from ohmshot.cell.energy import form_energy, read_energy, reset_energy, set_energy
from ohmshot.cell.noise import fabricated_trap, looked_at, read_spread, telegraph_drop
from ohmshot.cell.state import OK, fabricated
from ohmshot.cell.switching import form_pulse, reset_pulse, set_pulse, worn
from ohmshot.cell.technology import Relaxation, Technology
from ohmshot.cell.temperature import conductance_factor
from ohmshot.chip import draws
from ohmshot.foundation.compiled import F32, I64, U32, Bits, Real, Record, kernel, law
from ohmshot.foundation.philox import inverse_normal, philox, uniform

ENERGY_UNIT_J = 1e-19
"""J; the weakest read takes over a million of them, and an int64 holds 0.9 J."""
_PER_JOULE = F32(1 / ENERGY_UNIT_J)
_BLOCK = 64
"""Cells that age side by side, in vector instructions."""

Array = np.ndarray


@law
def units(joules: Real) -> Bits:
    """Energy in whole `ENERGY_UNIT_J`."""
    return I64(joules * _PER_JOULE + F32(0.5))


@law
def conductance_now(cell: Record, p: Record) -> Real:
    """Conductance that a read or a multiply meets, uS: at the temperature of operation, without traps."""
    return cell.conductance if p.warmer == 0 else cell.conductance * conductance_factor(cell.conductance, p)


@law
def given_set(
    cell: Record, gate: Real, key: Bits, place: Bits, block: draws.RandomBlock, p: Record
) -> tuple[Bits, draws.RandomBlock]:
    """Apply one SET; returns its energy in units, and the block of random numbers."""
    n1, n2, n3, block = draws.of_set(cell, key, place, block)
    set_pulse(cell, gate, n1, n2, n3, p)
    return units(set_energy(gate, p)), block


@law
def given_reset(
    cell: Record, source: Real, key: Bits, place: Bits, block: draws.RandomBlock, p: Record
) -> tuple[Bits, draws.RandomBlock]:
    """Apply one RESET; returns its energy in units, and the block of random numbers."""
    before = cell.conductance
    n1, block = draws.next_normal(cell, key, place, block)
    hold, fault = F32(0), F32(1)
    if p.reset_break > 0 or p.reset_failure > 0:
        hold, fault = draws.of_cycle(key, place, cell.cycles)
    reset_pulse(cell, source, n1, hold, fault, p)
    return units(reset_energy(source, before, cell.conductance, p)), block


@law
def given_read(
    cell: Record, conductance: Real, key: Bits, place: Bits, block: draws.RandomBlock, p: Record
) -> tuple[Real, Bits, draws.RandomBlock]:
    """Read a cell that has this conductance; returns the result in uS, its energy in units, and the block."""
    n1, block = draws.next_normal(cell, key, place, block)
    measured = conductance + read_spread(conductance, cell.relaxation_time, p) * n1
    return measured, units(read_energy(conductance, p)), block


@law
def trap_now(trap: Record, clock: Real, key: Bits, place: Bits) -> None:
    """Let a trap come to now, s, by the next number of its own stream."""
    bits, _, _, _ = philox(key, place, trap.events, draws.TELEGRAPH, U32(0))
    looked_at(trap, clock, uniform(bits))


@law
def conductance_with_trap(cell: Record, traps: Array, clock: Real, key: Bits, chip: int, place: int, p: Record) -> Real:
    """Conductance that a read or a multiply meets, uS, with the cell's trap, if it has one, come to now."""
    conductance = conductance_now(cell, p)
    if traps.shape[1] and traps[chip, place].amplitude > 0:
        trap_now(traps[chip, place], clock, key, place)
        conductance -= telegraph_drop(conductance, traps[chip, place], p)
    return conductance


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
            a, b, c, d = philox(device[chip], place, U32(0), draws.TRAP_FABRICATION, U32(0))
            first, _, _, _ = philox(life[chip], place, U32(0), draws.TELEGRAPH, U32(0))
            n1, n2, n3 = inverse_normal(a), inverse_normal(b), inverse_normal(c)
            fabricated_trap(traps[chip, place], n1, n2, n3, uniform(d), uniform(first), p)


def _form(cells: Array, addresses: Array, edges: Array, life: Array, p: Technology, spent: Array) -> None:
    for chip in range(cells.shape[0]):
        for at in range(edges[chip], edges[chip + 1]):
            place = addresses[at] - chip * cells.shape[1]
            n1, n2, n3, _ = draws.of_set(cells[chip, place], life[chip], place, draws.NO_BLOCK)
            form_pulse(cells[chip, place], n1, n2, n3, p)
            spent[chip] += units(form_energy(p))


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
        above[:] = 0
        below[:] = 0
        for i in range(rows):
            for first in range(0, columns, width):
                beyond, along = F32(0), F32(0)
                for j in range(first, first + width):
                    beyond += g[i, j]
                    below[j] += F32(rows - i) * g[i, j]
                for j in range(first, first + width):
                    along += beyond
                    drop[i, j] = along
                    beyond -= g[i, j]
        for i in range(rows):
            weight = F32(rows - i)
            for j in range(columns):
                drop[i, j] += below[j] + weight * above[j]
                below[j] -= weight * g[i, j]
                above[j] += g[i, j]
        for i in range(rows):
            for j in range(columns):
                g[i, j] *= max(F32(1) - per_us * drop[i, j], F32(0))


def _read_variances(conductances: Array, cells: Array, p: Technology, out: Array) -> None:
    """Variance of one read of every cell through the lines, uS^2 [chips, cells]; conductances alike, in uS."""
    for chip in range(out.shape[0]):
        for place in range(out.shape[1]):
            spread = read_spread(conductances[chip, place], cells[chip, place].relaxation_time, p)
            out[chip, place] = spread * spread


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
                s[0, j], s[1, j], s[2, j] = cell.conductance, cell.programmed, F32(cell.reached_by_reset)
                s[3, j], s[4, j], s[5, j] = cell.relaxation_time, cell.relaxation_variance, cell.relaxation_walk
                s[6, j], s[7, j] = cell.retention_time, cell.retention_walk
                event[j] = cell.events
            for j in range(_BLOCK):
                s[8, j], s[9, j] = draws.of_wait(life[chip], U32(first + j), event[j])
            for j in range(_BLOCK):
                s[0, j], s[1, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j] = aged(
                    s[0, j], s[1, j], s[2, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j],
                    seconds, equivalent, kept, gained, s[8, j], s[9, j], a,
                )  # fmt: skip
            for j in range(block):
                cell = cells[chip, first + j]
                if cell.health == OK:
                    cell.conductance = s[0, j]
                cell.programmed, cell.relaxation_time, cell.relaxation_variance = s[1, j], s[3, j], s[4, j]
                cell.relaxation_walk, cell.retention_time, cell.retention_walk = s[5, j], s[6, j], s[7, j]
                cell.events = U32(cell.events + U32(1))


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
            now = cells[chip, place].conductance
            moved(cells[chip, place], set_disturbed(now, pulses, p) if by_set else reset_disturbed(now, pulses, p))


fabricate, make_traps = kernel(_fabricate), kernel(_make_traps)
form, set_cells, reset_cells, read = kernel(_form), kernel(_set), kernel(_reset), kernel(_read)
conductances, through_lines = kernel(_conductances), kernel(_through_lines)
read_variances = kernel(_read_variances)
wait, wear_in, disturb = kernel(_wait), kernel(_wear_in), kernel(_disturb)
worst_energies = kernel(_worst_energies)
