"""Learning engine: errors times their rate, outer product with the inputs, new weights, their levels.

    error[n, j]  = (p[n, j] - [j is the label of n]) x rate of the update and of the label's class
    weight[i, j] -= sum over n of input[n, i] x error[n, j]

All errors of an update come first, then the weights row by row, so that each row of exact weights is read and written
once an update and only multiply-accumulates lie between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.controller.fixed_point import rounded_shift, saturated
from ohmshot.controller.formats import WordLengths, most_of


@dataclass(frozen=True)
class RateConstants:
    """Rates of one layer, one for each update and class, ``rate / 2**shift`` error codes for an error of one.

    Attributes:
        rates: [updates][ways]; the rate over (classes x examples of this class).
        shift: of all of them.
        gradient_shift: a sum of products is shifted right by it, left where it is below 0, before it moves a weight.
    """

    rates: tuple[tuple[int, ...], ...]
    shift: int
    gradient_shift: int


@dataclass(frozen=True)
class LevelConstants:
    """Weights of one layer, on levels of their cells.

    Attributes:
        most: largest weight, that of the widest difference of all copies.
        values: weight of one copy at each level, from 0, [LEVELS].
        thresholds: weight of one copy from which the next level is nearer, [LEVELS - 1].
        copies: pairs of cells that carry a weight together.
        backward: `values` as the error is carried back by them, [LEVELS].
    """

    most: int
    values: tuple[int, ...]
    thresholds: tuple[int, ...]
    copies: int
    backward: tuple[int, ...]


def differences(lengths: WordLengths, probabilities: Tensor, labels: Tensor) -> Tensor:
    """Probabilities [..., examples, ways] less one at the label of each example, int64 [examples]."""
    one = torch.nn.functional.one_hot(labels, probabilities.shape[-1]) << lengths.probability
    return probabilities - one


def errors(lengths: WordLengths, constants: RateConstants, update: int, differences: Tensor, labels: Tensor) -> Tensor:
    """Differences [..., examples, n] times the rate of an update and of each example's class, as error codes."""
    rates = torch.tensor(constants.rates[update])[labels]
    return saturated(rounded_shift(differences * rates[:, None], constants.shift), most_of(lengths.error))


def gradient(inputs: Tensor, errors: Tensor) -> Tensor:
    """Outer products added up over the examples: [..., examples, inputs], [..., examples, outputs] to both."""
    # Products of float64 are exact here: every partial sum is a whole number far below 2^53.
    return (inputs.double().mT @ errors.double()).long()


def moved(rates: RateConstants, most: int, weights: Tensor, gradient: Tensor) -> Tensor:
    """Weights less a gradient, held inside what pairs of cells can carry; [..., inputs, outputs]."""
    return saturated(weights - rounded_shift(gradient, rates.gradient_shift), most)


def levels(constants: LevelConstants, weights: Tensor) -> Tensor:
    """Signed levels of the pairs that carry weights, [..., outputs] to [..., copies * outputs].

    Each copy takes the level nearest to its share of what is left, so later copies undo the rounding of earlier ones:
    the largest level whose threshold, times the copies that are still to come, is not above what is left.
    """
    left, found = weights, []
    for still in range(constants.copies, 0, -1):
        level = sum(
            (left.abs() >= still * threshold for threshold in constants.thresholds), torch.zeros_like(left)
        ) * sign(left)
        found.append(level)
        left = left - of_level(constants.values, level)
    return torch.cat(found, -1)


def of_level(values: Sequence[int], level: Tensor) -> Tensor:
    """Signed value of signed levels, by a table of LEVELS values; any shape."""
    return torch.tensor(values)[level.abs()] * sign(level)


def sign(values: Tensor) -> Tensor:
    """-1 below 0, else 1."""
    return 1 - 2 * (values < 0).long()


def changes(before: Tensor, after: Tensor) -> Tensor:
    """Which pairs are to be written: those whose level has moved; bool, any shape."""
    return before != after


def cycles(inputs: int, outputs: int, copies: int, examples: int) -> int:
    """Cycles of one update of a layer: for each row fetch, multiply-accumulate, add, choose levels, write back."""
    return inputs * (1 + examples + 1 + copies * outputs + 1)
