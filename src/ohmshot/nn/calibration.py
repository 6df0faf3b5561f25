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
MOST_EXAMPLES = 64
"""Inputs of a layer that are measured at each scale."""
LEVELS_COARSE = 0.25
LINES_LOSE = 0.2
CLIPPED_INPUTS = 0.02
MULTIPLY_OFF = 0.3
"""From these on, as shares, an error is told of with what would help (our choice): a layer that is off by a quarter
of its signal still classifies, and one that is off by half hardly does."""


class CrossbarWarning(UserWarning):
    """A layer that is on the chips, but can hardly work there."""


@dataclass(frozen=True)
class LayerCalibration:
    """One layer, measured on the chips.

    Attributes:
        name: of the layer.
        weight_full_scale: weight that the widest conductance difference stands for.
        input_full_scale: input that the full read voltage stands for.
        levels_error: root mean square of what rounding to levels and clipping of weights change in the outputs, over
            that of the outputs; computed.
        multiply_error: the same for what the multiply on the chips differs from the weights that were written:
            missed targets, noise, converters and lines; measured.
        gain: slope of the measured outputs over those of the written weights, the largest of all input scales; 1 when
            lines lose nothing. Converters that saturate lower it at small scales, coarse ones at large scales, lines at
            every scale.
        clipped_inputs: share of the inputs beyond the full scale.
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
                f"outputs on the chip are off by {100 * self.multiply_error:.0f} % of their size at the best input "
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

    def __str__(self) -> str:
        return (
            f"{self.name}: weights to {self.weight_full_scale:.3g}, inputs to {self.input_full_scale:.3g}; outputs off "
            f"by {100 * self.levels_error:.1f} % for levels, {100 * self.multiply_error:.1f} % on the chip; gain "
            f"{self.gain:.3f}"
        )


@dataclass(frozen=True)
class Calibration:
    """All layers of a network, measured on the chips.

    Attributes:
        layers: one after another.
    """

    layers: tuple[LayerCalibration, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is wrong, layer by layer."""
        return tuple(f"Layer {layer.name}: {'; '.join(layer.advice)}." for layer in self.layers if layer.advice)

    def __str__(self) -> str:
        return "\n".join([*(str(layer) for layer in self.layers), *self.warnings])


@torch.no_grad()
def choose_weight_scale(layer: CrossbarLinear, inputs: Tensor) -> float:
    """Choose the full scale of the weights whose levels change the outputs least, and set it; returns that change.

    Args:
        layer: the layer, written or not.
        inputs: [n, in_features].

    Returns:
        Root mean square of the change over that of the outputs.
    """
    weights = layer.weight.mT.detach().cpu()
    largest = float(weights.abs().max())
    if largest == 0.0:
        layer.weight_full_scale.fill_(1.0)
        return 0.0
    mapping = layer.placed.array.mappings[layer.number]
    errors = [_off(inputs @ _on_levels(mapping, share * largest, weights), inputs @ weights) for share in WEIGHT_SHARES]
    best = min(range(len(errors)), key=errors.__getitem__)
    layer.weight_full_scale.fill_(WEIGHT_SHARES[best] * largest)
    return errors[best]


@torch.no_grad()
def choose_input_scale(layer: CrossbarLinear, inputs: Tensor, name: str, levels_error: float) -> LayerCalibration:
    """Choose the full scale of the inputs at which the chips multiply best, and set it.

    Args:
        layer: the layer, as it is written.
        inputs: [n, in_features], the same for every chip.
        name: of the layer.
        levels_error: from `choose_weight_scale`.
    """
    some = inputs[:MOST_EXAMPLES].expand(layer.chips.chips, -1, -1)
    largest = float(inputs.abs().max())
    if largest == 0.0:
        layer.input_full_scale.fill_(1.0)
        return LayerCalibration(name, float(layer.weight_full_scale), 1.0, levels_error, 0.0, 1.0, 0.0)
    wanted = some @ layer.placed.written(layer.number)
    measured = [layer.placed.multiply(layer.number, some, share * largest) for share in INPUT_SHARES]
    errors = [_off(outputs, wanted) for outputs in measured]
    best = min(range(len(errors)), key=errors.__getitem__)
    scale = INPUT_SHARES[best] * largest
    layer.input_full_scale.fill_(scale)
    return LayerCalibration(
        name=name,
        weight_full_scale=float(layer.weight_full_scale),
        input_full_scale=scale,
        levels_error=levels_error,
        multiply_error=errors[best],
        gain=max(_slope(outputs, wanted) for outputs in measured),
        clipped_inputs=float((inputs.abs() > scale).double().mean()),
    )


def _on_levels(mapping: WeightMapping, full_scale: float, weights: Tensor) -> Tensor:
    """Weights as levels carry them."""
    scaled = replace(mapping, full_scale=full_scale)
    return scaled.weights(*scaled.targets(scaled.clipped(weights)))


def _off(outputs: Tensor, wanted: Tensor) -> float:
    size = float(wanted.square().mean())
    return (float((outputs - wanted).square().mean()) / size) ** 0.5 if size else 0.0


def _slope(outputs: Tensor, wanted: Tensor) -> float:
    size = float(wanted.square().sum())
    return float((outputs * wanted).sum()) / size if size else 1.0
