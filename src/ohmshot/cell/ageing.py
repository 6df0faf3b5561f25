"""Ageing in two parts: fast relaxation after programming, and slow thermal loss.

Both are random walks of each cell whose variance depends on the time since its last effective pulse, so that ageing
composes: waiting a, then b, is in distribution the same as waiting a + b.

The laws have no branch, so that a loop over cells becomes vector instructions. ``a`` are the numbers of the technology
(`ohmshot.cell.technology.relaxation`); conductances are in uS, times in s.
"""

import math
from typing import NamedTuple

import numpy as np

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.foundation.compiled import F32, Real, Record, law
from ohmshot.foundation.philox import clip, exp, log
from ohmshot.foundation.units import ZERO_CELSIUS_K

BOLTZMANN_EV_PER_K = 8.617333e-5
_PER_LN_10 = F32(1 / math.log(10))


class Ageing(NamedTuple):
    """What ageing goes by of one cell, float32 (`ohmshot.cell.state.CellState`).

    Attributes:
        conductance: uS, now.
        programmed: uS, P: what the last effective pulse left.
        by_reset: 1 where that was a RESET, 0 where it was a SET.
        time: s, t: since that pulse.
        variance: uS^2, v(t): that the relaxation walk has gathered.
        walk: uS, X: the relaxation walk.
        baked: s, u: Arrhenius time since that pulse.
        lost: uS, Y: the retention walk.
    """

    conductance: Real
    programmed: Real
    by_reset: Real
    time: Real
    variance: Real
    walk: Real
    baked: Real
    lost: Real


class Wait(NamedTuple):
    """A wait, float32.

    Attributes:
        seconds: dt.
        equivalent: du, seconds at the reference temperature.
        kept: ``e^(-du / tau)``.
        gained: ``1 - e^(-2 du / tau)``, which float32 cannot form from ``kept``.
    """

    seconds: Real
    equivalent: Real
    kept: Real
    gained: Real


def acceleration(celsius: float, parameters: CellParameters) -> float:
    """Seconds at the reference temperature that one second at a temperature counts as (Arrhenius).

    ``exp(Ea / k * (1 / T_reference - 1 / T))``; 150 degrees against 75 gives 7,300 with Ea = 1.506 eV, which
    is the statement "12 h at 150 degrees stand for 10 years at 75" (VLSI 2025 summary) solved for Ea.
    """
    reference = parameters.retention_reference_temperature + ZERO_CELSIUS_K
    inverse = 1 / reference - 1 / (celsius + ZERO_CELSIUS_K)
    return math.exp(parameters.retention_activation_energy / BOLTZMANN_EV_PER_K * inverse)


@law
def along(conductance: Real, line: Record, points: Record) -> Real:
    """Value of a line through points at a conductance, flat outside them.

    A line through points is a sum of ramps, one a segment: no search for the segment that a cell lies in.
    """
    value = line[0]
    for i in range(len(points) - 1):
        value += line[i + 1] * clip(conductance - points[i], F32(0), points[i + 1] - points[i])
    return value


@law
def polynomial(x: Real, coefficients: Record) -> Real:
    """``c0 + c1 x + c2 x^2 + ...`` by Horner's rule."""
    value = coefficients[len(coefficients) - 1]
    for i in range(len(coefficients) - 2, -1, -1):
        value = value * x + coefficients[i]
    return value


@law
def relaxation_shift(programmed: Real, decades: Real, a: Record) -> Real:
    """Mean shift of a cell reached by SET, uS: ``b (log10(t) - log10(t_first))`` until relaxation saturates.

    Esmanhotto et al., Adv. Intell. Syst. 4 (2022), refitted; measured from 60 s to about an hour.

    Args:
        programmed: uS.
        decades: log10 of the time in s since programming.
        a: the technology.
    """
    return along(programmed, a.shift_per_decade, a.points) * (clip(decades, a.log_first, a.log_end) - a.log_first)


@law
def set_relaxation_variance(programmed: Real, decades: Real, a: Record) -> Real:
    """Variance by relaxation of a cell reached by SET, uS^2: ``sigma / mean = c + d log10(t / 60 s)`` less 1 s.

    ``G^2 ((c + d log10(t / 60 s))^2 - (c - d log10(60))^2)``, neither bracket below 0, until relaxation saturates. The
    1 s value (0 to 5 uS) is what programming alone has spread; it is in the cell already. Esmanhotto et al., Adv.
    Intell. Syst. 4 (2022), refitted; measured from 60 s to about an hour.
    """
    at_60_s, slope = along(programmed, a.spread_at_60_s, a.points), along(programmed, a.spread_per_decade, a.points)
    relative = max(at_60_s + slope * (clip(decades, F32(0), a.log_end) - a.log_60_s), F32(0))
    at_1_s = max(at_60_s - slope * a.log_60_s, F32(0))
    return (relative * relative - at_1_s * at_1_s) * programmed * programmed


