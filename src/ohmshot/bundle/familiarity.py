"""Whether a task has seen anything like an example: "I do not know this one" where it has not.

The score of an example is the largest cosine between its features and the mean features of a class, in [-1, 1]. What
lies below the threshold is foreign. Of ten scores (shares, margin, entropy and energy of the answer, distances and
cosines of features) it tells foreign characters best, and it alone needs no other threshold for another number of
classes; `benchmarks/unknown.py` prints them all and chooses the thresholds.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.nearest_mean import class_means

THRESHOLDS = {"characters": (0.735, 0.796, 0.815, 0.824, 0.831)}
"""Of the bundles that come with the package, for 1, 2, ... examples of each class; more than 5 count as 5.

Chosen so that 5 % of the drawings of learned classes are refused, on mirror images of Omniglot's background characters:
classes that the features were never trained on, and none of them is among the evaluation alphabets."""


def familiarity(features: Tensor, means: Tensor) -> Tensor:
    """Largest cosine of features [..., features] with the means of classes [classes, features]: [...]."""
    unit = torch.nn.functional.normalize
    return (unit(features, dim=-1) @ unit(means, dim=-1).mT).amax(-1)


@dataclass(frozen=True)
class Familiar:
    """What a task has seen.

    Attributes:
        means: mean features of each class, [classes, features].
        shots: examples of each class, the fewest of any.
    """

    means: Tensor
    shots: int

    @classmethod
    def of(cls, features: Tensor, labels: Tensor) -> "Familiar":
        """Sum up a support set, features [examples, features] with labels int64 [examples]."""
        counts = labels.bincount()
        return cls(class_means(features, labels, len(counts)), int(counts.min()))

    def score(self, features: Tensor) -> Tensor:
        """Familiarity of features [..., features]: [...]."""
        return familiarity(features, self.means)

    def threshold(self, bundle: Bundle) -> float | None:
        """See `threshold_of`."""
        return threshold_of(bundle, self.shots)


def threshold_of(bundle: Bundle, shots: int) -> float | None:
    """The familiarity below which an example is foreign; None where nobody has chosen one for this bundle.

    Args:
        bundle: the learned initialisation.
        shots: examples of each class, the fewest of any class.
    """
    known = THRESHOLDS.get(bundle.header.name)
    return None if known is None else known[min(shots, len(known)) - 1]
