"""The fixed convolutions in 8 bits, in the arithmetic that kernels for microcontrollers have (CMSIS-NN, int8).

Lai, Suda and Chandra, "CMSIS-NN", arXiv 1801.06601; quantisation after Jacob et al., CVPR 2018, arXiv 1712.05877:

    sum = bias + sum(input x weight)              32 bits; weights of 8 bits with a scale for each output channel
    output = (sum x multiplier + half) >> shift   one multiplier and shift for each output channel

Activations are whole numbers from 0 to 255, which is int8 with zero point -128 there. Features are divided by their
length, where the bundle wants it, by an integer root and one division each. All functions take and give int64; the C
source `ohmshot_features.c` equals them bit for bit.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle, run_convolutions
from ohmshot.bundle.header import ConvolutionShape, DrawingPreprocessing
from ohmshot.controller.configuration import Configuration
from ohmshot.controller.fixed_point import mantissa, rounded_shift, saturated, square_root
from ohmshot.controller.formats import most_of
from ohmshot.foundation.errors import SettingsError

ACTIVATION_FULL = 255
"""Largest activation."""
WEIGHT_FULL = 127
"""Largest weight: the range is symmetric, as in CMSIS-NN."""
MULTIPLIER_BITS = 31
"""Bits of a multiplier."""
SKIP_FRACTION = 4
"""Fraction bits that the two addends of a residual block keep until they are added."""
SKIP_BITS = 15
"""Bits of the multiplier of what skips layers."""
LAST_FULL = 16383
"""Largest output of the last layer: 15 bits, as what follows divides by its length."""
LENGTH_ROOT_BITS = 20
"""Of the root of a sum of squares of up to 2^40: 1,024 features of 15 bits."""
UNIT_BITS = 15
"""Bits of the constant that features of one length are multiplied by."""


@dataclass(frozen=True)
class FixedLayer:
    """One convolution in integers.

    Attributes:
        shape: of the bundle.
        weights: int64 [outputs, inputs, height, width], each of 8 bits.
        bias: int64 [outputs], in units of the sums.
        multipliers: [outputs].
        shifts: [outputs].
        skip_multiplier: of the activation that skips layers, ``2**-skip_shift``; 0 for none.
        skip_shift: of that.
    """

    shape: ConvolutionShape
    weights: Tensor
    bias: Tensor
    multipliers: tuple[int, ...]
    shifts: tuple[int, ...]
    skip_multiplier: int = 0
    skip_shift: int = 0


@dataclass(frozen=True)
class FixedLayers:
    """The fixed part of a bundle in integers.

    Attributes:
        layers: convolutions.
        unit_length: whether features are divided by their length.
        unit_multiplier: constant that takes features over their length, or as they are, to feature codes,
            ``2**-unit_shift``.
        unit_shift: of that.
        most: largest feature code.
    """

    layers: tuple[FixedLayer, ...]
    unit_length: bool
    unit_multiplier: int
    unit_shift: int
    most: int

    def sums(self, drawings: Tensor) -> Tensor:
        """Outputs of the last layer, int64 [n, features], of drawings uint8 [n, side, side]."""
        held = [drawings[:, None].long()]
        for layer in self.layers:
            held.append(convolved(layer, held))
        return held[-1].flatten(1)

    def codes(self, drawings: Tensor) -> Tensor:
        """Feature codes, int64 [n, features], of drawings uint8 [n, side, side]."""
        sums = self.sums(drawings)
        if not self.unit_length:
            return saturated(rounded_shift(sums * self.unit_multiplier, self.unit_shift), self.most)
        length = square_root(sums.square().sum(1, keepdim=True), LENGTH_ROOT_BITS).clamp(min=1)
        scaled, divisor = sums * self.unit_multiplier, length << self.unit_shift
        size = torch.div(scaled.abs() + (divisor >> 1), divisor, rounding_mode="floor")
        return saturated(size * scaled.sign(), self.most)


def convolved(layer: FixedLayer, held: list[Tensor]) -> Tensor:
    """One convolution; ``held`` has the input of the network and the outputs of all layers so far."""
    shape = layer.shape
    # Products of float64 are exact here: every sum stays far below 2^53.
    sums = torch.nn.functional.conv2d(
        held[-1].double(), layer.weights.double(), layer.bias.double(), shape.stride, shape.padding
    ).long()
    multipliers, shifts = (torch.tensor(each)[:, None, None] for each in (layer.multipliers, layer.shifts))
    if not shape.skip:
        scaled = rounded_shift(sums * multipliers, shifts)
    else:
        skipped = rounded_shift(held[-shape.skip] * layer.skip_multiplier, layer.skip_shift - SKIP_FRACTION)
        both = rounded_shift(sums * multipliers, shifts - SKIP_FRACTION) + skipped
        scaled = rounded_shift(both, SKIP_FRACTION)
    return scaled.clamp(0, ACTIVATION_FULL) if shape.rectified else saturated(scaled, LAST_FULL)


def fixed_layers(bundle: Bundle, configuration: Configuration, drawings: Tensor) -> FixedLayers:
    """Turn the fixed part of a bundle into integers.

    Args:
        bundle: with convolutions, for drawings.
        configuration: of the controller that takes the features.
        drawings: uint8 [n, side, side], whose activations set the ranges.

    Raises:
        SettingsError: a fixed part of another kind.
    """
    _require_supported(bundle)
    ranges = _ranges(bundle, drawings)
    header = bundle.header
    assert isinstance(header.preprocessing, DrawingPreprocessing)
    units = [header.preprocessing.scale]
    layers = []
    for number, ((weight, bias), shape) in enumerate(
        zip(bundle.convolutions, header.network.convolutions, strict=True)
    ):
        full = ACTIVATION_FULL if shape.rectified else LAST_FULL
        unit = ranges[number] / full
        skipped = units[1 + number - shape.skip] if shape.skip else None
        layers.append(_layer(weight, bias, shape, units[-1], unit, skipped))
        units.append(unit)
    standardised = configuration.standardises
    code = configuration.feature_unit if standardised else configuration.input_units[0]
    lengths = configuration.lengths
    size = math.sqrt(header.network.features) if header.network.unit_length else units[-1]
    return FixedLayers(
        tuple(layers),
        header.network.unit_length,
        *mantissa(size / code, UNIT_BITS),
        most_of(lengths.feature) if standardised else lengths.drive_full,
    )


def _layer(
    weight: Tensor, bias: Tensor, shape: ConvolutionShape, before: float, after: float, skipped: float | None
) -> FixedLayer:
    """One convolution; ``before`` and ``after`` are what one step of its input and output stands for."""
    sizes = weight.double().flatten(1).abs().amax(1).clamp(min=1e-12) / WEIGHT_FULL
    sums = sizes * before
    scales = [mantissa(float(each) / after, MULTIPLIER_BITS) for each in sums]
    skip = mantissa(skipped / after, SKIP_BITS) if skipped is not None else (0, 0)
    return FixedLayer(
        shape,
        (weight.double() / sizes[:, None, None, None]).round().long(),
        (bias.double() / sums).round().long(),
        tuple(multiplier for multiplier, _ in scales),
        tuple(shift for _, shift in scales),
        *skip,
    )


def _ranges(bundle: Bundle, drawings: Tensor) -> list[float]:
    """Largest output of every layer over some drawings."""
    shapes = bundle.header.network.convolutions
    preprocessing = bundle.header.preprocessing
    return [
        float(run_convolutions(bundle.convolutions[:n], shapes[:n], preprocessing, drawings).abs().max())
        for n in range(1, len(shapes) + 1)
    ]


def _require_supported(bundle: Bundle) -> None:
    header = bundle.header
    shapes = header.network.convolutions
    if not isinstance(header.preprocessing, DrawingPreprocessing) or not shapes:
        raise SettingsError(
            f"Only convolutions over drawings are exported in 8 bits; {header.name} has none. Leave the fixed part out "
            "and hand its features over as codes."
        )
    if not all(shape.rectified for shape in shapes[:-1]) or shapes[-1].rectified:
        raise SettingsError(
            f"In 8 bits a rectifier follows every convolution but the last; {header.name} is built otherwise. Leave "
            "the fixed part out and hand its features over as codes."
        )
