"""1/f read noise: the fluctuation that has built up since the cell was programmed."""

import torch
from torch import Tensor

from ohmshot.cell.parameter_set import CellParameters


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
