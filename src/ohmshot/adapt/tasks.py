"""Tasks to learn: episodes, with the features of the examples that they refer to."""

from dataclasses import dataclass

from torch import Tensor

from ohmshot.data.episodes import Episodes


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


@dataclass(frozen=True)
class Tasks:
    """Episodes with the features of all examples.

    Attributes:
        features: [classes, examples, features] (`ohmshot.bundle.bundle.Bundle.features`).
        episodes: which classes and examples.
    """

    features: Tensor
    episodes: Episodes

    def part(self, numbers: range) -> "Tasks":
        """Return some of the tasks as tasks of their own, by their numbers."""
        return Tasks(self.features, self.episodes.part(slice(numbers.start, numbers.stop)))

    def batch(self, numbers: range) -> TaskBatch:
        """Return some of the tasks, by their numbers."""
        part = self.episodes.part(slice(numbers.start, numbers.stop))
        return TaskBatch(part.support(self.features), part.support_labels, part.query(self.features), part.query_labels)
