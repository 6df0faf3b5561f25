"""Word lengths that may be chosen, the tasks that choose them, and the rule of the choice.

The rule: every word begins wide. Then one word after another, those of the memories first, takes the shortest width
with which the loss against the computer in the loop stays below `MOST_LOST_POINTS` and its 95 % interval below
`WITHIN_POINTS` on every task; words before it have their chosen widths, words behind it their wide ones. So no word is
free of what the others cost.
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ohmshot.bundle.bundle import Bundle
from ohmshot.controller.formats import WordLengths
from ohmshot.data.episodes import EpisodeShape, Scope
from ohmshot.data.examples import Examples
from ohmshot.study.study import Size

WITHIN_POINTS = 0.1
"""What the controller may lose against the computer in the loop."""
MOST_LOST_POINTS = 0.05
"""Half of it: the classes that choose were seen in training, so fewer of their answers are close to a mistake than
those of unseen classes (our choice)."""
WIDE = WordLengths(
    weight=18, error=12, feature=12, probability=10, exponent=5, table=5, entry=10, rate=10, scale=10, origin=5,
    gain=12, backward=12,
)  # fmt: skip
"""Where every word begins. Drive and converter have the bits of the chip's converters and are only narrowed."""
_MEMORIES = {
    "weight": (15, 12, 10, 8, 7, 6),
    "error": (10, 9, 8, 7, 6, 5, 4),
    "drive": (7, 6, 5, 4),
    "feature": (10, 9, 8, 7, 6, 5),
}
_STANDARDISER = {"origin": (4, 3, 2, 1, 0), "gain": (10, 8, 6, 4, 3)}
_SOFTMAX = {"probability": (8, 7, 6, 5, 4, 3), "exponent": (4, 3, 2, 1), "entry": (8, 6, 5, 4, 3)}
_CONSTANTS = {"rate": (8, 6, 4, 3, 2), "scale": (8, 6, 4, 3, 2)}
SMALL: dict[str, tuple[int, ...]] = {"weight": (10, 8), "probability": (6, 2)}
"""What a small study tries."""
_OF_STANDARDS = ("feature", *_STANDARDISER)


def narrowings(size: Size, standardises: bool) -> dict[str, tuple[int, ...]]:
    """Widths to try of every word, falling, in the order in which words are narrowed.

    Args:
        size: of the study.
        standardises: whether features are brought to a standard by the support set; else nothing is in that block.
    """
    if size == "small":
        return SMALL
    every = _MEMORIES | _SOFTMAX | _CONSTANTS | _STANDARDISER
    return {word: bits for word, bits in every.items() if standardises or word not in _OF_STANDARDS}


@dataclass(frozen=True)
class Task:
    """A task that word lengths are chosen with.

    Attributes:
        ways: classes.
        shots: examples of each to learn from.
        share: of the study's episodes, since an episode of many ways has many answers.
        scope: where its classes come from.
    """

    ways: int
    shots: int
    share: float = 1.0
    scope: Scope = "any"

    @property
    def name(self) -> str:
        """Name in tables, as papers write it."""
        return f"{self.ways}-way {self.shots}-shot"

    def shape(self, examples: Examples, most_queries: int) -> EpisodeShape:
        """The shape of its episodes, with as many queries as the examples leave, at most so many."""
        return EpisodeShape(
            self.ways, self.shots, min(most_queries, examples.examples_per_class - self.shots), self.scope
        )


def tasks_that_choose(size: Size, bundle: Bundle, examples: Examples) -> list[Task]:
    """Tasks of the classes that choose: few and many ways of drawings, one person's gestures or words."""
    ways = bundle.header.network.ways
    if size == "small":
        return [Task(ways, 1)]
    if examples.kind != "drawing":
        return [Task(ways, 1, scope="one group"), Task(ways, 5, 0.5, "one group")]
    return [task for task in (Task(5, 1), Task(20, 5, share=0.5)) if task.ways <= examples.classes]


@dataclass(frozen=True)
class Trial:
    """Word lengths that were tried.

    Attributes:
        word: the one that was narrowed; empty for the wide ones.
        bits: of it.
        lengths: all of them.
    """

    word: str
    bits: int
    lengths: WordLengths


def narrowed(
    words: dict[str, tuple[int, ...]], within: Callable[[Trial], bool]
) -> Iterator[tuple[Trial, bool, WordLengths]]:
    """Narrow word after word by the rule of this module.

    Args:
        words: widths to try of each, falling.
        within: measures a trial; whether its loss stays within the limit on every task.

    Yields:
        Each trial, whether it is within the limit, and the lengths chosen so far.
    """
    chosen = WIDE
    first = Trial("", 0, chosen)
    yield first, within(first), chosen
    for word, widths in words.items():
        for bits in widths:
            trial = Trial(word, bits, changed(chosen, word, bits))
            good = within(trial)
            chosen = trial.lengths if good else chosen
            yield trial, good, chosen
            if not good:
                break


def changed(lengths: WordLengths, word: str, bits: int) -> WordLengths:
    """Change one word; the table of 2^-x has as many address bits as a logit has fraction bits."""
    changes: dict[str, Any] = {word: bits}
    if word == "exponent":
        changes["table"] = bits
    return dataclasses.replace(lengths, **changes)
