"""Configuration registers: what a controller is told once, worked out from a bundle, a datasheet and a support set.

Here, and nowhere else in this room, are floating-point numbers of the task: they become mantissas and shifts, and the
blocks see integers only. What depends on the number of examples of each class (`TaskConstants`) is apart from what
depends on the bundle and the chip.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.datasheet import Datasheet
from ohmshot.controller.fixed_point import mantissa
from ohmshot.controller.formats import (
    CLASS_WEIGHT_BITS,
    LEVELS,
    MEAN_SQUARE_FRACTION,
    ROOT_BITS,
    Dimensions,
    WordLengths,
    most_of,
)
from ohmshot.controller.learning import LevelConstants, RateConstants
from ohmshot.controller.multiply import HiddenConstants
from ohmshot.controller.softmax import SoftmaxConstants
from ohmshot.controller.standardiser import StandardConstants
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.array import HeadOnArray
from ohmshot.host.placement import Block

FEATURES_WITHIN = 8.0
"""Features that the fixed part hands on in units of their spread over the training examples, as those of EMG, lie
within this (our choice: a person who is eight standard deviations off saturates)."""


@dataclass(frozen=True)
class Configuration:
    """A controller for one bundle on one kind of chip.

    Attributes:
        lengths: word lengths.
        blocks: of every layer, where they lie on the array.
        inputs: of every layer, the constant one among them.
        outputs: of every layer.
        constants: drive code of the constant input, of every layer.
        standardises: whether features are brought to a standard by the support set.
        converter_step: uA of a converter's code.
        feature_unit: what a feature code stands for.
        input_units: what a drive code stands for, of every layer.
        sum_units: what a sum of converter codes stands for, of every layer.
        weight_units: what a weight code stands for, of every layer.
        hidden: constants of the hidden activations; None for one layer.
        softmax: constants of the softmax unit.
        levels: weights and levels, of every layer.
        learning_rates: of the bundle, [updates][layers].
    """

    lengths: WordLengths
    blocks: tuple[tuple[Block, ...], ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    constants: tuple[int, ...]
    standardises: bool
    converter_step: float
    feature_unit: float
    input_units: tuple[float, ...]
    sum_units: tuple[float, ...]
    weight_units: tuple[float, ...]
    hidden: HiddenConstants | None
    softmax: SoftmaxConstants
    levels: tuple[LevelConstants, ...]
    learning_rates: tuple[tuple[float, ...], ...]

    @property
    def layers(self) -> int:
        """Number of layers, 1 or 2."""
        return len(self.inputs)

    def size(self, examples: int) -> Dimensions:
        """Dimensions for a support set of so many examples."""
        return Dimensions(
            inputs=self.inputs,
            outputs=self.outputs,
            copies=tuple(level.copies for level in self.levels),
            stacked=tuple(
                stacked(blocks, outputs * level.copies)
                for blocks, outputs, level in zip(self.blocks, self.outputs, self.levels, strict=True)
            ),
            examples=examples,
        )


@dataclass(frozen=True)
class TaskConstants:
    """What depends on how many examples each class has.

    Attributes:
        standard: constants of the standardiser; None where the bundle takes features as they are.
        rates: of every layer; None for one that does not learn.
    """

    standard: StandardConstants | None
    rates: tuple[RateConstants | None, ...]


def stacked(blocks: tuple[Block, ...], outputs: int) -> int:
    """Most blocks that add up to one output column."""
    heights = [0] * outputs
    for block in blocks:
        first, width = block.outputs
        for output in range(first, first + width):
            heights[output] += 1
    return max(heights)


def configured(bundle: Bundle, array: HeadOnArray, lengths: WordLengths) -> Configuration:
    """Configure a controller.

    Args:
        bundle: the learned initialisation, for the ways of the task.
        array: its head on the array of these chips, with the mappings of the host.
        lengths: word lengths.

    Raises:
        SettingsError: a bundle or a chip that the controller cannot serve; the message says which part.
    """
    header, sheet = bundle.header, array.sheet
    _require_supported(bundle, sheet)
    layers = range(len(bundle.head))
    step = _range(sheet) / lengths.converter_full
    input_units = tuple(scale / lengths.drive_full for scale in array.input_scales)
    sum_units = tuple(
        step * scale / sheet.read_voltage * mapping.full_scale / (mapping.copies * mapping.window)
        for scale, mapping in zip(array.input_scales, array.mappings, strict=True)
    )
    levels = tuple(level_constants(sheet, mapping.copies, mapping.window, lengths) for mapping in array.mappings)
    scale = lengths.scale
    return Configuration(
        lengths=lengths,
        blocks=tuple(tuple(block for block in array.placement.blocks if block.layer == layer) for layer in layers),
        inputs=tuple(weights.shape[0] for weights in bundle.head),
        outputs=tuple(weights.shape[1] for weights in bundle.head),
        constants=tuple(min(lengths.drive_full, round(1 / unit)) for unit in input_units),
        standardises=header.standard == "support",
        converter_step=step,
        feature_unit=_feature_full_scale(bundle) / most_of(lengths.feature),
        input_units=input_units,
        sum_units=sum_units,
        weight_units=tuple(
            mapping.full_scale / level.most for mapping, level in zip(array.mappings, levels, strict=True)
        ),
        hidden=HiddenConstants(*mantissa(sum_units[0] / input_units[1], scale)) if len(layers) == 2 else None,
        softmax=SoftmaxConstants(*mantissa(sum_units[-1] * math.log2(math.e) * 2**lengths.exponent, scale)),
        levels=levels,
        learning_rates=header.rates,
    )


def level_constants(sheet: Datasheet, copies: int, window: float, lengths: WordLengths) -> LevelConstants:
    """Weights and levels of one layer: the largest weight code is that of the widest difference of all copies."""
    most, full = most_of(lengths.weight), most_of(lengths.backward)
    shares = [
        (level - sheet.reset_conductance) / window for level in (sheet.reset_conductance, *sheet.level_conductances)
    ]
    middles = [(one + other) / 2 for one, other in pairwise(shares)]
    return LevelConstants(
        most=most,
        values=tuple(round(share * most / copies) for share in shares),
        thresholds=tuple(round(share * most / copies) for share in middles),
        copies=copies,
        backward=tuple(round(share * full) for share in shares),
    )


def for_task(configuration: Configuration, labels: Tensor) -> TaskConstants:
    """Work out what depends on the labels of a support set, int64 [examples]."""
    ways = configuration.outputs[-1]
    counts = torch.bincount(labels, minlength=ways).tolist()
    present = sum(count > 0 for count in counts)
    shares = tuple(1 / (present * count) if count else 0.0 for count in counts)
    standard = standard_constants(configuration, shares) if configuration.standardises else None
    rates = tuple(rate_constants(configuration, layer, shares) for layer in range(configuration.layers))
    return TaskConstants(standard, rates)


def standard_constants(configuration: Configuration, shares: tuple[float, ...]) -> StandardConstants:
    """Constants of the standardiser.

    Args:
        configuration: of the controller.
        shares: weight of one example of each class in the mean over classes, [ways].
    """
    features = configuration.inputs[0] - 1
    _, shift = mantissa(max(shares), CLASS_WEIGHT_BITS)
    weights = tuple(round(math.ldexp(share, shift)) for share in shares)
    gain = math.sqrt(features * 2**MEAN_SQUARE_FRACTION) / configuration.input_units[0]
    return StandardConstants(weights, shift, *mantissa(gain, ROOT_BITS))


def rate_constants(configuration: Configuration, layer: int, shares: tuple[float, ...]) -> RateConstants | None:
    """Rates of one layer as mantissas, and how far its gradients are shifted; None where the layer does not learn.

    An error code is worth a power of two of weight codes for each drive code, so that no multiplier comes after the
    sum of products; the power is the finest with which the largest error fits.

    Args:
        configuration: of the controller.
        layer: number of the layer.
        shares: weight of one example of each class, [ways].
    """
    lengths = configuration.lengths
    rates = [[row[layer] * share for share in shares] for row in configuration.learning_rates]
    steepest = max(abs(rate) for row in rates for rate in row)
    if not steepest:
        return None
    last = layer == configuration.layers - 1
    # A difference of probabilities is at most 1. Carried back it is at most the full scale of the second layer for
    # each class that is fully wrong; that one example is wrong towards two classes at once saturates.
    full = 1.0 if last else configuration.weight_units[1] * configuration.levels[1].most
    code = 2.0**-lengths.probability
    if not last:
        code *= full / (configuration.levels[1].copies * most_of(lengths.backward))
    one = configuration.weight_units[layer] / configuration.input_units[layer]
    finest = steepest * full / most_of(lengths.error)
    gradient_shift = -math.ceil(math.log2(finest / one))
    unit = one * 2.0**-gradient_shift
    _, shift = mantissa(steepest * code / unit, lengths.rate)
    return RateConstants(
        tuple(tuple(round(math.ldexp(rate * code / unit, shift)) for rate in row) for row in rates),
        shift,
        gradient_shift,
    )


def _feature_full_scale(bundle: Bundle) -> float:
    """What the largest feature code stands for."""
    header = bundle.header
    if header.standard == "none":
        return header.mapping.input_full_scale[0]
    if header.network.unit_length:
        return math.sqrt(header.network.features)
    return FEATURES_WITHIN


def _range(sheet: Datasheet) -> float:
    if sheet.output_range_ua is None:
        raise SettingsError(
            "The controller converts column currents to codes and must know their range, which this chip's datasheet "
            "does not tell. Let the computer learn: leave --controller out."
        )
    return sheet.output_range_ua


def _require_supported(bundle: Bundle, sheet: Datasheet) -> None:
    header = bundle.header
    if header.targets is not None:
        raise SettingsError(
            f"The controller learns classes; the bundle {header.name} learns real vectors. Leave --controller out."
        )
    if len(bundle.head) > 2:
        raise SettingsError(
            f"The controller has engines for one layer or two; the head of {header.name} has {len(bundle.head)}. "
            "Leave --controller out."
        )
    if len(sheet.level_conductances) != LEVELS - 1:
        raise SettingsError(
            f"The controller's tables are for {LEVELS - 1} levels above the reset state; this chip's datasheet tells "
            f"{len(sheet.level_conductances)}. Leave --controller out."
        )
    made_here = bool(header.network.convolutions) or header.network.graph is not None
    if header.standard == "support" and made_here and not header.network.unit_length:
        raise SettingsError(
            f"The controller cannot know how large the features of {header.name} get, since they are not brought to "
            "unit length. Leave --controller out."
        )
