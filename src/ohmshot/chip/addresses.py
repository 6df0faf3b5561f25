"""Addresses of cells, over all chips of a batch."""

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import kernel
from ohmshot.foundation.devices import array_of
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
    addresses = array_of(cells, torch.int64)
    edges = np.empty(chips + 1, np.int64)
    if not _rising(addresses, each, edges):
        raise ChipError("Cell addresses must rise, each at most once.")
    if len(addresses) and (addresses[0] < 0 or addresses[-1] >= chips * each):
        raise ChipError(f"Cell addresses run from 0 to {chips * each - 1}; one lies outside.")
    return addresses, edges


def _find_edges(addresses: np.ndarray, each: int, edges: np.ndarray) -> bool:
    """Fill in where the addresses of each chip begin, [chips + 1]; returns whether they rise."""
    chip = 0
    for at in range(len(addresses)):
        if at > 0 and addresses[at] <= addresses[at - 1]:
            return False
        while chip < len(edges) and addresses[at] >= chip * each:
            edges[chip] = at
            chip += 1
    edges[chip:] = len(addresses)
    return True


_rising = kernel(_find_edges)
