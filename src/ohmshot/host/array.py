"""The head on the array: which cells carry which weight, what they must hold, and how currents become numbers again.

Nothing here gives a pulse: `ohmshot.host.writer` does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Activations, Head
from ohmshot.bundle.levels import over_copies
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import MultipliesPairs, ReadableCrossbar, currents_of_pairs
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.row_voltages import Units, row_voltages
from ohmshot.foundation.devices import tensor_on
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.care.faults import Faults, compensated
from ohmshot.host.mapping import Levels, WeightMapping, mapping_for
from ohmshot.host.placement import Placement, arrays_needed, place


@dataclass(frozen=True)
class HeadOnArray:
    """Fully-connected layers on the arrays of a batch of chips.

    Attributes:
        sheet: datasheet of the chips.
        placement: cells of every weight, the same on every chip.
        mappings: weights to conductances, one a layer.
        input_scales: the input that the read voltage stands for, one a layer.
        gain: factor on every weight that a chip has, [chips]; 1 unless a repair sets it (`ohmshot.host.care.repair`).
        used_units: 1 for hidden units of a head of two layers in use and 0 for spare ones, [chips, 1, hidden]; None
            where all are in use.
        faults: stuck cells that the host knows of; None for none.
    """

    sheet: Datasheet
    placement: Placement
    mappings: tuple[WeightMapping, ...]
    input_scales: tuple[float, ...]
    gain: Tensor
    used_units: Tensor | None = None
    faults: Faults | None = None

    @cached_property
    def _has_gain(self) -> bool:
        return bool((self.gain != 1).any())

    @property
    def chips(self) -> int:
        """Number of chips."""
        return len(self.gain)

    def targets(self, head: Head, last: tuple[Head, Tensor] | None = None) -> Tensor:
        """Conductance in uS that every cell should have for a head, [chips, cells]; spare cells are reset.

        Args:
            head: exact weights.
            last: an earlier head and the targets, [chips, cells], that this array has for it; layers that are the same
                tensors in both keep them.
        """
        if last is None or self.faults is not None:
            before: Sequence[Tensor | None] = [None] * len(head)
            targets = torch.full((self.chips, self.sheet.cells), self.sheet.reset_conductance, device="cpu").numpy()
        else:
            before, targets = last[0], last[1].cpu().numpy().copy()
        layers = zip(self.mappings, self.placement.cells_of_layer, head, before, strict=True)
        for mapping, (plus, minus), weights, earlier in layers:
            if weights is not earlier:
                mapping.put_targets(weights, plus, minus, targets)
        found = tensor_on(targets, head[0].device)
        return found if self.faults is None else self._around_faults(found, self.faults)

    def weights(self, conductance: Tensor) -> Head:
        """Weights that conductances in uS [chips, cells] stand for: [chips, inputs, outputs] a layer."""

        def of_cells(cells: Tensor) -> Tensor:
            return conductance.index_select(1, cells.flatten()).view(-1, *cells.shape)

        return tuple(
            mapping.weights(of_cells(plus), of_cells(minus)) * self.gain[:, None, None]
            for mapping, plus, minus in zip(self.mappings, self.placement.plus, self.placement.minus, strict=True)
        )

    def clipped(self, head: Head) -> Head:
        """Hold weights inside what a pair of cells can carry."""
        return tuple(mapping.clipped(weights) for mapping, weights in zip(self.mappings, head, strict=True))

    def forward(self, crossbar: ReadableCrossbar, features: Tensor) -> Activations:
        """Run the head by analog multiplies: [chips, examples, features] to `Activations` of these chips."""
        inputs = self.inputs(crossbar, features)
        return Activations(inputs, self.output(crossbar, inputs[-1]))

    def inputs(self, crossbar: ReadableCrossbar, features: Tensor) -> tuple[Tensor, ...]:
        """Run all layers but the last; inputs of every layer, [chips, examples, inputs] each."""
        inputs = [features]
        for layer in range(len(self.mappings) - 1):
            hidden = self.multiply(crossbar, layer, inputs[-1]).relu_()
            inputs.append(hidden if self.used_units is None else hidden * self.used_units)
        return tuple(inputs)

    def output(self, crossbar: ReadableCrossbar, inputs: Tensor) -> Tensor:
        """Run the last layer alone: its inputs [chips, examples, inputs] to logits."""
        return self.multiply(crossbar, len(self.mappings) - 1, inputs)

    def multiply(
        self, crossbar: ReadableCrossbar, layer: int, inputs: Tensor, input_scale: float | None = None
    ) -> Tensor:
        """Multiply by one layer on the chip: block by block, plus less minus, currents back to numbers.

        Args:
            crossbar: the chips.
            layer: number of the layer.
            inputs: [chips, examples, inputs], clipped to the input scale; a bias input that is left out is 1.
            input_scale: the input that the read voltage stands for; None for that of the layer.

        Returns:
            [chips, examples, outputs].
        """
        scale, mapping = self.input_scales[layer] if input_scale is None else input_scale, self.mappings[layer]
        unit = scale / self.sheet.read_voltage * mapping.full_scale / (mapping.copies * mapping.window)
        if isinstance(crossbar, MultipliesPairs) and mapping.copies == 1 and not self._has_gain:
            return crossbar.multiply_pairs(inputs, self.placement.blocks_of_layer[layer], Units(scale, unit))
        total = over_copies(self._signed_currents(crossbar, layer, inputs, scale), mapping.copies)
        return total.mul_(unit * self.gain[:, None, None])

    def _signed_currents(self, crossbar: ReadableCrossbar, layer: int, inputs: Tensor, scale: float) -> Tensor:
        """Multiply by one layer: inputs [chips, examples, inputs] to plus less minus, uA."""
        blocks = self.placement.blocks_of_layer[layer]
        if isinstance(crossbar, MultipliesPairs):
            return crossbar.multiply_pairs(inputs, blocks, Units(scale, 1.0))
        return currents_of_pairs(crossbar, row_voltages(inputs, blocks.inputs, scale, self.sheet.read_voltage), blocks)

    def spare_cells(self) -> Tensor:
        """Cells of a chip that carry no weight, int64 [n]."""
        used = torch.zeros(self.sheet.cells, dtype=torch.bool)
        for cells in (*self.placement.plus, *self.placement.minus):
            used[cells] = True
        return torch.nonzero(~used).squeeze(1)

    def around(self, faults: Faults | None) -> "HeadOnArray":
        """Return this head with partners that make up for stuck cells."""
        return replace(self, faults=faults)

    def _around_faults(self, targets: Tensor, faults: Faults) -> Tensor:
        """Targets in which partners make up for stuck cells; a stuck cell keeps one target, so it is never written."""
        plus, minus = (
            torch.cat([cells.flatten() for cells in layers]) for layers in (self.placement.plus, self.placement.minus)
        )
        rest, top = self.sheet.reset_conductance, self.sheet.level_conductances[-1]
        return compensated(targets, faults, plus, minus, rest, top).masked_fill(faults.stuck, rest)


def head_on_array(sheet: Datasheet, chips: int, bundle: Bundle, levels: Levels, pair_policy: str) -> HeadOnArray:
    """Lay the head of a bundle out on an array.

    Args:
        sheet: datasheet of the chips.
        chips: number of chips in the batch.
        bundle: with the head and its scales.
        levels: what a cell may be written to (`ohmshot.host.mapping.Levels`).
        pair_policy: how the two cells of a pair share a weight (`ohmshot.host.pairs.PAIR_POLICIES`).

    Raises:
        SettingsError: the head does not fit on the array, or no such levels or pair policy.
    """
    scales = bundle.header.mapping
    return HeadOnArray(
        sheet=sheet,
        placement=place(_shapes(bundle), sheet.rows, sheet.columns, sheet.arrays),
        mappings=tuple(
            mapping_for(sheet, scale, levels, pair_policy, copies)
            for scale, copies in zip(scales.weight_full_scale, scales.copies, strict=True)
        ),
        input_scales=tuple(scales.input_full_scale),
        gain=torch.ones(chips),
    )


def arrays_for(bundle: Bundle, circuit: Circuit) -> int:
    """Return how many arrays side by side the head of a bundle takes at least.

    Args:
        bundle: with the head and its copies.
        circuit: of one array.
    """
    return arrays_needed(_shapes(bundle), circuit.pairs)


def circuit_for(bundle: Bundle, arrays: int | None = None) -> Circuit:
    """Return the circuit of so many 2-kbit arrays, by default of as many as the head of a bundle takes.

    Raises:
        SettingsError: the head does not fit on so few.
    """
    needed = arrays_for(bundle, Circuit())
    if arrays is not None and arrays < needed:
        ways = bundle.header.network.ways
        raise SettingsError(
            f"The head for {ways} classes takes {needed} arrays, not {arrays}. Give --arrays {needed}, or leave it out."
        )
    return Circuit().arrays(arrays or needed)


def _shapes(bundle: Bundle) -> tuple[tuple[int, int], ...]:
    """Pairs of every layer as (inputs, outputs), each output as often as it has copies."""
    layers = zip((weights.shape for weights in bundle.head), bundle.header.mapping.copies, strict=True)
    return tuple((inputs, copies * outputs) for (inputs, outputs), copies in layers)
