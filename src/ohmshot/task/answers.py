"""Answers of an adapted chip to new examples: validated, and written as JSON."""

from collections.abc import Sequence
from typing import Literal

from torch import Tensor

from ohmshot.foundation.records import Record
from ohmshot.foundation.statistics import Share


class NewAnswer(Record):
    """What a chip says of one example."""

    file: str
    answered: str
    """The class that is most likely."""
    share: Share
    """Probability that the chip gives it."""
    shares: dict[str, Share]
    """Probability of every class."""
    known: bool | None
    """False where the example is like none that was learned; None where nobody decides (another bundle than those that
    come with the package, a chip of an earlier version, or `--always-answer`)."""

    @property
    def words(self) -> str:
        """One line for people."""
        known = "" if self.known is not False else "I do not know this one; most like "
        return f"{self.file}: {known}{self.answered} ({100 * self.share:.0f} %)"


class NewAnswers(Record):
    """Answers to all examples, in the order in which they were given."""

    format: Literal["ohmshot-answers"] = "ohmshot-answers"
    format_version: Literal[1] = 1
    answers: tuple[NewAnswer, ...]


def answers_of(names: Sequence[str], class_names: Sequence[str], shares: Tensor, foreign: Tensor | None) -> NewAnswers:
    """Put answers into words.

    Args:
        names: of the examples.
        class_names: of the classes.
        shares: probabilities, [examples, classes].
        foreign: which examples are like none that was learned, bool [examples]; None where nobody decides.
    """
    unknown = [None] * len(names) if foreign is None else foreign.tolist()
    return NewAnswers(
        answers=tuple(
            NewAnswer(
                file=name,
                answered=class_names[int(row.argmax())],
                share=float(row.max()),
                shares=dict(zip(class_names, row.tolist(), strict=True)),
                known=None if strange is None else not strange,
            )
            for name, row, strange in zip(names, shares, unknown, strict=True)
        )
    )
