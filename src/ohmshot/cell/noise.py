"""Noise of a read: white noise, 1/f noise and random telegraph noise.

White and 1/f noise are drawn anew with every read. A trap, filled or empty, keeps its state from read to read.
Conductances are in uS, times in s; ``p`` are the numbers of the technology (`ohmshot.cell.technology.technology`).
"""

import numpy as np

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.foundation.compiled import F32, U32, Real, Record, law
from ohmshot.foundation.philox import exp, log

DWELL_SPREAD_FACTOR = F32(3.0)
"""Dwell times depend exponentially on the depth of a trap, so they spread more widely than amplitudes (assumed)."""

TRAP = np.dtype(
    [
        ("amplitude", F32),
        ("empty_time", F32),
        ("filled_time", F32),
        ("filled", np.bool_),
        ("events", U32),
        ("seen_at", np.float64),
    ],
    align=True,
)
"""A two-level trap beside a filament.

``amplitude``: uS, drop of the conductance while it is filled, 0 where a cell has no trap that matters; ``empty_time``,
``filled_time``: s, mean times that it stays so; ``filled``; ``events``: how often it has been looked at; ``seen_at``: s
on the chip's clock, when that was last."""


def is_noisy(parameters: CellParameters) -> bool:
    """Whether two reads of a cell differ at all."""
    floor = parameters.read_noise_floor or 0.0
    return max(parameters.read_noise, floor, parameters.flicker_noise_share, parameters.flicker_noise_per_decade) > 0


@law
def read_spread(conductance: Real, seconds: Real, p: Record) -> Real:
    """Standard deviation of one read, uS: white noise and 1/f noise, independent of it.

    White noise is a share of the conductance, with a floor in uS where a technology has a row for it:
    ``sqrt((a G)^2 + b^2)``.

    Args:
        conductance: uS.
        seconds: since the cell was programmed.
        p: the technology.
    """
    white = p.read_noise * conductance
    if p.read_floor > 0:
        white = np.sqrt(white * white + p.read_floor * p.read_floor)
    if p.flicker_share <= 0 and p.flicker_per_decade <= 0:
        return white
    flicker = flicker_spread(conductance, seconds, p)
    return np.sqrt(white * white + flicker * flicker)


@law
def flicker_spread(conductance: Real, seconds: Real, p: Record) -> Real:
    """Standard deviation of one read by 1/f noise, uS: ``(a G + b log10(G / uS)) sqrt(ln((t + t_read) / (2 t_read)))``.

    The power between the bandwidth of the read and the time t since the last effective pulse grows with the logarithm
    of that time. The form with b is Falcone et al. (arXiv 2502.04524) for CMO/HfOx; a serves technologies whose noise
    is given as a share of the conductance. Each read draws anew: that slow fluctuations stay for many reads is left to
    the relaxation walk.
    """
    strength = p.flicker_share * conductance + p.flicker_per_decade * log(max(conductance, F32(1)))
    decades = log((max(seconds, p.read_seconds) + p.read_seconds) / (F32(2) * p.read_seconds))
    return strength * np.sqrt(max(decades, F32(0)))


@law
def filled_share(trap: Record) -> Real:
    """Share of the time that a trap is filled."""
    return trap.filled_time / (trap.empty_time + trap.filled_time)


@law
def fabricated_trap(trap: Record, n1: Real, n2: Real, n3: Real, u1: Real, u2: Real, p: Record) -> None:
    """Make the trap of a cell: lognormal amplitude and dwell times, in a share ``telegraph_share`` of the cells.

    The relative amplitude grows as the filament narrows and saturates in the high resistance state, because a filled
    trap depletes the same cross-section of a filament of any size (Ambrogio et al., IEEE Trans. Electron Devices 2014,
    part II): in microsiemens it is one number a trap, held below a share of the conductance.

    Args:
        trap: any record; all of it is overwritten.
        n1: standard normal, of its amplitude.
        n2: standard normal, of the time that it stays empty.
        n3: standard normal, of the time that it stays filled.
        u1: uniform in (0, 1): whether the cell has a trap that matters.
        u2: whether it is filled at first.
        p: the technology.
    """
    trap.amplitude = p.trap_amplitude * exp(p.trap_spread * n1) if u1 < p.trap_share else F32(0)
    trap.empty_time = p.trap_empty * exp(DWELL_SPREAD_FACTOR * p.trap_spread * n2)
    trap.filled_time = p.trap_filled * exp(DWELL_SPREAD_FACTOR * p.trap_spread * n3)
    trap.filled = u2 < filled_share(trap)
    trap.events, trap.seen_at = U32(1), 0.0


@law
def looked_at(trap: Record, clock: Real, u: Real) -> None:
    """Let a trap come to now: a two-state Markov process, exact for any time.

    ``P(filled at t) = q + (filled at 0 - q) exp(-t (1 / t_empty + 1 / t_filled))`` with the stationary share q.

    Args:
        trap: the trap.
        clock: now, s on a clock that never runs backwards, float64.
        u: uniform in (0, 1).
    """
    passed = F32(clock - trap.seen_at)
    memory = exp(-passed * (F32(1) / trap.empty_time + F32(1) / trap.filled_time))
    share = filled_share(trap)
    trap.filled = u < share + (F32(trap.filled) - share) * memory
    trap.events, trap.seen_at = U32(trap.events + U32(1)), clock


@law
def telegraph_drop(conductance: Real, trap: Record, p: Record) -> Real:
    """Conductance that a trap takes from its cell now, uS: ``min(amplitude, limit G)``, or 0 where it is empty."""
    return min(trap.amplitude, p.trap_limit * conductance) if trap.filled else F32(0)
