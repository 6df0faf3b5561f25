"""Which level a weight is written to: one rule for meta-training and for the host."""

from collections.abc import Callable

import torch
from torch import Tensor


def nearest(values: Tensor, levels: Tensor) -> Tensor:
    """Round values to the nearest of some rising levels [levels]; any shape."""
    levels = levels.to(values.dtype)
    # Counted level by level: for the few levels of a cell several times faster than a search for each value.
    passed, above = torch.zeros_like(values), torch.empty_like(values)
    for middle in ((levels[1:] + levels[:-1]) / 2).tolist():
        passed += torch.gt(values, middle, out=above)
    return levels.index_select(0, passed.flatten().to(torch.int32)).view(values.shape)


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
