"""Word lengths, one changed at a time, and the tasks that they are tried on."""

import dataclasses
from dataclasses import dataclass
from typing import Any

from ohmshot.controller.formats import WordLengths
from ohmshot.study.study import Size

SWEPT: dict[Size, dict[str, tuple[int, ...]]] = {
    "default": {
        "drive": (7, 6, 5, 4),
        "exponent": (4, 2, 1, 0),
        "entry": (8, 5, 4, 3),
        "probability": (8, 5, 4, 3),
        "rate": (6, 4, 3, 2),
        "error": (9, 6, 5, 4),
        "weight": (18, 12, 10, 8, 7),
        "scale": (6, 4, 3, 2),
    },
    "small": {"weight": (8,), "error": (4,)},
}
"""Bits tried beside those of `WordLengths`, for bundles of one layer without a standard."""
STANDARDISED: dict[Size, dict[str, tuple[int, ...]]] = {
    "default": {"feature": (7, 6, 5, 4), "origin": (4, 2, 1, 0), "gain": (10, 6, 4, 3)},
    "small": {"feature": (5,)},
}
"""The same of the standardiser, for bundles whose features it brings to a standard."""


@dataclass(frozen=True)
class Task:
    """A task that word lengths are tried on.

    Attributes:
        ways: classes.
        shots: drawings of each to learn from.
        share: of the study's episodes, since an episode of many ways has many answers.
    """

    ways: int
    shots: int
    share: float = 1.0

    @property
    def name(self) -> str:
        """Name in tables, as papers write it."""
        return f"{self.ways}-way {self.shots}-shot"


TASKS: dict[Size, tuple[Task, ...]] = {
    "default": (Task(5, 1), Task(20, 5, share=0.5)),
    "small": (Task(5, 1),),
}


@dataclass(frozen=True)
class Trial:
    """Word lengths with one of them changed.

    Attributes:
        word: which; empty for none.
        bits: of it.
        lengths: all of them.
    """

    word: str
    bits: int
    lengths: WordLengths


def trials(size: Size, standardises: bool) -> list[Trial]:
    """Word lengths as they are, then each change.

    Args:
        size: of the study.
        standardises: whether the bundle's features are brought to a standard.
    """
    swept = SWEPT[size] | (STANDARDISED[size] if standardises else {})
    changed = [Trial(word, number, _changed(word, number)) for word, bits in swept.items() for number in bits]
    return [Trial("", 0, WordLengths()), *changed]


def _changed(word: str, bits: int) -> WordLengths:
    changes: dict[str, Any] = {word: bits}
    if word == "exponent":  # a table with fewer entries goes with fewer fraction bits
        changes["table"] = min(bits, WordLengths().table)
    return dataclasses.replace(WordLengths(), **changes)
