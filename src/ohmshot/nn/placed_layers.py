"""Several linear layers on the arrays of a batch of chips: placed once, written by level, multiplied by currents."""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from ohmshot.bundle.head import Head
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import Crossbar, every_cell
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.simulated_chips import SimulatedChips
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.sentences import counted
from ohmshot.host.array import HeadOnArray
from ohmshot.host.mapping import mapping_for
from ohmshot.host.moves import Moves, moves
from ohmshot.host.placement import arrays_needed, place
from ohmshot.host.writer import NO_CELLS, Writer
from ohmshot.nn.settings import CrossbarSettings

_NOT_YET = 1.0
"""Full scale of a layer that has not been written."""


@dataclass(frozen=True)
class Programming:
    """What one call of `program` did.

    Attributes:
        changed: cells whose target moved, int64 [chips]; all of them in the first call.
        missed: addresses of the cells that missed their target, int64 [n].
        cost: pulses, reads, energy and busy time of each chip.

    Examples:
        >>> import torch, ohmshot as oh
        >>> network = torch.nn.Sequential(torch.nn.Linear(16, 4))
        >>> model = oh.nn.on_chip(network, chips=2, examples=torch.randn(50, 16))
        >>> done = model.program()  # nothing has moved since it was put on the chips
        >>> done.changed.tolist(), done.missed.numel()
        ([0, 0], 0)
    """

    changed: Tensor
    missed: Tensor
    cost: MeterReading

    def __repr__(self) -> str:
        return (
            f"Programming({float(self.changed.double().mean()):.0f} cells changed and "
            f"{float(self.cost.joules.mean()) * 1e9:.1f} nJ a chip, {len(self.missed)} missed)"
        )


@dataclass(frozen=True)
class Utilisation:
    """How full the arrays are.

    Attributes:
        pairs: pairs of cells that carry a weight, of each array.
        pairs_of_an_array: pairs that an array has.
        conversions: column currents converted when every layer multiplies one input vector.

    Examples:
        >>> import torch, ohmshot as oh
        >>> network = torch.nn.Sequential(torch.nn.Linear(16, 4))
        >>> model = oh.nn.on_chip(network, chips=2, examples=torch.randn(50, 16))
        >>> model.utilisation().pairs  # 16 x 4 weights on one array; the host adds the biases
        (64,)
    """

    pairs: tuple[int, ...]
    pairs_of_an_array: int
    conversions: int

    @property
    def share(self) -> float:
        """Share of all pairs that carry a weight."""
        return sum(self.pairs) / (len(self.pairs) * self.pairs_of_an_array)

    def __str__(self) -> str:
        lines = [
            f"array {number}: {pairs} of {self.pairs_of_an_array} pairs of cells"
            for number, pairs in enumerate(self.pairs)
        ]
        return "\n".join(
            [*lines, f"{self.conversions} conversions an input, {100 * self.share:.0f} % of all pairs used"]
        )


