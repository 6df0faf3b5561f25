"""The kernel of a wait of cells that relax in log time (`ohmshot.cell.log_relaxation`)."""

import numpy as np

from ohmshot.cell.log_relaxation import further_decades, log_relaxed, log_walk, worn_widening
from ohmshot.cell.log_relaxation_numbers import LogRelaxation
from ohmshot.cell.state import OK
from ohmshot.chip import draws
from ohmshot.foundation.compiled import F32, U32, Bits, Real, Record, kernel, law
from ohmshot.foundation.philox import exp

Array = np.ndarray


@law
def waited(cell: Record, seconds: Real, warmth: Real, lost: Real, key: Bits, place: Bits, a: LogRelaxation) -> None:
    """Let time pass for one cell.

    The decades that it has gone are kept as its ``relaxation_variance``, the loss that it has gathered as its
    ``retention_time``; both are counted anew after an effective pulse.
    """
    if cell.relaxation_time == 0:
        cell.programmed = cell.conductance
        cell.relaxation_variance = cell.relaxation_walk = cell.retention_time = cell.retention_walk = F32(0)
    uniform, n = draws.of_log_wait(key, place, cell.events)
    cell.events = U32(cell.events + U32(1))
    more = further_decades(cell.relaxation_variance, seconds, warmth, a)
    cell.relaxation_walk += log_walk(cell.programmed, more, worn_widening(F32(cell.cycles), a), uniform, n, a)
    cell.relaxation_variance += more
    cell.relaxation_time += seconds
    cell.retention_time += lost
    cell.retention_walk *= exp(-lost)
    if cell.health == OK:
        cell.conductance = log_relaxed(
            cell.programmed,
            F32(cell.reached_by_reset),
            cell.relaxation_variance,
            cell.relaxation_walk,
            cell.retention_time,
            cell.retention_walk,
            a,
        )


def _wait(cells: Array, life: Array, seconds: Real, warmth: Real, lost: Real, a: LogRelaxation) -> None:
    for chip in range(cells.shape[0]):
        for place in range(cells.shape[1]):
            waited(cells[chip, place], seconds, warmth, lost, life[chip], U32(place), a)


wait = kernel(_wait)
