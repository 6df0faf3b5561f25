"""The crossbar interface: everything a host may do to a chip, in its batch form.

A chip is a batch of one, a fleet a batch of thousands, and a real chip behind a wire a batch of one with the same
methods. The host sees what a tester sees (read currents, a datasheet, an error) and nothing of the physics.

Cells are addressed by one sorted int64 tensor [n] over the whole batch:
``(chip * rows + row) * columns + column``. Amplitudes are float tensors [n] in the same order.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.row_voltages import Units
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.units import ROOM_CELSIUS
from ohmshot.programming.policy import Plan

ALL_ROWS = slice(None)
"""Every word line of an array."""


class ReadableCrossbar(Protocol):
    """A batch of chips as far as it can be used without a pulse. Errors are `ohmshot.foundation.errors.ChipError`."""

    @property
    def chips(self) -> int:
        """Number of chips in the batch."""

    @property
    def datasheet(self) -> Datasheet:
        """Datasheet of the maker."""

    def read(self, cells: Tensor) -> Tensor:
        """Read the conductance of each cell, int64 [n], in uS, [n], with the noise of one read."""

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Drive rows at once and convert the currents of some columns.

        Args:
            row_voltages: V, [chips, inputs, driven rows], within plus and minus the read voltage.
            columns: the bit lines whose current is converted.
            rows: the word lines that are driven; the others rest at 0 V.

        Returns:
            uA, [chips, inputs, columns].
        """

    def wait(self, seconds: float, celsius: float = ROOM_CELSIUS) -> None:
        """Let time in s pass at a temperature in degrees Celsius: storage, or a bake."""

    def meter(self) -> MeterReading:
        """Return the costs since the chips were made."""

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""

    def health(self) -> Tensor:
        """The host's own codes, kept with the chips and never interpreted, int8 [chips, rows, columns]; 0 for none."""

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the host's codes of some cells, int64 [n]; int8 [n], at least 0."""


@dataclass(frozen=True, eq=False)
class PairBlocks:
    """Rectangles of pairs of cells that are multiplied together, as those of one layer are.

    Attributes:
        numbers: int64 [blocks, 6]: first of the inputs and their number, first word line, first bit line, first
            of the pairs in the answer and their number. A pair is an even bit line and the next.

    Raises:
        ChipError: another shape or type, numbers below 0, or a bit line that is odd.
    """

    numbers: np.ndarray

    def __post_init__(self) -> None:
        numbers = self.numbers
        if numbers.dtype != np.int64 or numbers.ndim != 2 or numbers.shape[1] != 6 or not len(numbers):
            raise ChipError(f"Blocks are int64 [blocks, 6], at least one, not {numbers.dtype} {list(numbers.shape)}.")
        if (numbers < 0).any() or (numbers[:, 3] % 2).any():
            raise ChipError("A block has no number below 0, and begins on an even bit line.")

    @cached_property
    def inputs(self) -> int:
        """Inputs that all blocks take."""
        return int((self.numbers[:, 0] + self.numbers[:, 1]).max())

    @cached_property
    def rows(self) -> int:
        """Word lines that a chip has at least."""
        return int((self.numbers[:, 2] + self.numbers[:, 1]).max())

    @cached_property
    def columns(self) -> int:
        """Bit lines that a chip has at least."""
        return int((self.numbers[:, 3] + 2 * self.numbers[:, 5]).max())

    @cached_property
    def pairs(self) -> int:
        """Pairs in the answer."""
        return int((self.numbers[:, 4] + self.numbers[:, 5]).max())


def currents_of_pairs(crossbar: ReadableCrossbar, row_voltages: Tensor, blocks: PairBlocks) -> Tensor:
    """Multiply by blocks of pairs one after another, a multiply each.

    Args:
        crossbar: the chips.
        row_voltages: V, [chips, inputs, rows of all blocks].
        blocks: where the pairs lie.

    Returns:
        uA, [chips, inputs, pairs]: current of the even bit line less that of the next, summed over the blocks.
    """
    total = row_voltages.new_zeros(*row_voltages.shape[:2], blocks.pairs)
    for first, height, row, column, at, pairs in blocks.numbers.tolist():
        driven = row_voltages.narrow(-1, first, height)
        currents = crossbar.multiply(driven, slice(column, column + 2 * pairs), slice(row, row + height))
        plus, minus = currents.view(*currents.shape[:2], pairs, 2).unbind(-1)
        total.narrow(-1, at, pairs).add_(plus - minus)
    return total


class MultipliesPairs(ABC):
    """Chips that multiply by all blocks of a layer in one call, as simulated ones do: the same bits, less overhead.

    A base to inherit from rather than a protocol: whether a chip is one is asked at every multiply.
    """

    @abstractmethod
    def multiply_pairs(self, inputs: Tensor, blocks: PairBlocks, units: Units) -> Tensor:
        """Multiply by blocks one after another, as `ReadableCrossbar.multiply` does, and add up currents of pairs.

        Args:
            inputs: [chips, examples, rows of all blocks or fewer], which become row voltages; the rows that are left
                are driven by the constant input 1, the bias input.
            blocks: where the pairs lie.
            units: what inputs and answers stand for.

        Returns:
            [chips, examples, pairs]: current of the even bit line less that of the next, summed over the blocks, in the
            units of the answer.

        Raises:
            ChipError: inputs for other chips or blocks, or blocks that lie outside the array.
        """


class Crossbar(ReadableCrossbar, Protocol):
    """A batch of chips as the host drives them, pulses included."""

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n], once in their life; a formed cell stays as it is."""

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply one SET pulse to each cell, int64 [n]; gate voltage in V, [n]."""

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply one RESET pulse to each cell, int64 [n]; source voltage in V, [n]."""

    def takes(self, plan: Plan) -> bool:
        """Whether the chip can run a plan of write-verify by itself, as `execute`."""

    def execute(self, plan: Plan) -> Tensor:
        """Write cells by a plan, with the pulses that a host would give; returns the addresses that missed, rising."""

    @property
    def supervised(self) -> bool:
        """Whether brown-outs and over-temperatures can be reported, so that a host should confirm every train."""

    def confirm(self) -> None:
        """Wait until all pulses have been given.

        Raises:
            BrownOutError: the last train broke off.
            OverTemperatureError: the last train was refused.
        """


class ObservedCrossbar(Crossbar, Protocol):
    """Chips that can be pictured."""

    def true_conductances(self) -> Tensor:
        """Conductance of every cell in uS, [chips, rows, columns], as well as it can be known; for pictures."""


def cell_addresses(mask: Tensor) -> Tensor:
    """Addresses of the cells where a boolean mask is true, sorted; [chips, rows, columns] or [chips, cells]."""
    return torch.nonzero(mask.reshape(-1)).squeeze(1)


def every_cell(crossbar: ReadableCrossbar) -> Tensor:
    """Addresses of all cells of all chips, int64 [chips * rows * columns]."""
    return torch.arange(crossbar.chips * crossbar.datasheet.cells)
