"""What a multiply clips: inputs beyond their scale, and column currents beyond the range of the converters."""

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import F32, Real, kernel, law
from ohmshot.foundation.devices import array_of
from ohmshot.foundation.products import add_rows, turn
from ohmshot.foundation.scratch import reals

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
    given, volts, cells = (array_of(each, torch.float32) for each in (inputs, voltages, conductances))
    _count(given, F32(scale), volts, cells, blocks, F32(range_ua), found.numpy())
    return found.to(inputs.device)


@law
def _beyond(values: Array, most: Real) -> int:
    """How many of some values [n] are beyond plus and minus the most."""
    count = 0
    for n in range(len(values)):
        count += abs(values[n]) > most
    return count


@law
def _largest(volts: Array, largest: Array) -> None:
    """Largest voltage of each row, [rows], of [inputs, rows]."""
    for i in range(len(largest)):
        largest[i] = F32(0)
    for n in range(volts.shape[0]):
        for i in range(len(largest)):
            largest[i] = max(largest[i], abs(volts[n, i]))


def _count_clipped(
    inputs: Array, scale: Real, volts: Array, cells: Array, blocks: Array, most: Real, found: Array
) -> None:
    chips, examples, rows = volts.shape
    across, largest = reals(rows, examples), reals(1, rows)[0]
    column, currents = reals(1, rows)[0], reals(1, examples)[0]
    for c in range(chips):
        for n in range(examples):
            found[0, c] += _beyond(inputs[c, n], scale)
        _largest(volts[c], largest)
        turned = False
        for b in range(len(blocks)):
            first, height, row, first_column, _, width = blocks[b]
            for j in range(first_column, first_column + 2 * width):
                could = F32(0)
                for i in range(height):
                    column[i] = cells[c, row + i, j]
                    could += largest[first + i] * column[i]
                if could < F32(0.99) * most:
                    continue
                if not turned:
                    turn(volts[c], across)
                    turned = True
                for n in range(examples):
                    currents[n] = F32(0)
                add_rows(column[:height], across[first : first + height], currents)
                found[1, c] += _beyond(currents, most)


_count = kernel(_count_clipped, _count_clipped, add_rows, turn)
