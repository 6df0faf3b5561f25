"""Examples as the network takes them: one shape, [channels, height, width], whatever they are."""

import torch
from torch import Tensor

from ohmshot.bundle.header import (
    AmplitudePreprocessing,
    DrawingPreprocessing,
    FeaturePreprocessing,
    ImagePreprocessing,
    Preprocessing,
    SpeechPreprocessing,
)
from ohmshot.bundle.speech import log_mel


def network_input(values: Tensor, preprocessing: Preprocessing) -> Tensor:
    """Bring examples into the network's convention.

    Args:
        values: drawings uint8 [..., side, side], 0 paper and 255 ink, signals float32 [..., channels, length],
            features float32 [..., features, 1], or images float32 [..., channels, height, width].
        preprocessing: preprocessing of the bundle.

    Returns:
        float32, [..., channels, height, width].
    """
    if isinstance(preprocessing, DrawingPreprocessing):
        return values.unsqueeze(-3).float() * preprocessing.scale
    floats = values.float()
    if isinstance(preprocessing, SpeechPreprocessing):
        return log_mel(floats, preprocessing)
    if isinstance(preprocessing, ImagePreprocessing):
        return floats
    if isinstance(preprocessing, FeaturePreprocessing):
        mean, scale = (floats.new_tensor(numbers).view(-1, 1) for numbers in (preprocessing.mean, preprocessing.scale))
        return ((floats - mean) * scale).unsqueeze(-1)
    mean, scale = (floats.new_tensor(numbers)[:, None] for numbers in (preprocessing.mean, preprocessing.scale))
    if isinstance(preprocessing, AmplitudePreprocessing):
        return ((log_amplitudes(floats, preprocessing.floor)[..., None] - mean) * scale).unsqueeze(-1)
    return ((floats - mean) * scale).unsqueeze(-2)


def log_amplitudes(values: Tensor, floor: float) -> Tensor:
    """Two features of each channel that a microcontroller computes while it samples.

    The mean absolute value and the waveform length, the sum of |x(i+1) - x(i)|, of Hudgins, Parker and Scott, IEEE TBME
    40 (1993) 82; the latter over the number of its terms, so that both are in the
    unit of the signal. Their logarithms make another
    gain an offset, and their errors of one size at rest and at full strength.

    Args:
        values: signals, float32 [..., channels, samples].
        floor: smallest value that a logarithm is taken of, in their unit.

    Returns:
        [..., 2 * channels]: natural logarithms of all mean absolute values, then of all waveform lengths.
    """
    amplitudes = torch.cat([values.abs().mean(-1), values.diff(dim=-1).abs().mean(-1)], -1)
    return amplitudes.clamp(min=floor).log()
