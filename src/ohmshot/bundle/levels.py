"""Which level a weight is written to: one rule for meta-training and for the host."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import kernel, law


def nearest(values: Tensor, levels: Tensor) -> Tensor:
    """Round values to the nearest of some rising levels [levels]; any shape."""
    levels = levels.to(values.dtype)
    middles = middles_of(levels)
    if values.device.type != "cpu":
        return levels[torch.bucketize(values, middles)]
    flat = values.detach().contiguous().view(-1)
    rounded = torch.empty_like(flat)
    _to_nearest(flat.numpy(), middles.numpy(), levels.numpy(), rounded.numpy())
    return rounded.view(values.shape)


def middles_of(levels: Tensor) -> Tensor:
    """Where one level ends and the next begins: half way between them, [levels - 1]."""
    return (levels[1:] + levels[:-1]) / 2


@law
def round_each(values: np.ndarray, middles: np.ndarray, levels: np.ndarray, rounded: np.ndarray) -> None:
    """Round values [n] to their nearest levels [levels], of which the middles are known; fills ``rounded`` [n].

    Level by level over some values at a time, in vector instructions: a fifth of the time of a search for each.
    """
    for first in range(0, len(values), 256):
        block, out = values[first : first + 256], rounded[first : first + 256]
        out[:] = levels[0]
        for level in range(len(middles)):
            middle, above = middles[level], levels[level + 1]  # not in the loop: it may write to them, for all it knows
            for j in range(len(block)):
                out[j] = above if block[j] > middle else out[j]


def _round_all(values: np.ndarray, middles: np.ndarray, levels: np.ndarray, rounded: np.ndarray) -> None:
    round_each(values, middles, levels, rounded)


_to_nearest = kernel(_round_all, round_each)


def on_copies(values: Tensor, copies: int, rounded: Callable[[Tensor], Tensor]) -> Tensor:
    """Share values out on copies: each is meant to take its part of what is left, so later ones undo the rounding.

    Args:
        values: [..., n], sums over the copies.
        copies: number of copies.
        rounded: what a copy really takes of what it is meant to.

    Returns:
        What each copy is meant to take, [..., copies * n], all values of the first copy before those of the second.
    """
    if copies == 1:
        return values
    left, parts = values, []
    for still in range(copies, 0, -1):
        parts.append(left / still)
        left = left - rounded(parts[-1])
    return torch.cat(parts, -1)


def over_copies(values: Tensor, copies: int) -> Tensor:
    """Sum over the copies of `on_copies`: [..., copies * n] to [..., n]."""
    return values if copies == 1 else values.view(*values.shape[:-1], copies, -1).sum(-2)
