"""Speech as a small image of its sounds in time, as a microcontroller computes it."""

import functools
import math

import torch
from torch import Tensor

from ohmshot.bundle.header import SpeechPreprocessing


def log_mel(values: Tensor, preprocessing: SpeechPreprocessing) -> Tensor:
    """Bring recordings to logarithmic energies in bands and pieces of time.

    Frames under a Hann window, their power spectra, and triangular filters whose centres lie evenly on the mel scale
    (Davis and Mermelstein, IEEE TASSP 28 (1980) 357). The voiced part, from the first to the last frame that is loud
    enough, is cut into as many equally long pieces as the network takes, and energies averaged within each: a word
    spoken slowly looks as one spoken fast. Of each band's logarithms their mean over the pieces is subtracted, which
    takes out the microphone.

    Args:
        values: float32 [..., 1, length].
        preprocessing: sizes and frequencies.

    Returns:
        float32 [..., bands, 1, frames].
    """
    size, window = preprocessing, torch.hann_window(preprocessing.frame, periodic=True, device=values.device)
    frames = values.squeeze(-2).unfold(-1, size.frame, size.step) * window
    power = torch.fft.rfft(frames, n=size.transform).abs().square()
    energies = power @ mel_filters(size).to(values.device)
    return _centred_logarithms(_pieces(energies, size), size).mT.unsqueeze(-2).contiguous()


@functools.cache
def mel_filters(preprocessing: SpeechPreprocessing) -> Tensor:
    """Weights of the bins of a spectrum in each band, float32 [transform / 2 + 1, bands].

    Each filter rises from the centre of the band below to 1 at its own and falls to the centre of the one above.
    """
    low, high = mel(preprocessing.lowest_hz), mel(preprocessing.highest_hz)
    corners = torch.linspace(low, high, preprocessing.bands + 2, dtype=torch.float64)
    bins = torch.arange(preprocessing.transform // 2 + 1, dtype=torch.float64)
    hertz = bins * preprocessing.rate_hz / preprocessing.transform
    edges = 700.0 * (10 ** (corners / 2595.0) - 1)
    below, centre, above = edges[:-2], edges[1:-1], edges[2:]
    rising = (hertz[:, None] - below) / (centre - below)
    falling = (above - hertz[:, None]) / (above - centre)
    return torch.minimum(rising, falling).clamp(min=0).float()


def mel(hertz: float) -> float:
    """Pitch in mel: 2595 log10(1 + f / 700 Hz).

    O'Shaughnessy, Speech Communication: Human and Machine, 1987, p. 150, as in the Hidden Markov Model Toolkit (HTK).
    """
    return 2595.0 * math.log10(1 + hertz / 700.0)


def _pieces(energies: Tensor, size: SpeechPreprocessing) -> Tensor:
    """Mean energies of equal pieces of the voiced part: [..., frames, bands] to [..., size.frames, bands].

    Where a border falls within a frame, the frame counts for both pieces by its shares.
    """
    loudness = energies.sum(-1)
    voiced = loudness >= size.voiced * loudness.amax(-1, keepdim=True)
    numbers = torch.arange(voiced.shape[-1], device=voiced.device)
    first = torch.where(voiced, numbers, voiced.shape[-1]).amin(-1, keepdim=True)
    behind = torch.where(voiced, numbers + 1, 0).amax(-1, keepdim=True)
    length = (behind - first).float() / size.frames
    borders = first + length * torch.arange(size.frames + 1, device=voiced.device)
    summed = torch.nn.functional.pad(energies.cumsum(-2), (0, 0, 1, 0))  # up to each border of frames
    whole = borders.long().clamp(max=voiced.shape[-1] - 1)
    index = whole[..., None].expand(*whole.shape, energies.shape[-1])
    up_to = summed.gather(-2, index) + (borders - whole)[..., None] * energies.gather(-2, index)
    return up_to.diff(dim=-2) / length[..., None]


def _centred_logarithms(energies: Tensor, size: SpeechPreprocessing) -> Tensor:
    """Natural logarithms less the mean of their band, [..., frames, bands]; see `SpeechPreprocessing.floor`."""
    largest = energies.amax((-2, -1), keepdim=True).clamp(min=torch.finfo(energies.dtype).tiny)
    logarithms = (energies / largest).clamp(min=size.floor).log()
    return logarithms - logarithms.mean(-2, keepdim=True)
