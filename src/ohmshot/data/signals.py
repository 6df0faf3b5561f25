"""A set of signals: what sensors measured while something happened, in one convention."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor


@dataclass(frozen=True)
class Signals:
    """Signals of many classes, the same number of each; `ohmshot.data.examples.Examples` for signals.

    Attributes:
        name: the source, as a report names it.
        values: float32, [classes, examples, channels, length], in the unit of the sensor.
        group: int64, [classes], the group of each class as an index into `group_names`.
        group_names: names of the groups.
        class_names: names of the classes, one for each of the first dimension of `values`.
        citation: where the data come from, in one line.
        references: the same as keys of `ohmshot.foundation.references`.
    """

    name: str
    values: Tensor
    group: Tensor
    group_names: tuple[str, ...]
    class_names: tuple[str, ...]
    citation: str
    references: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["signal"]:
        """What `ohmshot.bundle.header.SignalPreprocessing` is for."""
        return "signal"

    @property
    def classes(self) -> int:
        """Number of classes."""
        return self.values.shape[0]

    @property
    def examples_per_class(self) -> int:
        """Number of signals of each class."""
        return self.values.shape[1]

    def of_groups(self, groups: Sequence[int]) -> "Signals":
        """Return only the classes of the groups with these indices (names and numbers are kept)."""
        keep = torch.isin(self.group, torch.tensor(list(groups), dtype=torch.int64)).nonzero().squeeze(1)
        return replace(
            self,
            values=self.values[keep],
            group=self.group[keep],
            class_names=tuple(self.class_names[i] for i in keep.tolist()),
        )

    def enlarged(self) -> "Signals":
        """The same: no change of a signal is known to make another class of every kind of signal."""
        return self
