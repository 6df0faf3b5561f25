"""Where the weights of the head lie on the array."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ohmshot.chip.crossbar import PairBlocks
from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class Block:
    """A rectangle of one layer on the array, multiplied in one go.

    Attributes:
        layer: number of the layer, from 0.
        inputs: first input (row of the weight matrix) and number of inputs.
        outputs: first output and number of outputs.
        row: first word line.
        pair: first pair of bit lines (plus at 2 * pair, minus beside it).
    """

    layer: int
    inputs: tuple[int, int]
    outputs: tuple[int, int]
    row: int
    pair: int


@dataclass(frozen=True)
class Placement:
    """All blocks of a head on the arrays of a chip, and the cells of every weight.

    Attributes:
        rows: word lines of an array.
        columns: bit lines of all arrays together.
        blocks: rectangles, layer by layer.
        plus: for each layer the cell of the positive conductance, int64 [inputs, outputs], within one chip.
        minus: for each layer the cell of the negative conductance, int64 [inputs, outputs], within one chip.
    """

    rows: int
    columns: int
    blocks: tuple[Block, ...]
    plus: tuple[Tensor, ...]
    minus: tuple[Tensor, ...]

    @cached_property
    def part_of_cell(self) -> Tensor:
        """Content of every cell, int64 [cells]: 0 for nothing, else a position in plus and minus, layer by layer."""
        held = torch.cat([cells.flatten() for pair in zip(self.plus, self.minus, strict=True) for cells in pair])
        part = torch.zeros(self.rows * self.columns, dtype=torch.int64)
        part[held] = torch.arange(1, 1 + len(held))
        return part

    @cached_property
    def cells_of_layer(self) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
        """Plus and minus cells of each layer one after another, int64 [inputs * outputs] each."""
        layers = zip(self.plus, self.minus, strict=True)
        return tuple((plus.cpu().flatten().numpy(), minus.cpu().flatten().numpy()) for plus, minus in layers)

    @cached_property
    def blocks_of_layer(self) -> tuple[PairBlocks, ...]:
        """Blocks of each layer, as `ohmshot.chip.crossbar.MultipliesPairs` takes them."""
        return tuple(
            PairBlocks(
                np.array(
                    [(*b.inputs, b.row, 2 * b.pair, *b.outputs) for b in self.blocks if b.layer == layer], np.int64
                )
            )
            for layer in range(len(self.plus))
        )


def arrays_needed(shapes: Sequence[tuple[int, int]], pairs_of_an_array: int) -> int:
    """Return how many arrays layers take at least; (inputs, outputs) of each, outputs as often as it has copies."""
    return max(1, -(-sum(inputs * outputs for inputs, outputs in shapes) // pairs_of_an_array))


def place(shapes: tuple[tuple[int, int], ...], rows: int, columns: int, arrays: int = 1) -> Placement:
    """Cut layers into rectangles that fill the arrays: greedily, the largest free rectangle first.

    A layer with more inputs than rows is split, and the currents of its parts are added after conversion. Arrays side
    by side are filled as one: a block may lie over the border of two, since the drivers of both take the same row
    voltages and every column is converted by itself.

    Args:
        shapes: (inputs, outputs) of each layer, bias inputs included.
        rows: word lines.
        columns: bit lines of all arrays together; two make one column of weights.
        arrays: how many they are, so that an error can say how many it takes.

    Raises:
        SettingsError: the head does not fit; the message gives the counts.
    """
    return _placed(shapes, rows, columns, arrays, torch.get_default_device())


@lru_cache(maxsize=4)  # every learner asks for the same
def _placed(
    shapes: tuple[tuple[int, int], ...], rows: int, columns: int, arrays: int, device: torch.device
) -> Placement:
    """As `place`, its tensors on the default device."""
    needed = sum(inputs * outputs for inputs, outputs in shapes)
    pairs = rows * (columns // 2)
    if needed > pairs:
        there = f"the array has {pairs}" if arrays == 1 else f"the {arrays} arrays have {pairs}"
        enough = arrays_needed(shapes, pairs // arrays)
        raise SettingsError(
            f"The head needs {needed} pairs of cells; {there}. Take {enough} arrays (--arrays), or a smaller head."
        )
    # A hole takes any part of a layer that is cut to its size, so what fits by its count can be cut to fit.
    free = [(0, 0, rows, columns // 2)]
    blocks: list[Block] = []
    for layer, (inputs, outputs) in enumerate(shapes):
        waiting = [(0, inputs, 0, outputs)]
        while waiting:
            first_input, height, first_output, width = waiting.pop(0)
            free.sort(key=lambda hole: (min(hole[2], height) * min(hole[3], width), -hole[0], -hole[1]))
            row, pair, tall, wide = free.pop()
            taken, across = min(tall, height), min(wide, width)
            blocks.append(Block(layer, (first_input, taken), (first_output, across), row, pair))
            free += [
                hole
                for hole in ((row + taken, pair, tall - taken, wide), (row, pair + across, taken, wide - across))
                if hole[2] and hole[3]
            ]
            waiting += [
                part
                for part in (
                    (first_input + taken, height - taken, first_output, across),
                    (first_input, height, first_output + across, width - across),
                )
                if part[1] and part[3]
            ]
    plus = tuple(torch.full(shape, -1, dtype=torch.int64) for shape in shapes)
    for block in blocks:
        (i, height), (o, width) = block.inputs, block.outputs
        lines = torch.arange(block.row, block.row + height)[:, None] * columns
        plus[block.layer][i : i + height, o : o + width] = lines + 2 * torch.arange(block.pair, block.pair + width)
    return Placement(rows, columns, tuple(blocks), plus, tuple(cells + 1 for cells in plus))


def partner(cells: Any) -> Any:
    """The other cell of a pair, of one or of each in a tensor: side by side, on an even bit line and the next."""
    return cells ^ 1
