"""Episodes: few-shot tasks drawn from a set of examples (below in the words of drawings)."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError

Scope = Literal["any", "one group"]
"""Where the classes of an episode come from: any group, or all from one."""


@dataclass(frozen=True)
class EpisodeShape:
    """The size of a few-shot task.

    Attributes:
        ways: characters to tell apart.
        shots: drawings of each character to learn from (support).
        queries: drawings of each character to be judged by (query), none of them in the support.
        scope: where the characters of an episode come from: any group, or all from one group (one alphabet, one
            person), every group with enough of them being equally likely.

    Examples:
        >>> import ohmshot as oh
        >>> one_alphabet = oh.EpisodeShape(ways=5, shots=1, queries=4, scope="one group")
        >>> oh.draw_tasks(oh.load_examples("invented"), one_alphabet).query.shape
        torch.Size([1, 20, 28, 28])
    """

    ways: int = 5
    shots: int = 5
    queries: int = 15
    scope: Scope = "any"


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

    Where examples come from recordings (`Examples.recordings`), the support of an episode is from one recording and
    its queries are from others.

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
    drawings = torch.rand(count, shape.ways, examples.examples_per_class, generator=random)
    return _chosen(examples, shape, classes, drawings, torch.rand(count, _more(examples, shape), generator=random))


def numbered_episodes(examples: Examples, shape: EpisodeShape, count: int, random: torch.Generator) -> Episodes:
    """Draw episodes as `sample_episodes` does; the first k are equal for any number of episodes of at least k.

    One after the other takes its random numbers from the stream, where `sample_episodes` first draws all classes.
    """
    _require_enough(examples, shape, count)
    each = examples.examples_per_class
    sizes = [examples.classes, shape.ways * each, _more(examples, shape)]
    classes, drawings, more = torch.split(torch.rand(count, sum(sizes), generator=random), sizes, 1)
    return _chosen(examples, shape, classes, drawings.reshape(count, shape.ways, each), more)


def _more(examples: Examples, shape: EpisodeShape) -> int:
    """Random numbers of an episode besides those of its classes and examples: for its group and its recording."""
    return 2 if shape.scope == "one group" or examples.recordings is not None else 0


def _require_enough(examples: Examples, shape: EpisodeShape, count: int) -> None:
    if min(shape.ways, shape.shots, shape.queries, count) < 1:
        raise SettingsError("Ways, shots, queries and the number of episodes must each be at least 1.")
    if examples.classes < shape.ways:
        raise SettingsError(
            f"{shape.ways}-way tasks need {shape.ways} classes; {_with_notes(examples, f'has {examples.classes}')}"
        )
    if shape.scope == "one group" and not len(_groups(examples, shape.ways)):
        raise SettingsError(f"No group of {examples.name} has {shape.ways} classes. Take fewer ways.")
    if examples.recordings is not None:
        _require_enough_in_recordings(examples, examples.recordings, shape)
        return
    needed = shape.shots + shape.queries
    if examples.examples_per_class < needed:
        raise SettingsError(
            f"{shape.shots} shots and {shape.queries} queries need {needed} examples of each class; "
            f"{_with_notes(examples, f'has {examples.examples_per_class}')}"
        )


def _with_notes(examples: Examples, says: str) -> str:
    return " ".join([f"{examples.name} {says}.", *examples.notes])


def _require_enough_in_recordings(examples: Examples, recordings: Tensor, shape: EpisodeShape) -> None:
    support, query = (
        _recordings(examples.support_recordings, recordings),
        _allowed(examples.query_recordings, recordings),
    )
    for recording in support.tolist():
        shots, queries = int((recordings == recording).sum()), int((query & (recordings != recording)).sum())
        if shots < shape.shots or queries < shape.queries:
            raise SettingsError(
                f"{shape.shots} shots and {shape.queries} queries need as many examples of each class; {examples.name} "
                f"has {shots} in recording {recording} and {queries} in others."
            )


def _groups(examples: Examples, ways: int) -> Tensor:
    """Groups that have enough classes, int64 [n], rising."""
    classes = torch.bincount(examples.group)
    return torch.nonzero(classes >= ways).squeeze(1)


def _recordings(chosen: tuple[int, ...], recordings: Tensor) -> Tensor:
    """The recordings that are chosen, or all of them, int64 [n]."""
    return torch.tensor(chosen, dtype=torch.int64) if chosen else torch.nonzero(torch.bincount(recordings)).squeeze(1)


def _allowed(chosen: tuple[int, ...], recordings: Tensor) -> Tensor:
    """Examples of chosen recordings, or of any, bool [examples]."""
    return torch.isin(recordings, _recordings(chosen, recordings))


def _one_of(values: Tensor, numbers: Tensor) -> Tensor:
    """Choose one of some values [n] by each of some numbers from 0 to 1, [episodes]."""
    return values[(numbers * len(values)).long().clamp(max=len(values) - 1)]


def _chosen(examples: Examples, shape: EpisodeShape, classes: Tensor, drawings: Tensor, more: Tensor) -> Episodes:
    """Take the largest of random numbers for [episodes, classes] and [episodes, ways, drawings]: distinct in a row."""
    if shape.scope == "one group":
        group = _one_of(_groups(examples, shape.ways), more[:, 0])
        classes = classes.masked_fill(examples.group != group[:, None], -1.0)
        return _of_classes(examples, shape, classes.topk(shape.ways, dim=1).indices.sort(1).values, drawings, more)
    return _of_classes(examples, shape, classes.topk(shape.ways, dim=1).indices, drawings, more)


def _of_classes(
    examples: Examples, shape: EpisodeShape, characters: Tensor, drawings: Tensor, more: Tensor
) -> Episodes:
    """Choose the examples of episodes whose classes are chosen, in rising order where they are of one group."""
    if examples.recordings is None:
        chosen = drawings.topk(shape.shots + shape.queries, dim=2).indices
        return Episodes(shape, characters, chosen[..., : shape.shots], chosen[..., shape.shots :])
    recording = _one_of(_recordings(examples.support_recordings, examples.recordings), more[:, 1])
    support = (examples.recordings == recording[:, None])[:, None]
    query = ~support & _allowed(examples.query_recordings, examples.recordings)
    return Episodes(
        shape,
        characters,
        drawings.masked_fill(~support, -1.0).topk(shape.shots, dim=2).indices,
        drawings.masked_fill(~query, -1.0).topk(shape.queries, dim=2).indices,
    )
