"""Kernels: what happens to a batch of simulated chips, as loops that call the laws of one cell.

Cells are records of `ohmshot.cell.state.CELL`, [chips, cells]; addresses are of the whole batch and rise, and those of
chip c stand from ``edges[c]`` to ``edges[c + 1]``. ``life`` [chips] are the keys of the random numbers of the chips'
lives. Energies are in `ohmshot.chip.one_cell.ENERGY_UNIT_J`.
"""

import numpy as np

from ohmshot.cell.ageing import Ageing, Wait, aged
from ohmshot.cell.energy import form_energy, read_energy, reset_energy, set_energy
from ohmshot.cell.state import fabricated
from ohmshot.cell.switching import worn
from ohmshot.cell.technology import Relaxation, Technology
from ohmshot.chip import draws
from ohmshot.chip.one_cell import (
    ageing_of,
    conductance_with_trap,
    disturbed,
    given_form,
    given_read,
    given_reset,
    given_set,
    made_trap,
    put_aged,
    units,
)
from ohmshot.foundation.compiled import F32, I64, U32, Real, kernel
from ohmshot.foundation.philox import inverse_normals
from ohmshot.foundation.scratch import integers, reals, words

_BLOCK = 64
"""Cells that age side by side, in vector instructions."""

Array = np.ndarray


def _fabricate(cells: Array, device: Array, shared: Array, p: Technology) -> None:
    count = cells.shape[1]
    s, bits = reals(4, _BLOCK), words(4, _BLOCK)
    for chip in range(cells.shape[0]):
        for first in range(0, count, _BLOCK):
            for j in range(_BLOCK):
                bits[0, j], bits[1, j], bits[2, j], bits[3, j] = draws.bits_of_device(device[chip], U32(first + j))
            for j in range(_BLOCK):
                s[0, j], s[1, j], s[2, j], s[3, j] = draws.device_of(bits[0, j], bits[1, j], bits[2, j], bits[3, j], p)
            for j in range(min(_BLOCK, count - first)):
                of_set, of_reset = s[0, j] + shared[0, chip], s[1, j] + shared[1, chip]
                fabricated(cells[chip, first + j], of_set, of_reset, s[2, j], s[3, j], p)


def _make_traps(traps: Array, device: Array, life: Array, p: Technology) -> None:
    for chip in range(traps.shape[0]):
        for place in range(traps.shape[1]):
            made_trap(traps[chip, place], device[chip], life[chip], place, p)


def _form(cells: Array, addresses: Array, edges: Array, life: Array, p: Technology, spent: Array) -> None:
    ahead = words(6, draws.AHEAD)
    for chip in range(cells.shape[0]):
        for first in range(edges[chip], edges[chip + 1], draws.AHEAD):
            some = addresses[first : min(first + draws.AHEAD, edges[chip + 1])]
            draws.drawn_ahead(cells, some, chip, life[chip], ahead)
            for j in range(len(some)):
                place, block = draws.block_ahead(ahead, j)
                spent[chip] += given_form(cells[chip, place], life[chip], place, block, p)


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


def _worst_energies(gate: Real, p: Technology, out: Array) -> None:
    """Units of energy of a FORM, of a SET at a gate voltage in V, of a full RESET and of a read; int64 [4].

    The cell has the highest conductance that the technology has.
    """
    out[0], out[1] = units(form_energy(p)), units(set_energy(gate, p))
    out[2], out[3] = units(reset_energy(p.full, p.most, p.most, p)), units(read_energy(p.most, p))


def _wait(cells: Array, life: Array, wait: Wait, a: Relaxation) -> None:
    count = cells.shape[1]
    s = reals(8, _BLOCK)
    event, bits, normals = words(1, _BLOCK)[0], words(1, 2 * _BLOCK)[0], reals(1, 2 * _BLOCK)[0]
    on_the_way = reals(2, 2 * _BLOCK)
    s[:], event[:] = F32(0), U32(0)
    for chip in range(cells.shape[0]):
        for first in range(0, count, _BLOCK):
            block = min(_BLOCK, count - first)
            for j in range(block):
                cell = cells[chip, first + j]
                s[0, j], s[1, j], s[2, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j] = ageing_of(cell)
                event[j] = cell.events
            for j in range(_BLOCK):  # all bits, then all numbers: as one loop, vectors are half as long
                bits[j], bits[_BLOCK + j] = draws.bits_of_wait(life[chip], U32(first + j), event[j])
            inverse_normals(bits, normals, on_the_way)
            for j in range(_BLOCK):
                before = Ageing(s[0, j], s[1, j], s[2, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j])
                s[0, j], s[1, j], s[2, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j] = aged(
                    before, wait, normals[j], normals[_BLOCK + j], a
                )
            for j in range(block):
                after = Ageing(s[0, j], s[1, j], s[2, j], s[3, j], s[4, j], s[5, j], s[6, j], s[7, j])
                put_aged(cells[chip, first + j], after)


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
    of_row, of_column = integers(1, count // width)[0], integers(1, columns)[0]  # row lines array after array in a row
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
wait, wear_in, disturb = kernel(_wait), kernel(_wear_in), kernel(_disturb)
worst_energies = kernel(_worst_energies)
