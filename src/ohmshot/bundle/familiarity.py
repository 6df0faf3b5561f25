"""Whether a task has seen anything like an example: "I do not know this one" where it has not.

The score of an example is the largest cosine between its features and the mean features of a class, in [-1, 1]. What
lies below the threshold is foreign. Of ten scores (shares, margin, entropy and energy of the answer, distances and
cosines of features) it tells foreign characters best, and it alone needs no other threshold for another number of
classes; `benchmarks/unknown.py` prints them all and chooses the thresholds.
"""

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle

THRESHOLDS = {"characters": (0.735, 0.796, 0.815, 0.824, 0.831)}
"""Of the bundles that come with the package, for 1, 2, ... examples of each class; more than 5 count as 5.

Chosen so that 5 % of the drawings of learned classes are refused, on mirror images of Omniglot's background characters:
classes that the features were never trained on, and none of them is among the evaluation alphabets."""


def familiarity(features: Tensor, means: Tensor) -> Tensor:
    """Largest cosine of features [..., features] with the means of classes [classes, features]: [...]."""
    unit = torch.nn.functional.normalize
    return (unit(features, dim=-1) @ unit(means, dim=-1).mT).amax(-1)


def class_means(features: Tensor, labels: Tensor) -> Tensor:
    """Mean features of each class, [classes, features], of examples [n, features] with labels int64 [n]."""
    member = torch.nn.functional.one_hot(labels).to(features)
    return (member / member.sum(0)).mT @ features


def threshold_of(bundle: Bundle, shots: int) -> float | None:
    """The familiarity below which an example is foreign; None where nobody has chosen one for this bundle.

    Args:
        bundle: the learned initialisation.
        shots: examples of each class, the fewest of any class.
    """
    known = THRESHOLDS.get(bundle.header.name)
    return None if known is None else known[min(shots, len(known)) - 1]
