"""Read and multiply engine: drives the rows of one block after another, adds up what the columns' converters say.

A block is a rectangle of a layer on the array (`ohmshot.host.placement.Block`). Its columns come in pairs, plus beside
minus; a difference of two converter codes is one partial sum of one output. Outputs add up the blocks that lie above
one another and the copies of each weight.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ohmshot.bundle.levels import over_copies
from ohmshot.controller.fixed_point import rounded_shift
from ohmshot.controller.formats import WordLengths
from ohmshot.host.placement import Block


@dataclass(frozen=True)
class HiddenConstants:
    """Constant that takes a sum of converter codes to the drive code of a hidden activation, ``scale / 2**shift``."""

    scale: int
    shift: int


class Converters(Protocol):
    """The array behind its drivers and converters."""

    def __call__(self, drive: Tensor, block: Block) -> Tensor:
        """Drive the rows of a block: drive codes [..., rows of the block] to converter codes [..., 2 * outputs]."""


def sums(convert: Converters, blocks: Sequence[Block], outputs: int, copies: int, drive: Tensor) -> Tensor:
    """Multiply by one layer.

    Args:
        convert: the array.
        blocks: those of the layer.
        outputs: of the layer.
        copies: pairs of cells that carry a weight together.
        drive: drive codes of all inputs, the constant one among them, int64 [chips, examples, inputs].

    Returns:
        int64 [chips, examples, outputs].
    """
    total = torch.zeros(*drive.shape[:-1], copies * outputs, dtype=torch.int64)
    for block in blocks:
        (first, height), (output, width) = block.inputs, block.outputs
        codes = convert(drive.narrow(-1, first, height), block)
        total.narrow(-1, output, width).add_(differences(codes))
    return over_copies(total, copies)


def differences(codes: Tensor) -> Tensor:
    """Plus less minus: converter codes [..., 2 * n] to [..., n]."""
    plus, minus = codes.view(*codes.shape[:-1], -1, 2).unbind(-1)
    return plus - minus


def hidden(lengths: WordLengths, constants: HiddenConstants, total: Tensor) -> Tensor:
    """Rectify sums of the first layer and bring them to drive codes of the second; any shape."""
    return rounded_shift(total * constants.scale, constants.shift).clamp(0, lengths.drive_full)


def with_constant(drive: Tensor, constant: int) -> Tensor:
    """Append the drive code of the constant input that carries the bias: [..., n] to [..., n + 1]."""
    return torch.nn.functional.pad(drive, (0, 1), value=constant)


def cycles(blocks: Sequence[Block], settle: int) -> int:
    """Cycles of one multiply of one example: set the rows, let lines and converters settle, take in every column.

    Args:
        blocks: those of the layer.
        settle: cycles of one read with its conversion.
    """
    return sum(block.inputs[1] + settle + 2 * block.outputs[1] for block in blocks)
