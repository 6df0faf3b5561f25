"""Noise of a read: white noise, 1/f noise and random telegraph noise.

White and 1/f noise are drawn anew with every read. A trap, filled or empty, keeps its state from read to read.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.state import CellState, Picked

NORMALS_PER_TRAP = 3
DWELL_SPREAD_FACTOR = 3.0
"""Dwell times depend exponentially on the depth of a trap, so they spread more widely than amplitudes (assumed)."""


def is_noisy(parameters: CellParameters) -> bool:
    """Whether two reads of a cell differ at all."""
    return parameters.read_noise > 0 or _flickers(parameters)


def read_spread(conductance: Tensor, seconds: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation in uS of one read.

    White noise, a share of the conductance (row ``read_noise``), and 1/f noise, which are independent.

    Args:
        conductance: uS, any shape.
        seconds: since the cell was programmed, the same shape; looked at only where there is 1/f noise.
        parameters: the technology.
    """
    white = parameters.read_noise * conductance
    return torch.hypot(white, flicker_spread(conductance, seconds, parameters)) if _flickers(parameters) else white


def noisy_read(cells: CellState | Picked, conductance: Tensor, normals: Tensor, parameters: CellParameters) -> Tensor:
    """Return in uS what one read sees.

    Args:
        cells: shape [...].
        conductance: uS at the moment of the read (temperature, traps), the same shape.
        normals: standard normal numbers, the same shape.
        parameters: the technology.
    """
    seconds = cells.relaxation_time if _flickers(parameters) else conductance
    return conductance + read_spread(conductance, seconds, parameters) * normals


def flicker_spread(conductance: Tensor, seconds: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation in uS of one read by 1/f noise.

    ``sigma = (a G + b log10(G / uS)) sqrt(ln((t + t_read) / (2 t_read)))``: the power between the bandwidth of
    the read and the time since programming grows with the logarithm of that time. The form with b is Falcone
    et al. (arXiv 2502.04524) for CMO/HfOx; a serves technologies whose noise is given as a share of the
    conductance. Each read draws anew: that slow fluctuations stay for many reads is left to the relaxation walk.

    Args:
        conductance: uS, any shape.
        seconds: since the last effective pulse, the same shape.
        parameters: rows ``flicker_noise_share`` (a), ``flicker_noise_per_decade`` (b) and ``read_width`` (t_read).
    """
    strength = parameters.flicker_noise_share * conductance
    if parameters.flicker_noise_per_decade > 0:
        strength = strength + parameters.flicker_noise_per_decade * torch.log10(conductance.clamp(min=1.0))
    t_read = parameters.read_width
    decades = torch.log((seconds.clamp(min=t_read) + t_read) / (2 * t_read))
    return strength * decades.clamp(min=0).sqrt()


@dataclass(frozen=True)
class Traps:
    """Two-level traps beside the filament that fill and empty (random telegraph noise), one a cell.

    The relative amplitude grows as the filament narrows and saturates in the high resistance state, because a filled
    trap depletes the same cross-section of a filament of any size (Ambrogio et al., IEEE Trans. Electron Devices
    2014, part II): in microsiemens it is one number a trap, held below a share of the conductance.

    Attributes:
        amplitude: uS, drop of the conductance while the trap is filled.
        empty_time: s, mean time that it stays empty.
        filled_time: s, mean time that it stays filled.
    """

    amplitude: Tensor
    empty_time: Tensor
    filled_time: Tensor

    def at(self, chosen: Tensor) -> "Traps":
        """Pick traps by their positions, int64 [m]."""
        return Traps(self.amplitude[chosen], self.empty_time[chosen], self.filled_time[chosen])

    @property
    def filled_share(self) -> Tensor:
        """Share of the time that each trap is filled, [n]."""
        return self.filled_time / (self.empty_time + self.filled_time)


def has_trap(device_uniforms: Tensor, parameters: CellParameters) -> Tensor:
    """Cells with a trap that matters, bool [...], from uniform numbers in [0, 1); row ``telegraph_share``."""
    return device_uniforms < parameters.telegraph_share


def traps(device_normals: Tensor, parameters: CellParameters) -> Traps:
    """Return lognormal traps from [3, n] standard normal numbers: amplitude, empty and filled times."""
    spread = parameters.telegraph_log_spread
    empty, filled = parameters.telegraph_dwell_times
    return Traps(
        parameters.telegraph_amplitude * torch.exp(spread * device_normals[0]),
        empty * torch.exp(DWELL_SPREAD_FACTOR * spread * device_normals[1]),
        filled * torch.exp(DWELL_SPREAD_FACTOR * spread * device_normals[2]),
    )


def filled_after(filled: Tensor, seconds: Tensor, uniforms: Tensor, of: Traps) -> Tensor:
    """Whether traps are filled a time after they were seen: a two-state Markov process, exact for any time.

    ``P(filled at t) = p + (filled at 0 - p) exp(-t (1 / t_empty + 1 / t_filled))`` with the stationary share p.

    Args:
        filled: bool [n], at the start.
        seconds: [n], since then.
        uniforms: [n], in [0, 1).
        of: the traps.
    """
    share = of.filled_share
    memory = torch.exp(-seconds * (1 / of.empty_time + 1 / of.filled_time))
    return uniforms < share + (filled.to(share.dtype) - share) * memory


def telegraph_drop(conductance: Tensor, filled: Tensor, of: Traps, parameters: CellParameters) -> Tensor:
    """Conductance in uS that filled traps take from their cells: ``min(amplitude, limit G)``, or 0 where empty.

    Args:
        conductance: G in uS, [n].
        filled: bool [n].
        of: the traps.
        parameters: row ``telegraph_limit``.

    Returns:
        uS, [n].
    """
    return torch.minimum(of.amplitude, parameters.telegraph_limit * conductance) * filled


def _flickers(parameters: CellParameters) -> bool:
    return parameters.flicker_noise_share > 0 or parameters.flicker_noise_per_decade > 0
