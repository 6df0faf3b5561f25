"""Episodes: few-shot tasks drawn from a set of examples (below in the words of drawings)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError


@dataclass(frozen=True)
class EpisodeShape:
    """The size of a few-shot task.

    Attributes:
        ways: characters to tell apart.
        shots: drawings of each character to learn from (support).
        queries: drawings of each character to be judged by (query), none of them in the support.
    """

    ways: int = 5
    shots: int = 5
    queries: int = 15


@dataclass(frozen=True)
class Episodes:
    """A batch of episodes as indices, so that features of fixed layers need computing only once.

    Attributes:
        shape: ways, shots and queries.
        characters: int64, [episodes, ways], index of each way's character.
        support_drawings: int64, [episodes, ways, shots], index of the drawings to learn from.
        query_drawings: int64, [episodes, ways, queries], index of the drawings to be judged by.
    """

    shape: EpisodeShape
    characters: Tensor
    support_drawings: Tensor
    query_drawings: Tensor

    def __len__(self) -> int:
        return self.characters.shape[0]

    def part(self, episodes: slice) -> "Episodes":
        """Return some of the episodes."""
        return Episodes(
            self.shape, self.characters[episodes], self.support_drawings[episodes], self.query_drawings[episodes]
        )

    @property
    def support_labels(self) -> Tensor:
        """Labels of the support set of every episode, int64 [ways * shots], ways in order."""
        return torch.arange(self.shape.ways).repeat_interleave(self.shape.shots)

    @property
    def query_labels(self) -> Tensor:
        """Labels of the query set of every episode, int64 [ways * queries], ways in order."""
        return torch.arange(self.shape.ways).repeat_interleave(self.shape.queries)

    def support(self, values: Tensor) -> Tensor:
        """Pick the support of every episode: [characters, drawings, ...] -> [episodes, ways * shots, ...]."""
        return values[self.characters[:, :, None], self.support_drawings].flatten(1, 2)

    def query(self, values: Tensor) -> Tensor:
        """Pick the query of every episode: [characters, drawings, ...] -> [episodes, ways * queries, ...]."""
        return values[self.characters[:, :, None], self.query_drawings].flatten(1, 2)


def sample_episodes(examples: Examples, shape: EpisodeShape, count: int, random: torch.Generator) -> Episodes:
    """Draw episodes: classes without repetition in an episode, examples without repetition in a class.

    Args:
        examples: where the classes come from.
        shape: ways, shots and queries.
        count: number of episodes.
        random: the source of randomness; the same state and count give the same episodes.

    Raises:
        SettingsError: there are too few classes or examples for this shape.
    """
    _require_enough(examples, shape, count)
    classes = torch.rand(count, examples.classes, generator=random)
    return _chosen(shape, classes, torch.rand(count, shape.ways, examples.examples_per_class, generator=random))


def numbered_episodes(examples: Examples, shape: EpisodeShape, count: int, random: torch.Generator) -> Episodes:
    """Draw episodes as `sample_episodes` does; the first k are equal for any number of episodes of at least k.

    One after the other takes its random numbers from the stream, where `sample_episodes` first draws all classes.
    """
    _require_enough(examples, shape, count)
    each = examples.examples_per_class
    numbers = torch.rand(count, examples.classes + shape.ways * each, generator=random)
    classes, drawings = numbers[:, : examples.classes], numbers[:, examples.classes :]
    return _chosen(shape, classes, drawings.reshape(count, shape.ways, each))


def _require_enough(examples: Examples, shape: EpisodeShape, count: int) -> None:
    if min(shape.ways, shape.shots, shape.queries, count) < 1:
        raise SettingsError("Ways, shots, queries and the number of episodes must each be at least 1.")
    if examples.classes < shape.ways:
        raise SettingsError(
            f"{shape.ways}-way tasks need {shape.ways} classes; {examples.name} has {examples.classes}."
        )
    needed = shape.shots + shape.queries
    if examples.examples_per_class < needed:
        raise SettingsError(
            f"{shape.shots} shots and {shape.queries} queries need {needed} examples of each class; "
            f"{examples.name} has {examples.examples_per_class}."
        )


def _chosen(shape: EpisodeShape, classes: Tensor, drawings: Tensor) -> Episodes:
    """Take the largest of random numbers for [episodes, classes] and [episodes, ways, drawings]: distinct in a row."""
    chosen = drawings.topk(shape.shots + shape.queries, dim=2).indices
    return Episodes(
        shape, classes.topk(shape.ways, dim=1).indices, chosen[..., : shape.shots], chosen[..., shape.shots :]
    )
