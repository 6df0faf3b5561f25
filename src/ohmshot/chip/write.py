"""Whole pulse trains of write-verify, run by a simulated chip itself: one cell after another."""

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ohmshot.cell.technology import Technology
from ohmshot.chip.draws import NO_BLOCK
from ohmshot.chip.meter import WRITTEN
from ohmshot.chip.one_cell import conductance_now, given_read, given_reset, given_set
from ohmshot.foundation.compiled import I64, Bits, Record, kernel, law
from ohmshot.programming.attempt import OPEN, Sheet, Verification, accepted, after, begun, towards, verdict
from ohmshot.programming.policy import Decide, next_pulses_by

SETS, RESETS, READS = range(len(WRITTEN))
"""Rows of counts and energies."""


class Train(NamedTuple):
    """What the pulse train of one cell came to.

    Attributes:
        missed: whether the last read found the cell outside its window.
        resets: RESET pulses, and so on.
        sets: SET pulses.
        reads: reads.
        by_reset: energy of the RESETs in whole `ohmshot.chip.one_cell.ENERGY_UNIT_J`, and so on.
        by_set: of the SETs.
        by_read: of the reads.
    """

    missed: Bits
    resets: Bits
    sets: Bits
    reads: Bits
    by_reset: Bits
    by_set: Bits
    by_read: Bits


Write = Callable[[Record, np.ndarray, int, Bits, Bits, Technology, Sheet, Verification, Record], Train]
"""A law: a cell, targets in uS and which of them is its, the key of its chip's life, its place, the technology, the
datasheet's numbers, verification, and the settings of the policy."""


@functools.cache
def writing_by(decide: Decide) -> Write:
    """Return the law that writes one cell by a policy: read, then pulse and read until it is accepted or given up."""
    next_pulses = next_pulses_by(decide)

    @law
    def written(
        cell: Record,
        targets: np.ndarray,
        at: int,
        key: Bits,
        place: Bits,
        p: Technology,
        sheet: Sheet,
        v: Verification,
        own: Record,
    ) -> Train:
        resets, sets, by_reset, by_set = I64(0), I64(0), I64(0), I64(0)
        measured, by_read, block = given_read(cell, conductance_now(cell, p), key, place, NO_BLOCK, p)
        reads, known = I64(1), begun(targets[at], measured)
        for _ in range(v.most_attempts):
            known = towards(known, targets[at])  # looked up anew: what follows from it is worked out where it is needed
            source, gate = next_pulses(known, sheet, v, own)
            if verdict(known, source, gate, sheet, v) != OPEN:
                break
            if source > 0:
                joules, block = given_reset(cell, source, key, place, block, p)
                by_reset, resets = by_reset + joules, resets + I64(1)
            if gate > 0:
                joules, block = given_set(cell, gate, key, place, block, p)
                by_set, sets = by_set + joules, sets + I64(1)
            measured, joules, block = given_read(cell, conductance_now(cell, p), key, place, block, p)
            by_read, reads = by_read + joules, reads + I64(1)
            known = after(known, source, gate, measured, sheet, v)
        missed = not accepted(known.target, known.measured, sheet, v)
        return Train(missed, resets, sets, reads, by_reset, by_set, by_read)

    return written


@functools.cache
def write_by(decide: Decide) -> Callable[..., None]:
    """Return the kernel that writes cells by a policy.

    Its arguments: cells [chips, cells], addresses [n], targets in uS [n], edges [chips + 1] and life [chips] as in
    `ohmshot.chip.kernels`, the technology, the datasheet's numbers, verification, settings
    (`ohmshot.programming.policy.settings_record`); written are the missed cells, bool [n], counts and energies
    (`ohmshot.chip.one_cell.ENERGY_UNIT_J`), int64 [3, chips] each.
    """
    written = writing_by(decide)

    def write(
        cells: np.ndarray,
        addresses: np.ndarray,
        targets: np.ndarray,
        edges: np.ndarray,
        life: np.ndarray,
        p: Technology,
        sheet: Sheet,
        v: Verification,
        settings: np.ndarray,
        missed: np.ndarray,
        counts: np.ndarray,
        spent: np.ndarray,
    ) -> None:
        own = settings[0]
        for chip in range(cells.shape[0]):
            resets, sets, reads, by_reset, by_set, by_read = I64(0), I64(0), I64(0), I64(0), I64(0), I64(0)
            for at in range(edges[chip], edges[chip + 1]):
                place = addresses[at] - chip * cells.shape[1]
                train = written(cells[chip, place], targets, at, life[chip], place, p, sheet, v, own)
                missed[at] = train.missed
                resets, by_reset = resets + train.resets, by_reset + train.by_reset
                sets, by_set = sets + train.sets, by_set + train.by_set
                reads, by_read = reads + train.reads, by_read + train.by_read
            counts[RESETS, chip] += resets
            counts[SETS, chip] += sets
            counts[READS, chip] += reads
            spent[RESETS, chip] += by_reset
            spent[SETS, chip] += by_set
            spent[READS, chip] += by_read

    return kernel(write, decide)
