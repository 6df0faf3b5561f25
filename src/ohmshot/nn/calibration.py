"""Scales of layers on crossbars, chosen by measurement, and what stands in the way of a layer that cannot work."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ohmshot.host.mapping import WeightMapping
from ohmshot.nn.crossbar_linear import CrossbarLinear

WEIGHT_SHARES = (1.0, 0.85, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Full scales that are tried for the weights, as shares of the largest weight: smaller ones clip more, round less."""
INPUT_SHARES = (0.5, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0, 5.6, 8.0, 11.0, 16.0)
"""Full scales that are tried for the inputs, as shares of the largest input: smaller ones clip inputs, larger ones
drown in the noise and the steps of the converters, those between may drive converters beyond their range."""
MOST_EXAMPLES = 128
"""Inputs of a layer that are measured at each scale."""
FEWEST_FOR_A_FIT = 16
"""Examples below which no gain and offset of columns are fitted: two numbers from a few noisy ones (our choice)."""
LEVELS_COARSE = 0.25
LINES_LOSE = 0.2
CLIPPED_INPUTS = 0.02
MULTIPLY_OFF = 0.3
"""From these on, as shares, an error is told of with what would help (our choice): a layer that is off by a quarter
of its signal still classifies, and one that is off by half hardly does."""


class CrossbarWarning(UserWarning):
    """A layer that is on the chips, but can hardly work there.

    Examples:
        >>> import warnings, torch, ohmshot as oh
        >>> with warnings.catch_warnings(action="error", category=oh.nn.CrossbarWarning):  # end with an error instead
        ...     model = oh.nn.on_chip(torch.nn.Linear(16, 4), chips=1, examples=torch.randn(50, 16))
    """


@dataclass(frozen=True)
class LayerCalibration:
    """One layer, measured on the chips.

    Attributes:
        name: of the layer.
        weight_full_scale: weight that the widest conductance difference stands for.
        input_full_scale: input that the full read voltage stands for.
        levels_error: what rounding to levels and clipping of weights change in the outputs, root mean square, over
            the outputs about their mean; gain and offset of columns are fitted before; computed.
        multiply_error: the same for what the multiply on the chips differs from the weights that were written:
            missed targets, noise, converters and lines; measured.
        gain: slope of the measured outputs over those of the written weights, the largest of all input scales; 1 when
            lines lose nothing. Converters that saturate lower it at small scales, coarse ones at large scales, lines at
            every scale.
        clipped_inputs: share of the inputs beyond the full scale.

    Examples:
        >>> import torch, ohmshot as oh
        >>> network = torch.nn.Sequential(torch.nn.Linear(16, 4))
        >>> model = oh.nn.on_chip(network, chips=2, examples=torch.randn(50, 16))
        >>> layer = model.calibration.layers[0]
        >>> layer.clipped_inputs < 0.1, 0 < layer.multiply_error < 0.5
        (True, True)
    """

    name: str
    weight_full_scale: float
    input_full_scale: float
    levels_error: float
    multiply_error: float
    gain: float
    clipped_inputs: float

    @property
    def advice(self) -> tuple[str, ...]:
        """What is wrong with the layer on these chips, and what would help; none where it works."""
        found = []
        if self.gain < 1 - LINES_LOSE:
            found.append(
                f"the lines lose {100 * (1 - self.gain):.0f} % of the signal: take arrays with fewer or shorter lines "
                "(Circuit(rows=..., columns=...)), or a lower line_resistance_ohm"
            )
        elif self.multiply_error > MULTIPLY_OFF:
            found.append(
                f"outputs on the chip are off by {100 * self.multiply_error:.0f} % of their spread at the best input "
                "scale: take converters with a wider output_range_ua or more bits, arrays of fewer rows, or another "
                "strategy"
            )
        if self.levels_error > LEVELS_COARSE:
            found.append(f"levels change the outputs by {100 * self.levels_error:.0f} %: take copies=2 or more levels")
        if self.clipped_inputs > CLIPPED_INPUTS:
            found.append(
                f"{100 * self.clipped_inputs:.0f} % of the inputs are clipped: normalise the features before the layer"
            )
        return tuple(found)

    @property
    def title(self) -> str:
        """How messages name it: a network that is one layer gives it no name."""
        return f"Layer {self.name}" if self.name else "The layer"

    def __str__(self) -> str:
        return (
            f"{self.title}: weights to {self.weight_full_scale:.3g}, inputs to {self.input_full_scale:.3g}; outputs "
            f"off by {100 * self.levels_error:.1f} % for levels, {100 * self.multiply_error:.1f} % on the chip; gain "
            f"{self.gain:.3f}"
        )


