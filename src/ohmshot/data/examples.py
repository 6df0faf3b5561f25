"""Labelled examples of many classes, drawings or signals of some kind: what every data source gives, in one form."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

from ohmshot.foundation.summary import Summarised, Summary

IMAGE_SIDE = 28
"""Side of every picture in pixels."""
INK_BOX = 20
"""Side in pixels of the square that digits and a person's own drawings are fitted to, about what Omniglot's fill."""

GROUPS_NAMED = 5
"""In the table of a notebook."""


@dataclass(frozen=True, repr=False)
class Examples(Summarised):
    """Equally many examples of each class; the classes come in groups.

    Attributes:
        name: the source, as a report names it ("omniglot evaluation").
        values: [classes, examples, *shape of one example]; drawings are uint8 [28, 28], 0 paper, 255 ink, grey where a
            pixel is partly covered; features that a person computed are float32 [features, 1], images float32
            [channels, height, width]; anything else is float32 [channels, length] in the unit of the sensor.
        group: int64 [classes], the group of each class as an index into ``group_names``.
        group_names: classes of one group are alike: an alphabet, a family of gestures. Whole groups are held out.
        class_names: one for each class.
        citation: where the data come from, in one line.
        references: where the data come from, as keys of `ohmshot.foundation.references`, with who prepared them.
        kind: what they are, by which their preprocessing is chosen.
        recordings: int64 [examples], the recording (a hold of a gesture, a session) that an example of a class comes
            from; None where each is of its own. No task learns from and is judged by the same recording.
        support_recordings: recordings that a support set may come from; empty for any.
        query_recordings: recordings that queries may come from; empty for any.
        notes: what of a person's files is not among these examples, and why, in sentences.

    Examples:
        >>> import ohmshot as oh
        >>> digits = oh.load_examples("digits")
        >>> digits.classes, digits.values.shape, digits.values.dtype
        (10, torch.Size([10, 174, 28, 28]), torch.uint8)
    """

    name: str
    values: Tensor
    group: Tensor
    group_names: tuple[str, ...]
    class_names: tuple[str, ...]
    citation: str
    references: tuple[str, ...] = ()
    kind: Literal["drawing", "signal", "emg", "motion", "speech", "features", "image"] = "drawing"
    recordings: Tensor | None = None
    support_recordings: tuple[int, ...] = ()
    query_recordings: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def _summary(self) -> Summary:
        shape = " x ".join(str(size) for size in self.values.shape[2:])
        text = f"{self.name!r}: {self.classes} classes, {self.examples_per_class} examples of each, {self.kind} {shape}"
        rows = [
            ("groups", f"{len(self.group_names)}: {', '.join(self.group_names[:GROUPS_NAMED])}"),
            ("values", f"{self.values.dtype} {list(self.values.shape)}".removeprefix("torch.")),
            ("from", self.citation),
        ]
        return Summary(text, rows)

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.values.shape[0]

    @property
    def examples_per_class(self) -> int:
        """Number of examples of each class."""
        return self.values.shape[1]

    @property
    def recurring(self) -> bool:
        """Whether classes of one name in different groups are the same: gestures of people, digits of speakers."""
        return self.kind in ("emg", "motion", "speech")

    def of_groups(self, groups: Sequence[int]) -> "Examples":
        """Return only the classes of the groups with these indices; names and numbers of the groups are kept."""
        wanted = torch.isin(self.group, torch.tensor(list(groups), dtype=torch.int64))
        return self.of_classes(wanted.nonzero().squeeze(1))

    def of_classes(self, classes: Tensor) -> "Examples":
        """Return only the classes with these indices, int64 [n], in this order."""
        names = tuple(self.class_names[i] for i in classes.tolist())
        return replace(self, values=self.values[classes], group=self.group[classes], class_names=names)

    def enlarged(self) -> "Examples":
        """Return more classes to train on, made of these where that is honest: turned drawings; others as they are."""
        return self.with_rotations() if self.kind == "drawing" else self

    def in_pairs(self) -> "Examples":
        """Return half the classes, each made of two: an example is of a class that has two kinds of examples.

        The first half of the classes are paired with the second half in order, so that two kinds are of different
        groups where groups lie side by side: two alphabets, or the same gesture of two people. A class has the group of
        its first kind; only those are left, named after both groups where all classes of one go with one other.
        Recordings keep their numbers: those of one number, of both kinds, count as one.
        """
        half = self.classes // 2
        first, second = slice(half), slice(half, 2 * half)
        names = zip(self.class_names[first], self.class_names[second], strict=True)
        of_first = self.group[first].tolist()
        left = sorted(set(of_first))
        beside: dict[int, set[int]] = {}
        for number, other in zip(of_first, self.group[second].tolist(), strict=True):
            beside.setdefault(number, set()).add(other)
        return replace(
            self,
            name=f"{self.name} in pairs",
            values=torch.cat([self.values[first], self.values[second]], 1),
            group=torch.tensor([left.index(number) for number in of_first]),
            group_names=tuple(
                " and ".join(self.group_names[each] for each in (number, *beside[number]) if len(beside[number]) == 1)
                or self.group_names[number]
                for number in left
            ),
            class_names=tuple(f"{one} or {other}" for one, other in names),
            recordings=None if self.recordings is None else self.recordings.repeat(2),
        )

    def with_rotations(self) -> "Examples":
        """Return four times the classes: each drawing turned by 0, 90, 180 and 270 degrees is of a class of its own."""
        turned = [torch.rot90(self.values, quarter, dims=(2, 3)) for quarter in range(4)]
        names = (
            f"{name} turned {90 * quarter}" if quarter else name for quarter in range(4) for name in self.class_names
        )
        return replace(
            self,
            name=f"{self.name} x 4 rotations",
            values=torch.cat(turned),
            group=self.group.repeat(4),
            class_names=tuple(names),
        )
