"""A network of one's own whose linear layers lie on crossbars."""

import contextlib
import copy
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.errors import SettingsError
from ohmshot.nn.calibration import (
    Calibration,
    CrossbarWarning,
    choose_input_scale,
    choose_weight_scale,
    correct_columns,
)
from ohmshot.nn.crossbar_linear import CrossbarLinear
from ohmshot.nn.placed_layers import PlacedLayers, Programming, Utilisation, simulated_for
from ohmshot.nn.settings import CrossbarSettings


class OnChip(nn.Module):
    """A network some of whose layers are `CrossbarLinear` on the same chips; made by `on_chip`.

    Attributes:
        model: the network.
        layers: its layers on the chips, by name.
        calibration: of the last `calibrate`; None before.

    Examples:
        >>> import torch, ohmshot as oh
        >>> network = torch.nn.Sequential(torch.nn.Linear(16, 4))
        >>> model = oh.nn.on_chip(network, chips=2, examples=torch.randn(50, 16))
        >>> list(model.layers), model(torch.randn(8, 16)).shape
        (['0'], torch.Size([2, 8, 4]))
    """

    def __init__(self, model: nn.Module, layers: dict[str, CrossbarLinear], placed: PlacedLayers) -> None:
        super().__init__()
        self.model = model
        self.calibration: Calibration | None = None
        self._placed = placed
        self._names = tuple(layers)

    @property
    def layers(self) -> dict[str, CrossbarLinear]:
        """Layers on the chips, by name."""
        found = {name: self.model.get_submodule(name) for name in self._names}
        return {name: layer for name, layer in found.items() if isinstance(layer, CrossbarLinear)}

    @property
    def chips(self) -> Crossbar:
        """The chips."""
        return self._placed.chips

    def forward(self, inputs: Tensor) -> Tensor:
        """Run the network on every chip.

        The other layers see the inputs of all chips as one batch, so batch norm in training mode takes its statistics
        over all chips.

        Args:
            inputs: [batch, ...], the same for every chip.

        Returns:
            [batch, ...] from one chip, [chips, batch, ...] from more.
        """
        chips = self.chips.chips
        return self.each(inputs.expand(chips, *inputs.shape)) if chips > 1 else self._run(inputs)

    def each(self, inputs: Tensor) -> Tensor:
        """Run the network with inputs of its own for each chip: [chips, batch, ...] to [chips, batch, ...].

        Raises:
            SettingsError: not as many inputs as chips.
        """
        if len(inputs) != self.chips.chips:
            raise SettingsError(f"Give inputs for each of {self.chips.chips} chips, not {len(inputs)}.")
        outputs = self._run(inputs.flatten(0, 1))
        return outputs.reshape(*inputs.shape[:2], *outputs.shape[1:])

    def exact(self, inputs: Tensor) -> Tensor:
        """Run the network with its exact weights, in software; shapes as in `forward`."""
        with self._exactly():
            return self.forward(inputs)

    def program(self) -> Programming:
        """Write the exact weights of all layers: every cell at first, later those whose level has moved.

        Raises:
            LimitError: the write could exceed a limit; no pulse was given.
            SettingsError: a weight is not finite.
        """
        for layer in self.layers.values():
            layer.clip()
        return self._write()

    def _write(self) -> Programming:
        writes = {layer.number: layer.to_write() for layer in self.layers.values()}
        weights = {number: weights for number, (weights, _) in writes.items()}
        return self._placed.program(weights, {number: scale for number, (_, scale) in writes.items()})

    @torch.no_grad()
    def calibrate(self, examples: Tensor) -> Calibration:
        """Choose the scales of all layers by given examples, write the layers, and measure how well they multiply.

        The full scale of the weights is the one whose levels change a layer's outputs least (computed), that of the
        inputs the one at which the chips multiply best (measured: some 1,400 multiplies a layer). Then every column of
        every chip gets a gain and an offset, on the host, that bring its outputs nearest to those of the exact weights
        (an affine correction of each column, as Le Gallo et al., Nature Electronics 6, 2023, 680, do on a chip of 64
        cores); they undo most of what levels and lines do to all inputs alike.

        Args:
            examples: inputs of the network, [n, ...], such as the chips will see.

        Returns:
            What was chosen and measured. A layer that can hardly work is told of by a `CrossbarWarning` too.
        """
        inputs = self._inputs_of_layers(examples)
        layers = self.layers
        for layer in layers.values():
            layer.weight_full_scale.fill_(torch.nan)
            layer.input_full_scale.fill_(torch.nan)
        errors = {name: choose_weight_scale(layer, inputs[name]) for name, layer in layers.items()}
        self._write()
        self.calibration = Calibration(
            tuple(choose_input_scale(layer, inputs[name], name, errors[name]) for name, layer in layers.items())
        )
        for text in self.calibration.warnings:
            warnings.warn(text, CrossbarWarning, stacklevel=2)
        return self.calibration

    @torch.no_grad()
    def correct(self, examples: Tensor) -> None:
        """Measure the gain and the offset of every column anew, as `calibrate` does, and write nothing.

        After a bake or years of use: the cells have moved, and what is common to a column is mended on the host.

        Args:
            examples: inputs of the network, [n, ...], `ohmshot.nn.calibration.FEWEST_FOR_A_FIT` at least.
        """
        inputs = self._inputs_of_layers(examples)
        for name, layer in self.layers.items():
            correct_columns(layer, inputs[name])

    def cost(self) -> MeterReading:
        """Pulses, reads, multiplies, energy in J and busy time in s of the chips since they were made."""
        return self.chips.meter()

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""
        return self.chips.wear()

    def utilisation(self) -> Utilisation:
        """How full the arrays are."""
        return self._placed.utilisation()

    def _run(self, inputs: Tensor) -> Tensor:
        outputs = self.model(inputs)
        if not isinstance(outputs, Tensor):
            raise SettingsError(
                f"A network on chips answers with one tensor; this one gives {type(outputs).__name__}. Wrap it in a "
                "module whose forward returns the tensor."
            )
        return outputs

    @contextlib.contextmanager
    def _exactly(self) -> Iterator[None]:
        layers = self.layers.values()
        for layer in layers:
            layer.exactly = True
        try:
            yield
        finally:
            for layer in layers:
                layer.exactly = False

    def _inputs_of_layers(self, examples: Tensor) -> dict[str, Tensor]:
        """Inputs of every layer when the exact network runs in evaluation mode, [n, in_features] each, on the host."""
        seen: dict[str, list[Tensor]] = {name: [] for name in self._names}
        handles = [
            layer.register_forward_pre_hook(
                lambda module, given, name=name: seen[name].append(given[0].detach().flatten(0, -2).cpu())
            )
            for name, layer in self.layers.items()
        ]
        training = self.training
        self.eval()
        try:
            self.exact(examples)
        finally:
            self.train(training)
            for handle in handles:
                handle.remove()
        unused = [name for name, parts in seen.items() if not parts]
        if unused:
            raise SettingsError(f"The network does not run its layer {unused[0]}: leave it out with layers=[...].")
        return {name: torch.cat(parts).to(torch.float32) for name, parts in seen.items()}