@dataclass(frozen=True)
class Calibration:
    """All layers of a network, measured on the chips.

    Attributes:
        layers: one after another.

    Examples:
        >>> import torch, ohmshot as oh
        >>> network = torch.nn.Sequential(torch.nn.Linear(16, 4))
        >>> model = oh.nn.on_chip(network, chips=2, examples=torch.randn(50, 16))
        >>> [layer.name for layer in model.calibration.layers], model.calibration.warnings
        (['0'], ())
    """

    layers: tuple[LayerCalibration, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong, layer by layer."""
        return tuple(f"{layer.title}: {'; '.join(layer.advice)}." for layer in self.layers if layer.advice)

    def __str__(self) -> str:
        return "\n".join([*(str(layer) for layer in self.layers), *self.warnings])


@torch.no_grad()
def choose_weight_scale(layer: CrossbarLinear, inputs: Tensor) -> float:
    """Choose the full scale of the weights whose levels change the outputs least, and set it; returns that change.

    Args:
        layer: the layer, written or not.
        inputs: [n, in_features].

    Returns:
        Root mean square of what no gain and offset of a column mends, over that of the outputs about their mean.
    """
    weights = layer.weight.mT.detach().cpu()
    largest = float(weights.abs().max())
    if largest == 0.0:
        layer.weight_full_scale.fill_(1.0)
        return 0.0
    mapping, wanted = layer.placed.array.mappings[layer.number], inputs @ weights
    errors = [
        _left(inputs @ _on_levels(replace(mapping, full_scale=share * largest), weights), wanted)
        for share in WEIGHT_SHARES
    ]
    best = min(range(len(errors)), key=errors.__getitem__)
    layer.weight_full_scale.fill_(WEIGHT_SHARES[best] * largest)
    return errors[best]


@torch.no_grad()
def choose_input_scale(layer: CrossbarLinear, inputs: Tensor, name: str, levels_error: float) -> LayerCalibration:
    """Choose the full scale of the inputs at which the chips multiply best; set it, and the gain and offset of columns.

    Args:
        layer: the layer, as it is written.
        inputs: [n, in_features], the same for every chip.
        name: of the layer.
        levels_error: from `choose_weight_scale`.
    """
    some = inputs[:MOST_EXAMPLES].expand(layer.chips.chips, -1, -1)
    largest = float(inputs.abs().max())
    written, exact = some @ layer.placed.written(layer.number), some @ layer.weight.mT.detach().cpu()
    shares = INPUT_SHARES if largest else (1.0,)
    scales = [share * (largest or 1.0) for share in shares]
    measured = [layer.placed.multiply(layer.number, some, scale) for scale in scales]
    errors = [_left(outputs, written) for outputs in measured]
    best = min(range(len(errors)), key=errors.__getitem__)
    layer.input_full_scale.fill_(scales[best])
    _set_columns(layer, measured[best], exact)
    return LayerCalibration(
        name=name,
        weight_full_scale=float(layer.weight_full_scale),
        input_full_scale=scales[best],
        levels_error=levels_error,
        multiply_error=errors[best],
        gain=max(_slope(outputs, written) for outputs in measured),
        clipped_inputs=float((inputs.abs() > scales[best]).double().mean()),
    )


@torch.no_grad()
def correct_columns(layer: CrossbarLinear, inputs: Tensor) -> None:
    """Measure gain and offset of every column of a layer anew, at the scale of its inputs; [n, in_features]."""
    some = inputs[:MOST_EXAMPLES].expand(layer.chips.chips, -1, -1)
    measured = layer.placed.multiply(layer.number, some, layer.input_scale(some))
    _set_columns(layer, measured, some @ layer.weight.mT.detach().cpu())


def _set_columns(layer: CrossbarLinear, measured: Tensor, exact: Tensor) -> None:
    gain, offset = _fitted(measured, exact)
    layer.output_gain.copy_(gain)
    layer.output_offset.copy_(offset)


def _on_levels(mapping: WeightMapping, weights: Tensor) -> Tensor:
    """Weights as levels carry them."""
    return mapping.weights(*mapping.targets(mapping.clipped(weights)))


def _fitted(outputs: Tensor, wanted: Tensor) -> tuple[Tensor, Tensor]:
    """Gain and offset of each column, [..., outputs], that bring [..., examples, outputs] nearest to what is wanted.

    1 and 0 where there are too few examples to tell, or the outputs hardly depend on the inputs.
    """
    if outputs.shape[-2] < FEWEST_FOR_A_FIT:
        return torch.ones_like(outputs[..., 0, :]), torch.zeros_like(outputs[..., 0, :])
    means = outputs.mean(-2), wanted.mean(-2)
    away, wanted_away = outputs - means[0][..., None, :], wanted - means[1][..., None, :]
    both, size = (away * wanted_away).sum(-2), away.square().sum(-2)
    gain = torch.where(both > 0, both / size, 1.0)
    return gain, means[1] - gain * means[0]


def _left(outputs: Tensor, wanted: Tensor) -> float:
    """Root mean square of what `_fitted` leaves, over that of what is wanted about its mean."""
    gain, offset = _fitted(outputs, wanted)
    size = float((wanted - wanted.mean(-2, keepdim=True)).square().mean())
    left = outputs * gain[..., None, :] + offset[..., None, :] - wanted
    return (float(left.square().mean()) / size) ** 0.5 if size else 0.0


def _slope(outputs: Tensor, wanted: Tensor) -> float:
    size = float(wanted.square().sum())
    return float((outputs * wanted).sum()) / size if size else 1.0
