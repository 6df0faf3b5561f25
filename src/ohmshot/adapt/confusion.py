"""Which classes are taken for which, by what they are: a place in an episode is another class in every episode."""

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ohmshot.data.episodes import Episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.records import Record

MOST_CLASSES = 20
"""Classes of the largest matrix that is kept: beyond, nearly all of its entries are 0."""
MOST_PAIRS = 10


class ConfusedPair(Record):
    """Two classes of which one was answered for the other."""

    true: str
    answered: str
    answers: Annotated[int, Field(ge=1)]
    """Queries of the one that were answered with the other."""
    asked: Annotated[int, Field(ge=1)]
    """Queries of the one in the episodes that have both."""


@dataclass(frozen=True)
class Confusion:
    """Answers after the last update, over all episodes.

    Attributes:
        names: classes of the matrix; empty where there are too many for one.
        counts: queries by true class and by answered class, in the order of the names.
        pairs: the most frequent mistakes, the most frequent one first.
        wrong: queries that were answered wrongly.
    """

    names: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    pairs: tuple[ConfusedPair, ...]
    wrong: int


def confusion_of(examples: Examples, episodes: Episodes, answers: Tensor) -> Confusion:
    """Count which classes were taken for which.

    Args:
        examples: data of the tasks.
        episodes: the tasks.
        answers: int64 [episodes, ways * queries], places in the episode.
    """
    names, number = _classes(examples, episodes)
    there = number[episodes.characters]
    true, answered = there[:, episodes.query_labels].flatten(), there.gather(1, answers).flatten()
    together = true * len(names) + answered
    counts: tuple[tuple[int, ...], ...] = ()
    if len(names) <= MOST_CLASSES:
        matrix = together.bincount(minlength=len(names) ** 2).view(len(names), len(names))
        counts = tuple(tuple(row) for row in matrix.tolist())
    mistakes = together[true != answered]
    kinds, times = torch.unique(mistakes, return_counts=True)
    order = times.argsort(descending=True, stable=True)[:MOST_PAIRS]
    pairs = []
    for kind, count in zip(kinds[order].tolist(), times[order].tolist(), strict=True):
        first, second = divmod(kind, len(names))
        both = (there == first).any(1) & (there == second).any(1)
        asked = int(both.sum()) * episodes.shape.queries
        pairs.append(ConfusedPair(true=names[first], answered=names[second], answers=count, asked=asked))
    return Confusion(names if counts else (), counts, tuple(pairs), len(mistakes))


def _classes(examples: Examples, episodes: Episodes) -> tuple[tuple[str, ...], Tensor]:
    """Names of the classes and the number of each class of the examples among them, int64 [classes].

    The gestures of different people count as one where a task takes all of its classes from one person.
    """
    if not (examples.recurring and episodes.shape.scope == "one group"):
        return examples.class_names, torch.arange(examples.classes)
    own = [name.rpartition("/")[2] for name in examples.class_names]
    names = tuple(dict.fromkeys(own))
    return names, torch.tensor([names.index(name) for name in own])