@law
def reset_relaxation_variance(programmed: Real, time: Real, decades: Real, after_set: Real, a: Record) -> Real:
    """Variance by relaxation of a cell reached by RESET, uS^2: Wan et al. (Nature 608, 2022) up to 40 uS.

    ``sigma = f(x) + (max(l(x), f(x)) - f(x)) log10(t) / log10(1 day)`` with polynomials f and l of x = G / 40 uS, the
    variance growing linearly within the first second. Such cells keep their mean: Wan et al. report spread only. The
    whole 1 s spread counts as relaxation although it holds their verification window too (the careful reading). Over
    ``reset_relaxation_blend`` it goes over into the spread of cells reached by SET.
    """
    x = min(programmed * F32(1 / 40), F32(1))
    first = max(polynomial(x, a.spread_1_s), F32(0))
    last = max(polynomial(x, a.spread_1_day), first)
    spread = first + (last - first) * clip(decades * a.per_log_day, F32(0), F32(1))
    low = spread * spread * min(time, F32(1))
    return low + (after_set - low) * clip((programmed - a.blend_start) * a.blend_slope, F32(0), F32(1))


@law
def relaxed(programmed: Real, by_reset: Real, time: Real, a: Record) -> tuple[Real, Real]:
    """Mean shift in uS and variance in uS^2 that relaxation has brought about.

    Args:
        programmed: uS, what the last effective pulse left.
        by_reset: 1 where that was a RESET, 0 where it was a SET.
        time: s since then.
        a: the technology.
    """
    decades = log(max(time, F32(1e-30))) * _PER_LN_10
    after_set = set_relaxation_variance(programmed, decades, a)
    after_reset = reset_relaxation_variance(programmed, time, decades, after_set, a)
    shift = relaxation_shift(programmed, decades, a) * (F32(1) - by_reset)
    return shift, after_set + (after_reset - after_set) * by_reset


@law
def retention_final_variance(programmed: Real, a: Record) -> Real:
    """Variance of the thermal walk after endless time, uS^2, such that the reference time gives the stated spread.

    ``sigma^2 / (1 - (1 - loss)^2)`` with ``sigma = min(spread, limit P)``, P the programmed conductance. The walk is an
    Ornstein-Uhlenbeck process towards the reset state, the simplest one that loses a share of the conductance in the
    mean, spreads and composes.
    """
    spread = min(a.lost_share_limit * programmed, a.lost_spread)
    return spread * spread * a.lost_variance_factor


@law
def aged(cell: Ageing, wait: Wait, n1: Real, n2: Real, a: Record) -> Ageing:
    """Let time pass for one cell.

    With the programmed conductance P, the mean shift s(t) and variance v(t) of relaxation at the time t since
    programming, the Arrhenius time u, the time constant tau of the thermal loss, its final variance w, the reset state
    R and standard normal numbers n1, n2:

    - relaxation walk ``X + sqrt(v(t + dt) - v(t)) n1``
    - retention walk ``Y e^(-du / tau) + sqrt(w (1 - e^(-2 du / tau))) n2``
    - conductance ``R + (P + s + X - R) e^(-u / tau) + Y``, held inside the window: an Ornstein-Uhlenbeck process about
      the reset state, towards which what was programmed and relaxed decays.

    A cell that a pulse has moved since the last wait (t = 0) ages from where it left it.
    """
    begun = F32(1) if cell.time > 0 else F32(0)
    programmed = cell.programmed if cell.time > 0 else cell.conductance
    variance, baked = cell.variance * begun, cell.baked * begun + wait.equivalent
    time = cell.time + wait.seconds
    shift, after = relaxed(programmed, cell.by_reset, time, a)
    after = max(after, variance)
    walk = cell.walk * begun + np.sqrt(after - variance) * n1
    lost = cell.lost * begun * wait.kept + np.sqrt(retention_final_variance(programmed, a) * wait.gained) * n2
    away = (programmed + shift + walk - a.rest) * exp(-baked * a.lost_per_second)
    now = clip(a.rest + away + lost, a.least, a.most)
    return Ageing(now, programmed, cell.by_reset, time, after, walk, baked, lost)
