"""Random telegraph noise: a trap beside the filament that fills and empties, and with it the conductance.

The relative amplitude grows as the filament narrows and saturates in the high resistance state, because a filled
trap depletes the same cross-section of a filament of any size (Ambrogio et al., IEEE Trans. Electron Devices
2014, part II): in microsiemens it is one number a trap, held below a share of the conductance.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.cell.parameter_set import CellParameters

NORMALS_PER_TRAP = 3
DWELL_SPREAD_FACTOR = 3.0
"""Dwell times depend exponentially on the depth of a trap, so they spread more widely than amplitudes (assumed)."""


@dataclass(frozen=True)
class Traps:
    """One two-level trap a cell, for some cells; every attribute is a tensor [n].

    Attributes:
        amplitude: uS, drop of the conductance while the trap is filled.
        empty_time: s, mean time that it stays empty.
        filled_time: s, mean time that it stays filled.
    """

    amplitude: Tensor
    empty_time: Tensor
    filled_time: Tensor

    def at(self, chosen: Tensor) -> "Traps":
        """Pick traps by their positions, int64."""
        return Traps(self.amplitude[chosen], self.empty_time[chosen], self.filled_time[chosen])

    @property
    def filled_share(self) -> Tensor:
        """Share of the time that the trap is filled."""
        return self.filled_time / (self.empty_time + self.filled_time)


def has_trap(device_uniforms: Tensor, parameters: CellParameters) -> Tensor:
    """Which cells have a trap that matters, from uniform numbers in [0, 1); row ``telegraph_share``."""
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
    """Conductance in uS that filled traps take from their cells, [n]."""
    return torch.minimum(of.amplitude, parameters.telegraph_limit * conductance) * filled
