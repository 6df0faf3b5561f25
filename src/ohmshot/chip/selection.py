"""Which cells of a batch an operation addresses, tile by tile."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.tiles import tiles
from ohmshot.foundation.errors import ChipError


@dataclass(frozen=True)
class Selection:
    """The addressed cells of some neighbouring chips.

    Attributes:
        chips: which chips.
        places: where these cells lie among all that the operation addresses.
        cells: their addresses in the batch, int64 [n]; a slice where no cell is left out.
        counts: how many cells each of the chips has here, int64 [chips].
    """

    chips: slice
    places: slice
    cells: Tensor | slice
    counts: Tensor


def selections(cells: Tensor, chips: int, each: int) -> list[Selection]:
    """Cut the cells that an operation addresses into tiles of chips.

    Args:
        cells: addresses in the batch, int64 [n], rising.
        chips: of the batch.
        each: cells of a chip.

    Raises:
        ChipError: addresses that do not rise, or lie outside.
    """
    if not len(cells):
        return []
    if bool((cells[1:] <= cells[:-1]).any()):
        raise ChipError("Cell addresses must rise, each at most once.")
    if int(cells[0]) < 0 or int(cells[-1]) >= chips * each:
        raise ChipError(f"Cell addresses run from 0 to {chips * each - 1}; one lies outside.")
    bounds = torch.searchsorted(cells, torch.arange(0, (chips + 1) * each, each))
    counts = bounds.diff()
    runs = tiles(chips, len(cells))
    edges = bounds[[0, *(run.stop for run in runs)]].tolist()
    return [
        Selection(run, slice(first, end), _without_gaps(cells[first:end]), counts[run])
        for run, first, end in zip(runs, edges, edges[1:], strict=False)
        if first < end
    ]


def _without_gaps(cells: Tensor) -> Tensor | slice:
    """A slice where rising addresses leave out no cell: it gives views, where addresses gather copies."""
    first, last = int(cells[0]), int(cells[-1])
    return slice(first, last + 1) if last - first + 1 == len(cells) else cells
