"""Addresses of cells, over all chips of a batch."""

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.errors import ChipError


def edges_of(cells: Tensor, chips: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Return addresses as an array, and where those of each chip begin among them.

    Args:
        cells: int64 [n].
        chips: in the batch.
        each: cells of a chip.

    Returns:
        int64 [n], and int64 [chips + 1].

    Raises:
        ChipError: addresses that do not rise, or lie outside.
    """
    addresses: np.ndarray = cells.cpu().to(torch.int64).contiguous().numpy()
    if len(addresses):
        if bool((addresses[1:] <= addresses[:-1]).any()):
            raise ChipError("Cell addresses must rise, each at most once.")
        if addresses[0] < 0 or addresses[-1] >= chips * each:
            raise ChipError(f"Cell addresses run from 0 to {chips * each - 1}; one lies outside.")
    return addresses, np.searchsorted(addresses, np.arange(0, (chips + 1) * each, each))
