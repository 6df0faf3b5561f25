"""Whole pulse trains of write-verify, run by a simulated chip itself: one cell after another."""

import functools
from collections.abc import Callable

import numpy as np

from ohmshot.cell.technology import Technology
from ohmshot.chip.draws import NO_BLOCK
from ohmshot.chip.kernels import conductance_now, given_read, given_reset, given_set
from ohmshot.foundation.compiled import I64, kernel
from ohmshot.programming.attempt import OPEN, Sheet, Verification, accepted, after, begun, verdict
from ohmshot.programming.policy import Decide, next_pulses_by

RESETS, SETS, READS = 0, 1, 2
"""Rows of counts and energies."""


@functools.cache
def write_by(decide: Decide) -> Callable[..., None]:
    """Return the kernel that writes cells by a policy.

    Its arguments: cells [chips, cells], addresses [n], targets in uS [n], edges [chips + 1] and life [chips] as in
    `ohmshot.chip.kernels`, the technology, the datasheet's numbers, verification, settings
    (`ohmshot.programming.policy.settings_record`); written are the missed cells, bool [n], counts and energies
    (`ohmshot.chip.kernels.ENERGY_UNIT_J`), int64 [3, chips] each.
    """
    next_pulses = next_pulses_by(decide)

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
            key = life[chip]
            resets, sets, reads, by_reset, by_set, by_read = I64(0), I64(0), I64(0), I64(0), I64(0), I64(0)
            for at in range(edges[chip], edges[chip + 1]):
                place = addresses[at] - chip * cells.shape[1]
                cell = cells[chip, place]
                measured, joules, block = given_read(cell, conductance_now(cell, p), key, place, NO_BLOCK, p)
                by_read += joules
                reads += 1
                known = begun(targets[at], measured)
                for _ in range(v.most_attempts):
                    source, gate = next_pulses(known, sheet, v, own)
                    if verdict(known, source, gate, sheet, v) != OPEN:
                        break
                    if source > 0:
                        joules, block = given_reset(cell, source, key, place, block, p)
                        by_reset += joules
                        resets += 1
                    if gate > 0:
                        joules, block = given_set(cell, gate, key, place, block, p)
                        by_set += joules
                        sets += 1
                    measured, joules, block = given_read(cell, conductance_now(cell, p), key, place, block, p)
                    by_read += joules
                    reads += 1
                    known = after(known, source, gate, measured, sheet, v)
                missed[at] = not accepted(known.target, known.measured, sheet, v)
            counts[RESETS, chip] += resets
            counts[SETS, chip] += sets
            counts[READS, chip] += reads
            spent[RESETS, chip] += by_reset
            spent[SETS, chip] += by_set
            spent[READS, chip] += by_read

    return kernel(write, decide)
