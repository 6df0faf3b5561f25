"""Relaxation in log time, without an end, and loss at a rate of its own: one law for the shelf and for the bake.

What relaxes in a cell are many barriers, as many in each interval of energy. After a time t at a temperature T those
below ``k T ln(1 + t / t0)`` have been crossed, so that relaxation is counted in decades of log time at 25 degrees,
``x = (T / T0) log10(1 + t / t0)``. Waits at any temperatures add up along x: a bake is only a longer way, hardly a
faster one. Raw reads of three HfO2 technologies from 10 ms to 1e5 s and bakes at 100 to 260 degrees (the archive
RRAM-Relaxation-Master-Model) follow it: variance grows by about as much in every decade, spread in bakes is nearly
athermal, and few cells carry the early spread.

Conductances are in uS, times in s; ``a`` are the numbers of the technology
(`ohmshot.cell.log_relaxation_numbers.log_relaxation`).
"""

import math

import numpy as np

from ohmshot.cell.ageing import along
from ohmshot.foundation.compiled import F32, Real, Record, law
from ohmshot.foundation.philox import exp, log

_LN_10, _PER_LN_10 = F32(math.log(10)), F32(1 / math.log(10))
MOST_JUMPS = 200


@law
def further_decades(decades: Real, seconds: Real, warmth: Real, a: Record) -> Real:
    """Decades of log time at 25 degrees that a wait adds, ``w log10(1 + 10^(-x / w) dt / t0)``.

    Args:
        decades: x, gone since the last effective pulse.
        seconds: dt.
        warmth: w, the absolute temperature of the wait over that of 25 degrees.
        a: the technology.
    """
    ratio = seconds * a.per_start * exp(-decades / warmth * _LN_10)
    grown = ratio - F32(0.5) * ratio * ratio if ratio < F32(1e-3) else log(F32(1) + ratio)
    return warmth * grown * _PER_LN_10


@law
def jumps_within(uniform: Real, mean: Real) -> Real:
    """Poisson number of jumps of this mean: the first whose cumulative probability exceeds a uniform number."""
    probability = exp(-mean)
    reached, jumps = probability, F32(0)
    while uniform > reached and jumps < MOST_JUMPS:
        jumps += F32(1)
        probability *= mean / jumps
        reached += probability
    return jumps


@law
def log_walk(programmed: Real, more: Real, widening: Real, uniform: Real, n: Real, a: Record) -> Real:
    """Step of the relaxation walk in uS: ``sqrt(N v(P) / l) n``, N Poisson of mean ``l dx``, l jumps a decade.

    A compound Poisson process: variance ``v(P) dx``, heavy-tailed while few cells have jumped, normal after many
    decades, and a wait of a, then of b, is in distribution one of both.

    Args:
        programmed: P.
        more: dx, decades.
        widening: factor of the standard deviation (`worn_widening`).
        uniform: in (0, 1).
        n: standard normal.
        a: the technology.
    """
    jumps = jumps_within(uniform, a.jumps * more)
    return widening * np.sqrt(jumps * along(programmed, a.variance, a.points) / a.jumps) * n


@law
def log_shift(programmed: Real, by_reset: Real, decades: Real, a: Record) -> Real:
    """Mean shift in uS after x decades: ``m(P) x``, m by the direction of the last effective pulse.

    Cells that a SET has reached drift down, those that a RESET has reached up: the last disturbance relaxes.
    """
    after_set, after_reset = along(programmed, a.after_set, a.points), along(programmed, a.after_reset, a.points)
    return (after_set + (after_reset - after_set) * by_reset) * decades


@law
def worn_widening(cycles: Real, a: Record) -> Real:
    """Factor of the standard deviation of relaxation after SET/RESET cycles: linear up to the cycles measured.

    ``1 + (f - 1) min(n / N, 1)``: f is the factor seen after N cycles. Beyond them nothing is known, so it stays.
    """
    return F32(1) + a.widening * min(cycles * a.per_worn_cycles, F32(1))


@law
def log_relaxed(
    programmed: Real, by_reset: Real, decades: Real, walk: Real, baked: Real, moved: Real, a: Record
) -> Real:
    """Conductance now, uS: ``R + (P + m x + X - R) e^(-u) + Y``, reflected at the floor of the window.

    A cell at the floor cannot fall, so that what would take it below lifts it: the reset state drifts upward, with a
    tail, as bakes of it do.

    Args:
        programmed: P.
        by_reset: 1 where the last effective pulse was a RESET, 0 where it was a SET.
        decades: x.
        walk: X.
        baked: u, loss gathered so far (`ohmshot.cell.log_relaxation_numbers.loss_within`).
        moved: Y, what disturb has moved.
        a: the technology.
    """
    away = programmed + log_shift(programmed, by_reset, decades, a) + walk - a.rest
    now = a.rest + away * exp(-baked) + moved
    return min(a.least + abs(now - a.least), a.most)
