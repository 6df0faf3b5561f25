"""Tasks to learn: episodes, with the features of the examples that they refer to."""

from collections.abc import Iterator
from dataclasses import dataclass

from torch import Tensor

from ohmshot.data.episodes import Episodes
from ohmshot.foundation.chunks import ranges


@dataclass(frozen=True)
class TaskBatch:
    """One task a chip.

    Attributes:
        support: features to learn from, [n, ways * shots, features].
        support_labels: int64 [ways * shots].
        query: features to be judged by, [n, ways * queries, features].
        query_labels: int64 [ways * queries].
    """

    support: Tensor
    support_labels: Tensor
    query: Tensor
    query_labels: Tensor

    def to(self, device: str) -> "TaskBatch":
        """The same tasks on a device, as PyTorch names it."""
        return TaskBatch(*(each.to(device) for each in vars(self).values()))

    def parts(self, at_once: int) -> Iterator["TaskBatch"]:
        """The tasks in batches of at most so many."""
        for numbers in ranges(len(self.support), at_once):
            part = slice(numbers.start, numbers.stop)
            yield TaskBatch(self.support[part], self.support_labels, self.query[part], self.query_labels)


@dataclass(frozen=True)
class Tasks:
    """Episodes with the features of all examples.

    Attributes:
        features: [classes, examples, features] (`ohmshot.bundle.bundle.Bundle.features`).
        episodes: which classes and examples.
    """

    features: Tensor
    episodes: Episodes

    def batch(self, numbers: range) -> TaskBatch:
        """Return some of the tasks, by their numbers."""
        part = self.episodes.part(slice(numbers.start, numbers.stop))
        return TaskBatch(part.support(self.features), part.support_labels, part.query(self.features), part.query_labels)
