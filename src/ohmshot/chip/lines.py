"""The lines of the array: which cells a pulse half selects."""

import torch
from torch import Tensor


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
