"""What meta-training and studies ask of a set of examples, be they drawings or signals."""

from collections.abc import Sequence
from typing import Literal, Protocol

from torch import Tensor


class Examples(Protocol):
    """Labelled examples of many classes, the same number of each; the classes come in groups."""

    @property
    def name(self) -> str:
        """The source, as a report names it."""

    @property
    def references(self) -> tuple[str, ...]:
        """Where the data come from, as keys of `ohmshot.foundation.references`."""

    @property
    def kind(self) -> Literal["drawing", "signal"]:
        """Drawings are uint8 [side, side], 0 paper and 255 ink; signals float32 [channels, length]."""

    @property
    def values(self) -> Tensor:
        """[classes, examples, *shape of one example]."""

    @property
    def classes(self) -> int:
        """Number of classes."""

    @property
    def examples_per_class(self) -> int:
        """Number of examples of each class."""

    @property
    def group_names(self) -> tuple[str, ...]:
        """Classes of one group are alike: an alphabet, a family of gestures. Whole groups are held out."""

    def of_groups(self, groups: Sequence[int]) -> "Examples":
        """Return only the classes of the groups with these indices."""

    def enlarged(self) -> "Examples":
        """Return more classes to train on, made of these, where there is an honest way to make them."""
