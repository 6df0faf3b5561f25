"""Examples as the network takes them: one shape, [channels, height, width], for drawings and signals alike."""

from torch import Tensor

from ohmshot.bundle.header import DrawingPreprocessing, SignalPreprocessing


def network_input(values: Tensor, preprocessing: DrawingPreprocessing | SignalPreprocessing) -> Tensor:
    """Bring examples into the network's convention.

    Args:
        values: drawings uint8 [..., side, side], 0 paper and 255 ink, or signals float32 [..., channels, length].
        preprocessing: preprocessing of the bundle.

    Returns:
        float32, [..., channels, height, width].
    """
    if isinstance(preprocessing, DrawingPreprocessing):
        return values.unsqueeze(-3).float() * preprocessing.scale
    floats = values.float()
    mean, scale = (floats.new_tensor(numbers)[:, None] for numbers in (preprocessing.mean, preprocessing.scale))
    return ((floats - mean) * scale).unsqueeze(-2)