def on_chip(
    model: nn.Module,
    chips: Crossbar | int = 1,
    layers: Sequence[str] | None = None,
    examples: Tensor | None = None,
    **settings: Any,
) -> OnChip:
    """Put linear layers of a network on crossbars.

    The network that is given stays as it is; a copy of it has `CrossbarLinear` in the place of the layers, with copies
    of their weights, written into the chips.

    Args:
        model: any network whose forward takes one tensor and returns one.
        chips: the chips; or a number of simulated ones, with as many arrays side by side as the layers take.
        layers: names of the layers as `torch.nn.Module.named_modules` says them; None for every `torch.nn.Linear`.
        examples: inputs of the network by which scales are chosen (`OnChip.calibrate`); None for full scales of the
            largest weight and of the largest input of the first batch.
        **settings: see `ohmshot.nn.CrossbarSettings`: strategy, levels, copies, backward, per_chip and more.

    Returns:
        The network on the chips.

    Raises:
        SettingsError: no such layer, the layers do not fit on the chips, or a setting is out of range.

    Examples:
        >>> import torch, ohmshot as oh
        >>> from torch import nn
        >>> network = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
        >>> model = oh.nn.on_chip(network, chips=3, examples=torch.randn(100, 64))
        >>> model(torch.randn(8, 64)).shape
        torch.Size([3, 8, 10])
    """
    chosen = CrossbarSettings(**settings)
    model = copy.deepcopy(model)
    found = _linear_layers(model, layers)
    shapes = [(layer.in_features, layer.out_features) for layer in found.values()]
    if isinstance(chips, int):
        chips = simulated_for(shapes, chosen, chips)
    placed = PlacedLayers(chips, shapes, chosen)
    made = {id(layer): CrossbarLinear.of_placed(layer, placed, number) for number, layer in enumerate(found.values())}
    for name, module in list(model.named_modules(remove_duplicate=False)):
        if id(module) in made:
            model = _replaced(model, name, made[id(module)])
    on_chips = OnChip(model, {name: made[id(layer)] for name, layer in found.items()}, placed)
    on_chips.train(model.training)
    if examples is None:
        on_chips.program()
    else:
        on_chips.calibrate(examples)
    return on_chips


def _linear_layers(model: nn.Module, names: Sequence[str] | None) -> dict[str, nn.Linear]:
    """Layers by name, in the order of the network."""
    # A subclass may be used by its weights alone, as in the attention of PyTorch: then its forward is never run.
    linear = {name: module for name, module in model.named_modules() if type(module) is nn.Linear}
    for name in names or ():
        if name not in linear:
            raise SettingsError(
                f"The network has no linear layer '{name}'. Its linear layers: {', '.join(linear) or 'none'}."
            )
    chosen = {name: layer for name, layer in linear.items() if names is None or name in names}
    if not chosen:
        raise SettingsError("The network has no torch.nn.Linear to put on a chip.")
    return chosen


def _replaced(model: nn.Module, name: str, layer: nn.Module) -> nn.Module:
    """Return the network with another module under a name; the module itself where the name is that of the whole."""
    if not name:
        return layer
    parent, _, own = name.rpartition(".")
    setattr(model.get_submodule(parent), own, layer)
    return model
