"""Features of one task brought to a common origin and size by its own support set.

Another domain than the one trained on (another pen, another sensor) shifts and scales all features. The support set
says by how much, so the learned rates and the input range of the chip keep their meaning. Nothing of the queries is
used: an answer does not depend on what else is asked. Centring features before a nearest-mean classifier: Wang et al.,
"SimpleShot", arXiv 1911.04623 (there by the mean of the training set).
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ohmshot.bundle.class_balance import equally_many, mean_over_classes

INPUT_FULL_SCALE = 3.2
"""Standardised features have a root mean square of 1; nearly all of them lie within this."""
_SMALLEST = 1e-6
"""Keeps a support set whose examples are all alike from dividing by zero."""


@dataclass(frozen=True)
class TaskStandard:
    """Origin and size of a task's features.

    Attributes:
        origin: [..., 1, features], mean over the support set, in which every class counts the same.
        size: [..., 1, 1], root mean square of what is left, one number a task.
    """

    origin: Tensor
    size: Tensor

    @classmethod
    def of(cls, support: Tensor, labels: Tensor | None = None) -> "TaskStandard":
        """Measure a support set.

        Args:
            support: [..., examples, features].
            labels: int64, [examples] or [..., examples], by which every class counts the same; None where there are
                as many examples of each.
        """
        if labels is None or equally_many(labels):
            origin = support.mean(-2, keepdim=True)
            squares = (support - origin).square()
        else:
            origin = mean_over_classes(support, labels)
            squares = mean_over_classes((support - origin).square(), labels)
        return cls(origin, squares.mean((-2, -1), keepdim=True).sqrt().clamp(min=_SMALLEST))

    def __call__(self, features: Tensor) -> Tensor:
        """Bring features of this task, [..., examples, features], to mean 0 and root mean square 1."""
        return (features - self.origin) / self.size


Standard = Literal["none", "support"]
"""How features are brought to a common origin and size: not at all, or by the support set of the task."""


def standard_of(kind: Standard, support: Tensor, labels: Tensor | None = None) -> TaskStandard:
    """Return the standard of a task with this support set; see `TaskStandard.of`."""
    return TaskStandard.of(support, labels) if kind == "support" else NO_STANDARD


NO_STANDARD = TaskStandard(torch.tensor(0.0), torch.tensor(1.0))
"""Leaves features as they are; single numbers, which go with tensors on any device."""
