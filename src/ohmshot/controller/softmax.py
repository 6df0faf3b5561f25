"""Softmax unit: sums of the last layer to probabilities, by a table of 2^-x, shifts and a divider.

    p[j] = 2^-z[j] / sum(2^-z),   z[j] = (max(s) - s[j]) x log2(e) x unit of a logit

The whole part of z is a shift, its first fraction bits address a table. The divider gives one bit a cycle.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.controller.fixed_point import rounded_shift
from ohmshot.controller.formats import WordLengths


@dataclass(frozen=True)
class SoftmaxConstants:
    """Constant that takes a sum of converter codes to a logit to base two, ``scale / 2**shift``."""

    scale: int
    shift: int


def table(lengths: WordLengths) -> tuple[int, ...]:
    """Entries 2^-x at x = 0, 2^-table, 2 x 2^-table ... below 1; the first is the largest number of an entry."""
    most, count = (1 << lengths.entry) - 1, 1 << lengths.table
    return tuple(round(2.0 ** (-address / count) * most) for address in range(count))


def exponent(lengths: WordLengths, constants: SoftmaxConstants, sums: Tensor) -> Tensor:
    """How far a sum lies below the largest one, as a logit to base two with fraction bits: [..., ways]."""
    below = sums.amax(-1, keepdim=True) - sums
    return rounded_shift(below * constants.scale, constants.shift)


def exponential(lengths: WordLengths, exponents: Tensor) -> Tensor:
    """2^-z with its guard bits, of exponents with fraction bits; any shape."""
    whole = (exponents >> lengths.exponent).clamp(max=lengths.entry + lengths.guard)
    fraction = exponents & ((1 << lengths.exponent) - 1)
    address = fraction >> (lengths.exponent - lengths.table)
    return (torch.tensor(table(lengths))[address] << lengths.guard) >> whole


def probability(lengths: WordLengths, exponentials: Tensor) -> Tensor:
    """Share of each of the total, rounded, with its fraction bits: [..., ways]."""
    total = exponentials.sum(-1, keepdim=True)
    return torch.div((exponentials << lengths.probability) + (total >> 1), total, rounding_mode="floor")


def probabilities(lengths: WordLengths, constants: SoftmaxConstants, sums: Tensor) -> Tensor:
    """Probabilities of the classes from sums of the last layer, int64 [..., ways] both."""
    return probability(lengths, exponential(lengths, exponent(lengths, constants, sums)))


def cycles(lengths: WordLengths, ways: int) -> int:
    """Cycles of one example: sums in, exponentials, then a quotient of probability + 1 bits for each class."""
    return ways + ways + ways * (1 + lengths.probability + 1)
