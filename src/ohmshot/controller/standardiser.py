"""Standardiser: features of a task brought to mean 0 and one size by its support set, in integers.

Two passes over the support set, then one multiply a feature. First the mean of every feature over the classes (each
counts the same, however many examples it has), then the root mean square of what is left, whose inverse is the gain:

    origin = sum(w[label] x),  centred = x - origin,  gain = constant / sqrt(sum(w[label] |centred|^2)).

The root is found bit by bit and divided bit by bit, so a single shared multiplier does. Hardware keeps the features of
the support set in one memory and overwrites them by their drive codes.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.controller.fixed_point import rounded_shift, saturated, square_root
from ohmshot.controller.formats import MEAN_SQUARE_FRACTION, ROOT_BITS, WordLengths


@dataclass(frozen=True)
class StandardConstants:
    """What a controller must know to standardise.

    Attributes:
        class_weights: one over (classes x examples of this class), for each class, 2^-class_shift.
        class_shift: of these.
        gain: constant of the gain, exactly ROOT_BITS bits, 2^-gain_shift.
        gain_shift: of that.
    """

    class_weights: tuple[int, ...]
    class_shift: int
    gain: int
    gain_shift: int


@dataclass(frozen=True)
class Standard:
    """Standard of a task, one for each chip.

    Attributes:
        origin: int64 [..., 1, features], feature codes with fraction bits.
        gain: int64 [..., 1, 1].
        shift: int64 [..., 1, 1], of the gain.
    """

    origin: Tensor
    gain: Tensor
    shift: Tensor


def measured(lengths: WordLengths, constants: StandardConstants, codes: Tensor, labels: Tensor) -> Standard:
    """Measure the standard of a support set.

    Args:
        lengths: word lengths.
        constants: for these examples.
        codes: feature codes, int64 [..., examples, features].
        labels: int64 [examples].
    """
    weights = torch.tensor(constants.class_weights)[labels]
    origin = mean(lengths, constants, codes, weights)
    square = mean_square(constants, centred(lengths, codes, origin), weights)
    gain, shift = gain_of(lengths, constants, square)
    return Standard(origin, gain, shift)


def mean(lengths: WordLengths, constants: StandardConstants, codes: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean of the codes [..., examples, features], with the fraction bits of an origin: [..., 1, features]."""
    total = (codes * weights[:, None]).sum(-2, keepdim=True)
    return rounded_shift(total, constants.class_shift - lengths.origin)


def centred(lengths: WordLengths, codes: Tensor, origin: Tensor) -> Tensor:
    """Codes less the origin, with the fraction bits of an origin; [..., examples, features]."""
    return (codes << lengths.origin) - origin


def mean_square(constants: StandardConstants, centred: Tensor, weights: Tensor) -> Tensor:
    """Weighted mean over the examples of the squared length of what is left, [..., 1, 1]."""
    lengths_squared = centred.square().sum(-1, keepdim=True)
    shift = constants.class_shift - MEAN_SQUARE_FRACTION
    return rounded_shift(lengths_squared * weights[:, None], shift).sum(-2, keepdim=True)


def gain_of(lengths: WordLengths, constants: StandardConstants, square: Tensor) -> tuple[Tensor, Tensor]:
    """Gain and its shift from the mean square: a constant over its root.

    The mean square is shifted by pairs of bits until its root has its highest bit set; the quotient of two numbers of
    ROOT_BITS bits then lies between one half and two, so it has `lengths.gain` bits. Examples that are all alike leave
    nothing to multiply, whatever the gain.
    """
    square = square.clamp(min=1)
    pairs = torch.zeros_like(square)
    for place in range(2, 62, 2):
        pairs += square >= 1 << place
    up = ROOT_BITS - 1 - pairs
    placed = torch.where(up >= 0, square << (2 * up.clamp(min=0)), square >> (2 * (-up).clamp(min=0)))
    root = square_root(placed, ROOT_BITS)
    gain = torch.div(constants.gain << (lengths.gain - 1), root, rounding_mode="floor")
    shift = lengths.gain - 1 + constants.gain_shift - up
    # A gain of more than one step of the drive a step of the origin would only enlarge rounding: it ends there.
    return gain, shift.clamp(min=0)


def drive(lengths: WordLengths, standard: Standard, codes: Tensor) -> Tensor:
    """Drive codes of features, [..., examples, features], under the standard of their task."""
    scaled = centred(lengths, codes, standard.origin) * standard.gain
    return saturated(rounded_shift(scaled, standard.shift), lengths.drive_full)


def cycles(examples: int, features: int, gain_bits: int) -> int:
    """Cycles of one support set: two passes and a third that writes drive codes, root and quotient in between."""
    return 3 * examples * features + ROOT_BITS + gain_bits + 2
