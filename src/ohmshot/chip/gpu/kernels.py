"""Kernels of a GPU: what happens to a batch of simulated chips, one thread a cell or a pulse train.

The laws are those of the processor's kernels (`ohmshot.chip.kernels`, `ohmshot.chip.write`), and so are the arguments
of the same names. Energies and counts are whole numbers, so that it is no matter which thread adds first.
"""

import functools
from typing import Any

from numba import cuda

from ohmshot.cell.ageing import Wait, aged
from ohmshot.cell.log_relaxation_numbers import LogRelaxation
from ohmshot.cell.state import fabricated
from ohmshot.cell.switching import worn
from ohmshot.cell.technology import Relaxation, Technology
from ohmshot.chip import draws
from ohmshot.chip.gpu.compiled import gpu_kernel
from ohmshot.chip.lines import next_on_column, next_on_row, through_drop
from ohmshot.chip.log_time import waited
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
    read_variance,
)
from ohmshot.chip.write import READS, RESETS, SETS, writing_by
from ohmshot.foundation.compiled import F32, I64, U32, Bits, Real, law
from ohmshot.programming.attempt import Sheet, Verification
from ohmshot.programming.policy import Decide

Array = Any
"""An array in the memory of the GPU."""


@law
def chip_and_place(address: Bits, each: Bits) -> tuple[Bits, Bits]:
    """Chip of an address, and place of its cell in that chip of so many cells."""
    chip = I64(address) // I64(each)
    return chip, I64(address) - chip * I64(each)


@gpu_kernel
def fabricate(cells: Array, device: Array, shared: Array, p: Technology) -> None:
    """Make all cells."""
    at = cuda.grid(1)
    if at < cells.size:
        chip, place = chip_and_place(at, cells.shape[1])
        of_set, of_reset, life, fault = draws.of_device(device[chip], U32(place), p)
        fabricated(cells[chip, place], of_set + shared[0, chip], of_reset + shared[1, chip], life, fault, p)


@gpu_kernel
def make_traps(traps: Array, device: Array, life: Array, p: Technology) -> None:
    """Make the traps of all cells."""
    at = cuda.grid(1)
    if at < traps.size:
        chip, place = chip_and_place(at, traps.shape[1])
        made_trap(traps[chip, place], device[chip], life[chip], place, p)


@gpu_kernel
def form(cells: Array, addresses: Array, life: Array, p: Technology, spent: Array) -> None:
    """Form addressed cells."""
    at = cuda.grid(1)
    if at < addresses.size:
        chip, place = chip_and_place(addresses[at], cells.shape[1])
        cuda.atomic.add(spent, chip, given_form(cells[chip, place], life[chip], place, draws.NO_BLOCK, p))


@gpu_kernel
def set_cells(cells: Array, addresses: Array, gates: Array, life: Array, p: Technology, spent: Array) -> None:
    """Apply one SET to each addressed cell."""
    at = cuda.grid(1)
    if at < addresses.size:
        chip, place = chip_and_place(addresses[at], cells.shape[1])
        joules, _ = given_set(cells[chip, place], gates[at], life[chip], place, draws.NO_BLOCK, p)
        cuda.atomic.add(spent, chip, joules)


@gpu_kernel
def reset_cells(cells: Array, addresses: Array, sources: Array, life: Array, p: Technology, spent: Array) -> None:
    """Apply one RESET to each addressed cell."""
    at = cuda.grid(1)
    if at < addresses.size:
        chip, place = chip_and_place(addresses[at], cells.shape[1])
        joules, _ = given_reset(cells[chip, place], sources[at], life[chip], place, draws.NO_BLOCK, p)
        cuda.atomic.add(spent, chip, joules)


@gpu_kernel
def read(
    cells: Array,
    traps: Array,
    clock: Array,
    addresses: Array,
    answers: Array,
    life: Array,
    p: Technology,
    spent: Array,
) -> None:
    """Read addressed cells."""
    at = cuda.grid(1)
    if at < addresses.size:
        chip, place = chip_and_place(addresses[at], cells.shape[1])
        cell = cells[chip, place]
        conductance = conductance_with_trap(cell, traps, clock[chip], life[chip], chip, place, p)
        answers[at], joules, _ = given_read(cell, conductance, life[chip], place, draws.NO_BLOCK, p)
        cuda.atomic.add(spent, chip, joules)


@functools.cache
def write_by(decide: Decide) -> Any:
    """Return the kernel that writes cells by a policy, a thread a pulse train."""
    written = writing_by(decide)

    @gpu_kernel
    def write(
        cells: Array,
        addresses: Array,
        targets: Array,
        life: Array,
        p: Technology,
        sheet: Sheet,
        v: Verification,
        settings: Array,
        missed: Array,
        counts: Array,
        spent: Array,
    ) -> None:
        at = cuda.grid(1)
        if at < addresses.size:
            chip, place = chip_and_place(addresses[at], cells.shape[1])
            train = written(cells[chip, place], targets, at, life[chip], place, p, sheet, v, settings[0])
            missed[at] = train.missed
            cuda.atomic.add(counts, (RESETS, chip), train.resets)
            cuda.atomic.add(counts, (SETS, chip), train.sets)
            cuda.atomic.add(counts, (READS, chip), train.reads)
            cuda.atomic.add(spent, (RESETS, chip), train.by_reset)
            cuda.atomic.add(spent, (SETS, chip), train.by_set)
            cuda.atomic.add(spent, (READS, chip), train.by_read)

    return write


