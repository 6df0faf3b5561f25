"""A set of drawings: what every data source gives, in one convention."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from torch import Tensor

IMAGE_SIDE = 28
"""Side of every picture in pixels."""
INK_BOX = 20
"""Side in pixels of the square that digits and a person's own drawings are fitted to, about what Omniglot's fill."""


@dataclass(frozen=True)
class Drawings:
    """Drawings of many characters, the same number of each.

    The ink convention: 0 is paper, 255 is ink, grey where a pixel is partly covered.

    Attributes:
        name: the source, as a report names it ("omniglot evaluation").
        images: uint8, [characters, drawings, 28, 28].
        alphabet: int64, [characters], the alphabet of each character as an index into `alphabet_names`.
        alphabet_names: names of the alphabets.
        character_names: names of the characters, one for each of the first dimension of `images`.
        citation: where the data come from, in one line.
        references: the same as keys of `ohmshot.foundation.references`, with the works that prepared them.
    """

    name: str
    images: Tensor
    alphabet: Tensor
    alphabet_names: tuple[str, ...]
    character_names: tuple[str, ...]
    citation: str
    references: tuple[str, ...] = ()

    @property
    def characters(self) -> int:
        """Number of characters (classes)."""
        return self.images.shape[0]

    @property
    def drawings_per_character(self) -> int:
        """Number of drawings of each character."""
        return self.images.shape[1]

    @property
    def kind(self) -> Literal["drawing"]:
        """See `ohmshot.data.examples.Examples`, also for what follows."""
        return "drawing"

    @property
    def values(self) -> Tensor:
        """The images."""
        return self.images

    @property
    def classes(self) -> int:
        """The characters."""
        return self.characters

    @property
    def examples_per_class(self) -> int:
        """The drawings of a character."""
        return self.drawings_per_character

    @property
    def group_names(self) -> tuple[str, ...]:
        """The alphabets."""
        return self.alphabet_names

    def of_groups(self, groups: Sequence[int]) -> "Drawings":
        """The characters of some alphabets."""
        return self.of_alphabets(groups)

    def enlarged(self) -> "Drawings":
        """With rotations as classes."""
        return self.with_rotations()

    def of_alphabets(self, alphabets: Sequence[int]) -> "Drawings":
        """Return only the characters of the alphabets with these indices (names and numbers are kept)."""
        wanted = torch.isin(self.alphabet, torch.tensor(list(alphabets), dtype=torch.int64))
        return self.of_characters(wanted.nonzero().squeeze(1))

    def of_characters(self, characters: Tensor) -> "Drawings":
        """Return only the characters with these indices, int64 [n], in this order."""
        return replace(
            self,
            images=self.images[characters],
            alphabet=self.alphabet[characters],
            character_names=tuple(self.character_names[i] for i in characters.tolist()),
        )

    def with_rotations(self) -> "Drawings":
        """Return four times the characters: each one turned by 0, 90, 180 and 270 degrees is its own class."""
        turned = [torch.rot90(self.images, quarter, dims=(2, 3)) for quarter in range(4)]
        names = (
            f"{name} turned {90 * quarter}" if quarter else name
            for quarter in range(4)
            for name in self.character_names
        )
        return replace(
            self,
            name=f"{self.name} x 4 rotations",
            images=torch.cat(turned),
            alphabet=self.alphabet.repeat(4),
            character_names=tuple(names),
        )
