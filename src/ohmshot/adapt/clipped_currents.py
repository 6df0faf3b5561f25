"""Which column currents of a multiply are beyond the range of the converters."""

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import F32, Real, kernel
from ohmshot.foundation.products import add_rows

Array = np.ndarray


def currents_beyond(voltages: Tensor, conductances: Tensor, blocks: Array, range_ua: float) -> Tensor:
    """Count the column currents of one layer that a converter cannot tell, without lines and noise.

    A column whose conductances could not carry so much under the largest voltages of its rows is not multiplied.

    Args:
        voltages: row voltages of the layer, V [chips, inputs, rows].
        conductances: of all cells, uS [chips, word lines, bit lines].
        blocks: of the layer, int64 [blocks, 6] (`ohmshot.host.placement.Placement.blocks_of_layer`).
        range_ua: uA, a current saturates beyond plus and minus this.

    Returns:
        int64 [chips].
    """
    found = torch.zeros(len(voltages), dtype=torch.int64, device="cpu")
    volts, cells = (each.cpu().contiguous().numpy() for each in (voltages, conductances))
    _count(volts, cells, blocks, F32(range_ua), found.numpy())
    return found.to(voltages.device)


def _count_beyond(volts: Array, cells: Array, blocks: Array, most: Real, found: Array) -> None:
    chips, inputs, rows = volts.shape
    across, largest = np.empty((rows, inputs), F32), np.empty(rows, F32)
    column, currents = np.empty(rows, F32), np.empty(inputs, F32)
    for c in range(chips):
        largest[:] = F32(0)
        for n in range(inputs):
            for i in range(rows):
                across[i, n] = volts[c, n, i]
                largest[i] = max(largest[i], abs(volts[c, n, i]))
        for b in range(len(blocks)):
            first, height, row, first_column, _, width = blocks[b]
            for j in range(first_column, first_column + 2 * width):
                could = F32(0)
                for i in range(height):
                    column[i] = cells[c, row + i, j]
                    could += largest[first + i] * column[i]
                if could < F32(0.99) * most:
                    continue
                currents[:] = F32(0)
                add_rows(column[:height], across[first : first + height], currents)
                for n in range(inputs):
                    found[c] += abs(currents[n]) > most


_count = kernel(_count_beyond, _count_beyond, add_rows)
