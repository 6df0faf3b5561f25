"""A task as a page sends it: classes with names and examples, and further examples to be judged by."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from ohmshot.adapt.software import software_heads
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.familiarity import Familiar
from ohmshot.data.labelled_files import LabelledFiles
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.records import Record
from ohmshot.foundation.text import one_line
from ohmshot.task.own_task import OwnTask
from ohmshot.workbench.examples import decoded

FEWEST_CLASSES, MOST_CLASSES, MOST_SHOTS = 2, 20, 5
MOST_JUDGED = 400
"""Further examples of a task in all."""

Name = Annotated[str, Field(max_length=80)]
Example = Annotated[str, Field(max_length=400_000)]


class GivenClass(Record):
    """One class of a page."""

    name: Name
    examples: tuple[Example, ...] = Field(max_length=MOST_SHOTS)
    queries: tuple[Example, ...] = Field(default=(), max_length=100)


class GivenTask(Record):
    """What a page sends to be learned."""

    bundle: Annotated[str, Field(max_length=60)] = "characters"
    classes: tuple[GivenClass, ...] = Field(max_length=MOST_CLASSES)


@dataclass(frozen=True)
class BenchTask:
    """A task with its features.

    Attributes:
        sent: as the page sent it.
        given: without the classes that have no example.
        bundle: the learned initialisation, for the number of classes of the task.
        names: of the classes.
        support: examples to learn from, [n, *shape of one].
        labels: int64 [n].
        query: further examples, [m, *shape of one]; none where m is 0.
        query_labels: int64 [m].
        support_features: [n, features].
        query_features: [m, features].
        remarks: what is odd about the examples, one sentence each.
    """

    sent: GivenTask
    given: GivenTask
    bundle: Bundle
    names: tuple[str, ...]
    support: Tensor
    labels: Tensor
    query: Tensor
    query_labels: Tensor
    support_features: Tensor
    query_features: Tensor
    remarks: tuple[str, ...]

    @functools.cached_property
    def familiar(self) -> Familiar:
        """What tells examples that are like nothing learned."""
        return Familiar.of(self.support_features, self.labels)

    @functools.cached_property
    def exact_shares(self) -> tuple[Tensor, ...]:
        """Probabilities of the classes with exact weights, before the first update and after each, [m, classes]: of the
        further examples, or where there are none of those learned from.
        """
        standard = self.bundle.standard(self.support_features, self.labels)
        asked = standard(self.query_features if len(self.query) else self.support_features)
        learned = software_heads(self.bundle, standard(self.support_features), self.labels)
        return tuple(torch.softmax(heads.forward(head, asked).logits, -1) for head in learned)

    @property
    def exact_labels(self) -> Tensor:
        """Labels of `exact_shares`."""
        return self.query_labels if len(self.query) else self.labels

    def own_task(self) -> OwnTask:
        """The same task as `ohmshot adapt` has it."""
        return OwnTask(
            _files(self.names, self.support, self.labels),
            _files(self.names, self.query, self.query_labels) if len(self.query) else None,
        )


def bench_task(given: GivenTask, bundle: Bundle) -> BenchTask:
    """Read and check a task.

    Args:
        sent: as the page sent it.
        given: without the classes that have no example.
        bundle: the learned initialisation, for any number of classes.

    Raises:
        DataError: too few classes, a class without examples or without a name, or two of one name.
    """
    filled = [each for each in given.classes if each.examples]
    if len(filled) < FEWEST_CLASSES:
        there = f"{len(filled)} of them has" if len(filled) == 1 else "none has"
        raise DataError(f"Draw at least two symbols to tell apart; {there} a drawing so far.")
    names = tuple(one_line(each.name.strip()) for each in filled)
    if "" in names:
        raise DataError(f"Symbol {names.index('') + 1} has no name. Give it one.")
    twice = next((name for number, name in enumerate(names) if name in names[:number]), None)
    if twice is not None:
        raise DataError(f"Two symbols are called '{twice}'. Give each a name of its own.")
    support, labels = _examples([each.examples for each in filled], bundle)
    query, query_labels = _examples([each.queries for each in filled], bundle)
    if len(query) > MOST_JUDGED:
        raise DataError(f"{len(query)} further examples are too many; at most {MOST_JUDGED} are judged.")
    left_out = len(given.classes) - len(filled)
    remarks = [f"{left_out} symbols without a drawing were left out."] if left_out > 1 else []
    remarks += ["One symbol without a drawing was left out."] if left_out == 1 else []
    return BenchTask(
        given,
        GivenTask(bundle=given.bundle, classes=tuple(filled)),
        bundle.for_ways(len(names)),
        names,
        support,
        labels,
        query,
        query_labels,
        bundle.features(support),
        bundle.features(query) if len(query) else torch.zeros(0, bundle.header.network.features),
        (*remarks, *_same(names, support, labels)),
    )


def _examples(of_classes: list[tuple[str, ...]], bundle: Bundle) -> tuple[Tensor, Tensor]:
    """All examples [n, *shape of one] with their labels, int64 [n]."""
    values = [decoded(text, bundle) for texts in of_classes for text in texts]
    labels = torch.tensor([label for label, texts in enumerate(of_classes) for _ in texts], dtype=torch.int64)
    return (torch.stack(values) if values else torch.zeros(0, *bundle.example_shape)), labels


def _same(names: tuple[str, ...], support: Tensor, labels: Tensor) -> list[str]:
    """Pairs of classes that share a drawing."""
    first: dict[bytes, int] = {}
    found = []
    for values, label in zip(support, labels.tolist(), strict=True):
        other = first.setdefault(values.numpy().tobytes(), label)
        if other != label:
            found.append(f"'{names[other]}' and '{names[label]}' have the same drawing: no chip can tell them apart.")
    return list(dict.fromkeys(found))


def _files(names: tuple[str, ...], values: Tensor, labels: Tensor) -> LabelledFiles:
    """Examples as if read from one folder a class."""
    count = [0] * len(names)
    paths = []
    for label in labels.tolist():
        count[label] += 1
        paths.append(Path(names[label]) / f"drawing {count[label]}")
    return LabelledFiles(names, values, labels, tuple(paths))
