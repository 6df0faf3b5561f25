"""Which cells of a batch an operation addresses, tile by tile, and which it half selects.

A batch is cut into tiles of chips, so that what an operation works on stays in the processor's cache. All that a
simulated chip does concerns it alone, so nothing depends on the tiles but the speed.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.foundation.errors import ChipError

NUMBERS_OF_A_TILE = 131_072
"""Of one tensor: half a MiB of float32. A dozen of them stay in the last cache, and calls are few."""


@dataclass(frozen=True)
class Selection:
    """The addressed cells of some neighbouring chips.

    Attributes:
        chips: which chips.
        places: where these cells lie among all that the operation addresses.
        cells: their addresses in the batch, int64 [n]; a slice where no cell is left
            out, which gives views of their properties instead of copies.
        counts: how many cells each of the chips has here, int64 [chips].
    """

    chips: slice
    places: slice
    cells: Tensor | slice
    counts: Tensor


class Addresses:
    """The addresses of all cells of a batch.

    Args:
        chips: in the batch.
        each: cells of a chip.
    """

    def __init__(self, chips: int, each: int) -> None:
        self._chips, self._each = chips, each
        self._first_of_chip = torch.arange(0, (chips + 1) * each, each)

    def select(self, cells: Tensor) -> list[Selection]:
        """Cut the cells that an operation addresses, int64 [n], into tiles of chips.

        Raises:
            ChipError: addresses that do not rise, or lie outside.
        """
        count = len(cells)
        if not count:
            return []
        first, last = int(cells[0]), int(cells[-1])
        if bool((cells[1:] <= cells[:-1]).any()):
            raise ChipError("Cell addresses must rise, each at most once.")
        if first < 0 or last >= self._chips * self._each:
            raise ChipError(f"Cell addresses run from 0 to {self._chips * self._each - 1}; one lies outside.")
        places = torch.searchsorted(cells, self._first_of_chip)
        counts = places.diff()
        runs = tiles(self._chips, count)
        edges = [0, *(int(places[run.stop]) for run in runs)]
        gapless = last - first + 1 == count
        return [
            Selection(run, slice(a, b), slice(first + a, first + b) if gapless else cells[a:b], counts[run])
            for run, a, b in zip(runs, edges, edges[1:], strict=False)
            if a < b
        ]


def tiles(chips: int, numbers: int) -> list[slice]:
    """Cut a batch into runs of neighbouring chips, for tensors of about ``numbers`` numbers over the whole batch."""
    size = max(1, NUMBERS_OF_A_TILE * chips // max(numbers, 1))
    return [slice(first, min(chips, first + size)) for first in range(0, chips, size)]


def half_selected(cells: Tensor, chips: int, rows: int, columns: int) -> Tensor:
    """Count the pulses that each cell has seen through its row or its column without being addressed.

    The pulses of one call are taken as one after another, so an addressed cell is half selected by the others.

    Args:
        cells: addresses of the pulsed cells, int64 [n], each at most once.
        chips: in the batch.
        rows: of one chip.
        columns: of one chip.

    Returns:
        float, [chips * rows * columns].
    """
    pulsed = torch.zeros(chips * rows * columns).index_fill_(0, cells, 1.0).view(chips, rows, columns)
    return (pulsed.sum(2, keepdim=True) + pulsed.sum(1, keepdim=True) - 2 * pulsed).view(-1)