@gpu_kernel
def wait(cells: Array, life: Array, wait: Wait, a: Relaxation) -> None:
    """Let time pass for all cells."""
    at = cuda.grid(1)
    if at < cells.size:
        chip, place = chip_and_place(at, cells.shape[1])
        cell = cells[chip, place]
        n1, n2 = draws.of_wait(life[chip], U32(place), cell.events)
        put_aged(cell, aged(ageing_of(cell), wait, n1, n2, a))


@gpu_kernel
def wait_in_log_time(cells: Array, life: Array, seconds: Real, warmth: Real, lost: Real, a: LogRelaxation) -> None:
    """Let time pass for all cells of a technology that relaxes in log time."""
    at = cuda.grid(1)
    if at < cells.size:
        chip, place = chip_and_place(at, cells.shape[1])
        waited(cells[chip, place], seconds, warmth, lost, life[chip], U32(place), a)


@gpu_kernel
def wear_in(cells: Array, cycles: Array, p: Technology) -> None:
    """Let all cells go through cycles at once."""
    at = cuda.grid(1)
    if at < cells.size:
        chip, place = chip_and_place(at, cells.shape[1])
        worn(cells[chip, place], cycles[chip, place], p)


@gpu_kernel
def count_pulses(
    addresses: Array, each: int, columns: int, width: int, pulsed: Array, of_row: Array, of_column: Array
) -> None:
    """Count the pulses of one call in every row line and every column line of the chips."""
    at = cuda.grid(1)
    if at < addresses.size:
        chip, place = chip_and_place(addresses[at], each)
        pulsed[chip, place] = 1
        cuda.atomic.add(of_row, (chip, place // width), 1)
        cuda.atomic.add(of_column, (chip, place % columns), 1)


@gpu_kernel
def disturb(
    cells: Array,
    edges: Array,
    columns: int,
    width: int,
    pulsed: Array,
    of_row: Array,
    of_column: Array,
    by_set: bool,
    p: Technology,
) -> None:
    """Disturb all cells of the pulsed chips by pulses on others, as they have been counted."""
    at = cuda.grid(1)
    chip, place = chip_and_place(at, cells.shape[1])
    if at < cells.size and edges[chip] < edges[chip + 1]:
        others = of_row[chip, place // width] + of_column[chip, place % columns] - 2 * I64(pulsed[chip, place])
        disturbed(cells[chip, place], F32(others), by_set, p)


@gpu_kernel
def conductances(cells: Array, traps: Array, clock: Array, life: Array, p: Technology, out: Array) -> None:
    """Conductances that a multiply meets now, uS [chips, rows, columns]; all traps come to now."""
    at = cuda.grid(1)
    if at < cells.size:
        chip, place = chip_and_place(at, cells.shape[1])
        columns = out.shape[2]
        now = conductance_with_trap(cells[chip, place], traps, clock[chip], life[chip], chip, place, p)
        out[chip, place // columns, place % columns] = now


@gpu_kernel
def along_rows(g: Array, width: int, drop: Array) -> None:
    """Drops along row lines, uS times cells [chips, rows, columns], a thread a row; see `ohmshot.chip.lines`."""
    at = cuda.grid(1)
    if at < g.shape[0] * g.shape[1]:
        chip, row = chip_and_place(at, g.shape[1])
        cells, drops = g[chip, row], drop[chip, row]
        for first in range(0, cells.shape[0], width):
            along, beyond = F32(0), F32(0)
            for j in range(first, first + width):
                beyond += cells[j]
            for j in range(first, first + width):
                along, beyond = next_on_row(along, beyond, cells[j])
                drops[j] = along


@gpu_kernel
def along_columns(g: Array, drop: Array) -> None:
    """Add the drops along column lines to those along row lines, a thread a column; see `ohmshot.chip.lines`."""
    at = cuda.grid(1)
    if at < g.shape[0] * g.shape[2]:
        chip, column = chip_and_place(at, g.shape[2])
        rows, below, above = g.shape[1], F32(0), F32(0)
        for i in range(rows):
            below += F32(rows - i) * g[chip, i, column]
        for i in range(rows):
            at_cell, below, above = next_on_column(below, above, F32(rows - i), g[chip, i, column])
            drop[chip, i, column] += at_cell


@gpu_kernel
def seen_by_columns(
    g: Array, drop: Array, per_us: Real, cells: Array, p: Technology, matrix: Array, variances: Array
) -> None:
    """Conductances and variances of a read as a multiply takes them, [chips, columns, rows].

    ``drop`` is of no chips where lines have no resistance, ``variances`` has no columns where reads have no noise.
    """
    at = cuda.grid(1)
    if at < cells.size:
        chip, place = chip_and_place(at, cells.shape[1])
        row, column = chip_and_place(place, g.shape[2])
        seen = g[chip, row, column]
        if drop.shape[0]:
            seen = through_drop(seen, drop[chip, row, column], per_us)
        matrix[chip, column, row] = seen
        if variances.shape[1]:
            variances[chip, column, row] = read_variance(seen, cells[chip, place], p)
