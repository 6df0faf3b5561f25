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

INPUT_FULL_SCALE = 3.2
"""Standardised features have a root mean square of 1; nearly all of them lie within this."""
_SMALLEST = 1e-6
"""Keeps a support set whose examples are all alike from dividing by zero."""


@dataclass(frozen=True)
class TaskStandard:
    """Origin and size of a task's features.

    Attributes:
        origin: [..., 1, features], mean over the support set.
        size: [..., 1, 1], root mean square of what is left, one number a task.
    """

    origin: Tensor
    size: Tensor

    @classmethod
    def of(cls, support: Tensor) -> "TaskStandard":
        """Measure a support set: [..., examples, features]."""
        origin = support.mean(-2, keepdim=True)
        size = (support - origin).square().mean((-2, -1), keepdim=True).sqrt()
        return cls(origin, size.clamp(min=_SMALLEST))

    def __call__(self, features: Tensor) -> Tensor:
        """Bring features of this task, [..., examples, features], to mean 0 and root mean square 1."""
        return (features - self.origin) / self.size


Standard = Literal["none", "support"]
"""How features are brought to a common origin and size: not at all, or by the support set of the task."""


def standard_of(kind: Standard, support: Tensor) -> TaskStandard:
    """Return the standard of a task with this support set, [..., examples, features]."""
    return TaskStandard.of(support) if kind == "support" else NO_STANDARD


NO_STANDARD = TaskStandard(torch.tensor(0.0), torch.tensor(1.0))
"""Leaves features as they are; single numbers, which go with tensors on any device."""
