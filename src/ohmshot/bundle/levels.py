"""Which level a weight is written to: one rule for meta-training and for the host."""

import torch
from torch import Tensor


def nearest(values: Tensor, levels: Tensor) -> Tensor:
    """Round values to the nearest of some rising levels [levels]; any shape."""
    levels = levels.to(values.dtype)
    # Level by level: for the few levels of a cell several times faster than a search for each value.
    rounded = torch.full_like(values, levels[0].item())
    middles = (levels[1:] + levels[:-1]) / 2
    for middle, level in zip(middles.tolist(), levels[1:].tolist(), strict=True):
        rounded = torch.where(values > middle, level, rounded)
    return rounded
