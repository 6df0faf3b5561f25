"""Engine for a first layer that learns: the error is carried back through the levels that the second layer holds.

    carried[n, i] = sum over j of difference[n, j] x backward[i, j],   for hidden units that are on, else 0

A chip has no transposed multiply, so this is digital; the written levels stand still during an update, and each is
five bits. The rest is the learning engine again (`ohmshot.controller.learning`), with the drive codes of the features
as inputs and rates of its own.
"""

from torch import Tensor

from ohmshot.bundle.levels import over_copies
from ohmshot.controller.learning import LevelConstants, of_level


def backward_weights(constants: LevelConstants, levels: Tensor) -> Tensor:
    """Weights by which the second layer carries the error back: levels [..., copies * outputs] to [..., outputs].

    The bias row, which no hidden unit drives, is to be left out before or after.
    """
    return over_copies(of_level(constants.backward, levels), constants.copies)


def carried(differences: Tensor, backward: Tensor, hidden: Tensor) -> Tensor:
    """Carry differences back.

    Args:
        differences: probabilities less one at the label, [..., examples, ways].
        backward: [..., hidden units, ways].
        hidden: drive codes of the hidden units, [..., examples, hidden units].

    Returns:
        [..., examples, hidden units].
    """
    # Products of float64 are exact here: every partial sum is a whole number far below 2^53.
    return (differences.double() @ backward.double().mT).long() * (hidden > 0)


def cycles(hidden: int, ways: int, examples: int) -> int:
    """Cycles of one update: one multiply-accumulate for each hidden unit, class and example, and one to hand it on."""
    return examples * hidden * (ways + 1)
