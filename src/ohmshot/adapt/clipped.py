"""What a multiply clips: inputs beyond their scale, and column currents beyond the range of the converters."""

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import F32, Real, kernel
from ohmshot.foundation.products import add_rows

Array = np.ndarray


def clipped_by_layer(
    inputs: Tensor, scale: float, voltages: Tensor, conductances: Tensor, blocks: Array, range_ua: float
) -> Tensor:
    """Count what one layer clips, without lines and noise.

    A column whose conductances could not carry so much under the largest voltages of its rows is not multiplied.

    Args:
        inputs: of the layer, [chips, inputs, n].
        scale: inputs beyond plus and minus this are clipped.
        voltages: their row voltages, V [chips, inputs, rows].
        conductances: of all cells, uS [chips, word lines, bit lines].
        blocks: of the layer, int64 [blocks, 6] (`ohmshot.chip.crossbar.PairBlocks`).
        range_ua: uA, a current saturates beyond plus and minus this.

    Returns:
        Inputs and currents, float64 [2, chips].
    """
    found = torch.zeros(2, len(inputs), dtype=torch.float64, device="cpu")
    given, volts, cells = (each.cpu().contiguous().numpy() for each in (inputs, voltages, conductances))
    _count(given, F32(scale), volts, cells, blocks, F32(range_ua), found.numpy())
    return found.to(inputs.device)


def _count_clipped(
    inputs: Array, scale: Real, volts: Array, cells: Array, blocks: Array, most: Real, found: Array
) -> None:
    chips, examples, rows = volts.shape
    across, largest = np.empty((rows, examples), F32), np.empty(rows, F32)
    column, currents = np.empty(rows, F32), np.empty(examples, F32)
    for c in range(chips):
        for n in range(examples):
            for i in range(inputs.shape[2]):
                found[0, c] += abs(inputs[c, n, i]) > scale
        largest[:] = F32(0)
        for n in range(examples):
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
                for n in range(examples):
                    found[1, c] += abs(currents[n]) > most


_count = kernel(_count_clipped, _count_clipped, add_rows)
