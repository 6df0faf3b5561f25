"""Noise of a read: white noise, 1/f noise and random telegraph noise.

White and 1/f noise are drawn anew with every read. A trap, filled or empty, keeps its state from read to read.
Conductances are in uS, times in s; ``p`` are the numbers of the technology (`ohmshot.cell.technology.technology`).
"""

import numpy as np

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.state import TELEGRAPH, TRAP_FABRICATION
from ohmshot.foundation.compiled import F32, U32, Bits, Real, Record, law
from ohmshot.foundation.philox import exp, inverse_normal, log, philox, uniform

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
    return max(parameters.read_noise, parameters.flicker_noise_share, parameters.flicker_noise_per_decade) > 0


@law
def read_spread(conductance: Real, seconds: Real, p: Record) -> Real:
    """Standard deviation of one read, uS: white noise, a share of the conductance, and 1/f noise, independent of it.

    Args:
        conductance: uS.
        seconds: since the cell was programmed.
        p: the technology.
    """
    white = p.read_noise * conductance
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
def fabricated_trap(trap: Record, device: Bits, life: Bits, place: Bits, p: Record) -> None:
    """Make the trap of a cell: lognormal amplitude and dwell times, in a share ``telegraph_share`` of the cells.

    The relative amplitude grows as the filament narrows and saturates in the high resistance state, because a filled
    trap depletes the same cross-section of a filament of any size (Ambrogio et al., IEEE Trans. Electron Devices 2014,
    part II): in microsiemens it is one number a trap, held below a share of the conductance.

    Args:
        trap: any record; all of it is overwritten.
        device: key of the chip as a device: which cell has what trap.
        life: key of the chip's life: whether it is filled at first.
        place: number of the cell in the chip.
        p: the technology.
    """
    a, b, c, d = philox(device, place, U32(0), TRAP_FABRICATION, U32(0))
    matters = uniform(d) < p.trap_share
    trap.amplitude = p.trap_amplitude * exp(p.trap_spread * inverse_normal(a)) if matters else F32(0)
    trap.empty_time = p.trap_empty * exp(DWELL_SPREAD_FACTOR * p.trap_spread * inverse_normal(b))
    trap.filled_time = p.trap_filled * exp(DWELL_SPREAD_FACTOR * p.trap_spread * inverse_normal(c))
    first, _, _, _ = philox(life, place, U32(0), TELEGRAPH, U32(0))
    trap.filled = uniform(first) < filled_share(trap)
    trap.events, trap.seen_at = U32(1), 0.0


@law
def looked_at(trap: Record, clock: Real, life: Bits, place: Bits) -> None:
    """Let a trap come to now, s on a clock that never runs backwards: a two-state Markov process, exact for any time.

    ``P(filled at t) = q + (filled at 0 - q) exp(-t (1 / t_empty + 1 / t_filled))`` with the stationary share q.
    """
    bits, _, _, _ = philox(life, place, trap.events, TELEGRAPH, U32(0))
    passed = F32(clock - trap.seen_at)
    memory = exp(-passed * (F32(1) / trap.empty_time + F32(1) / trap.filled_time))
    share = filled_share(trap)
    trap.filled = uniform(bits) < share + (F32(trap.filled) - share) * memory
    trap.events, trap.seen_at = U32(trap.events + U32(1)), clock


@law
def telegraph_drop(conductance: Real, trap: Record, p: Record) -> Real:
    """Conductance that a trap takes from its cell now, uS: ``min(amplitude, limit G)``, or 0 where it is empty."""
    return min(trap.amplitude, p.trap_limit * conductance) if trap.filled else F32(0)