class PlacedLayers:
    """Linear layers on the arrays of a batch of chips. Gives every pulse that they get.

    Args:
        chips: the chips.
        shapes: (inputs, outputs) of each layer.
        settings: how they are laid out and written.

    Attributes:
        chips: the chips.
        settings: how they are laid out and written.
        array: placement and mappings; the scales of a layer hold from the time when it is written.

    Raises:
        SettingsError: they do not fit; the message says how many arrays would do.
    """

    def __init__(self, chips: Crossbar, shapes: Sequence[tuple[int, int]], settings: CrossbarSettings) -> None:
        sheet = chips.datasheet
        pairs = on_copies(shapes, settings.copies)
        _require_room(pairs, sheet)
        mapping = mapping_for(sheet, _NOT_YET, settings.levels, settings.pair_policy, settings.copies)
        self.chips = chips
        self.settings = settings
        self.array = HeadOnArray(
            sheet=sheet,
            placement=place(pairs, sheet.rows, sheet.columns, sheet.arrays),
            mappings=(mapping,) * len(shapes),
            input_scales=(1.0,) * len(shapes),
            gain=torch.ones(chips.chips),
        )
        self._writer = Writer(chips, settings.programming, settings.limits)
        self._head: Head = tuple(torch.zeros(chips.chips, *shape) for shape in shapes)
        self._targets: Tensor | None = None

    @property
    def programmed(self) -> bool:
        """Whether the layers have been written."""
        return self._targets is not None

    def program(self, weights: dict[int, Tensor], full_scales: dict[int, float]) -> Programming:
        """Write some layers: all cells when the chips are written for the first time, later those whose level moves.

        Args:
            weights: by number of the layer, [chips, inputs, outputs] or [inputs, outputs]; what no pair can carry is
                clipped.
            full_scales: weight that the widest difference of a pair stands for, by number of the layer.

        Raises:
            LimitError: the write could exceed a limit; no pulse was given.
        """
        mappings, head = list(self.array.mappings), list(self._head)
        for layer, values in weights.items():
            mappings[layer] = replace(mappings[layer], full_scale=full_scales[layer])
            head[layer] = mappings[layer].clipped(values.detach().to("cpu", torch.float32)).expand_as(head[layer])
        array = replace(self.array, mappings=tuple(mappings))
        before, wanted = self.chips.meter(), array.targets(tuple(head))
        if self._targets is None:
            forming = every_cell(self.chips)
            found = Moves(torch.full((self.chips.chips,), wanted.shape[1]), wanted, forming)
        else:
            forming = NO_CELLS
            found = moves(self._targets, wanted, self.settings.write_threshold, self._writer.strategy)

        def begin() -> None:
            self.array, self._head, self._targets = array, tuple(head), found.targets

        missed = self._writer.write(found.cells, found.targets.view(-1)[found.cells], forming, begin)
        if self.settings.settle_seconds:
            self.chips.wait(self.settings.settle_seconds)
        return Programming(found.changed, missed, self.chips.meter() - before)

    def multiply(self, layer: int, inputs: Tensor, input_scale: float) -> Tensor:
        """Multiply on the chips, [chips, examples, inputs] to [chips, examples, outputs].

        Args:
            layer: number of the layer.
            inputs: in numbers; clipped to plus and minus the scale.
            input_scale: number that the full read voltage stands for.
        """
        return self.array.multiply(self.chips, layer, inputs, input_scale)

    def written(self, layer: int) -> Tensor:
        """Weights that the targets of a layer's cells stand for, [chips, inputs, outputs]: what was meant to be there.

        Raises:
            SettingsError: nothing has been written yet.
        """
        if self._targets is None:
            raise SettingsError("The layers have not been written: call program() first.")
        return self.array.weights(self._targets)[layer]

    def utilisation(self) -> Utilisation:
        """Count what the arrays carry."""
        sheet, placement = self.array.sheet, self.array.placement
        carries = (placement.part_of_cell != 0).view(sheet.rows, sheet.arrays, -1)
        conversions = sum(2 * block.outputs[1] for block in placement.blocks)
        pairs = tuple((carries.sum((0, 2)) // 2).tolist())
        return Utilisation(pairs, sheet.pairs_of_an_array, conversions)

    def __deepcopy__(self, memo: dict[int, Any]) -> "PlacedLayers":
        copied = object.__new__(PlacedLayers)
        memo[id(self)] = copied
        try:
            copied.__dict__.update({name: copy.deepcopy(value, memo) for name, value in self.__dict__.items()})
        except TypeError as error:  # a connection
            raise SettingsError("Only simulated chips can be copied; these are somewhere else.") from error
        return copied


def simulated_for(shapes: Sequence[tuple[int, int]], settings: CrossbarSettings, chips: int = 1) -> SimulatedChips:
    """Simulated chips with as many 2-kbit arrays as layers of (inputs, outputs) take."""
    arrays = arrays_needed(on_copies(shapes, settings.copies), Circuit().pairs)
    return SimulatedChips(chips=chips, arrays=arrays)


def on_copies(shapes: Sequence[tuple[int, int]], copies: int) -> tuple[tuple[int, int], ...]:
    """Pairs of every layer as (inputs, outputs), each output as often as it has copies."""
    return tuple((inputs, copies * outputs) for inputs, outputs in shapes)


def _require_room(shapes: Sequence[tuple[int, int]], sheet: Datasheet) -> None:
    needed = arrays_needed(shapes, sheet.pairs_of_an_array)
    if needed > sheet.arrays:
        pairs = sum(inputs * outputs for inputs, outputs in shapes)
        raise SettingsError(
            f"The layers need {pairs} pairs of cells; the chip has {sheet.arrays * sheet.pairs_of_an_array} in "
            f"{counted(sheet.arrays, 'array')}. Take chips of {needed} arrays (SimulatedChips(arrays={needed})), fewer "
            "layers, or fewer copies."
        )
