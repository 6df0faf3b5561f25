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
        """int64, [ways * shots]: the same for all episodes, ways in order."""
        return torch.arange(self.shape.ways).repeat_interleave(self.shape.shots)

    @property
    def query_labels(self) -> Tensor:
        """int64, [ways * queries]: the same for all episodes, ways in order."""
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
        random: the source of randomness; the same state gives the same episodes.

    Raises:
        SettingsError: there are too few classes or examples for this shape.
    """
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
    characters = _distinct(count, examples.classes, shape.ways, random)
    chosen = _distinct(count * shape.ways, examples.examples_per_class, needed, random)
    chosen = chosen.view(count, shape.ways, needed)
    return Episodes(shape, characters, chosen[..., : shape.shots], chosen[..., shape.shots :])


def _distinct(rows: int, below: int, count: int, random: torch.Generator) -> Tensor:
    """Return [rows, count] integers under ``below``, distinct within a row, each subset equally likely."""
    return torch.rand(rows, below, generator=random).topk(count, dim=1).indices
