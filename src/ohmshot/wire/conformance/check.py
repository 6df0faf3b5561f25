"""The parts of a check: the chip under test, what must hold, and the result."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.records import Record
from ohmshot.wire.client.conversation import Conversation, introduced
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.links import Link

Verdict = Literal["passed", "failed", "skipped"]


class FailedError(Exception):
    """The chip does not do what it must; the text says what it did."""


class SkippedError(Exception):
    """The check cannot be made here; the text says why."""


@dataclass(frozen=True)
class AcceptanceLimits:
    """Noise and times that pass; all assumed, to be set by the person who knows the chip.

    Attributes:
        most_read_noise: uS, standard deviation of repeated reads, median over cells; None for a quarter of the
            smallest step between levels: more would confuse neighbouring levels.
        least_share: share of the cells that must obey a pulse; the others may be stuck.
        most_round_trip_s: median time of a question without work.
        most_read_s: time to read the whole array in one transfer.
    """

    most_read_noise: float | None = None
    least_share: float = 0.9
    most_round_trip_s: float = 0.25
    most_read_s: float = 10.0


@dataclass(frozen=True)
class Subject:
    """The chip under test.

    Attributes:
        chip: a client that holds the writer's place.
        connect: opens a second connection; raises ChipError where only one is possible.
        power_cycle: takes the power off and on; returns False where nobody can.
        limits: noise and times that pass.
        cells: int64 addresses of the first chip's cells that the checks may write, rising.
    """

    chip: RemoteCrossbar
    connect: Callable[[], Link]
    power_cycle: Callable[[], bool]
    limits: AcceptanceLimits
    cells: Tensor

    @property
    def talk(self) -> Conversation:
        """The conversation below the client."""
        conversation = self.chip.conversation
        assert isinstance(conversation, Conversation)  # the checks look at every byte
        return conversation

    def another(self) -> Conversation:
        """Open a second connection.

        Raises:
            SkippedError: only one is possible.
        """
        try:
            return introduced(self.connect())
        except ChipError as error:
            raise SkippedError(f"only one connection: {error}") from error

    def refuses(self, message: bytes, *codes: int) -> None:
        """Send what must be refused, and nothing must come of it.

        Raises:
            FailedError: the queue holds another error, or none, or more than one.
        """
        self.talk.send(message)
        first, second = self.error(), self.error()
        if first not in codes:
            expected = " or ".join(str(code) for code in codes)
            raise FailedError(f"{message[:60]!r} gave error {first}, not {expected}")
        if second != 0:
            raise FailedError(f"{message[:60]!r} gave a second error {second}")

    def error(self) -> int:
        """Number of the oldest error, which is taken out of the queue."""
        self.talk.link.write(b"SYST:ERR?\n")
        line = self.talk.line()
        number = line.partition(",")[0]
        if not number.lstrip("+-").isdigit():
            raise FailedError(f"SYST:ERR? answered {line[:60]!r}")
        return int(number)


@dataclass(frozen=True)
class Check:
    """One thing that must hold.

    Attributes:
        name: short, with hyphens.
        group: protocol, physics or timing.
        holds: what must hold, for people.
        run: returns what was seen, or raises `FailedError`, `SkippedError` or ChipError.
    """

    name: str
    group: Literal["protocol", "physics", "timing"]
    holds: str
    run: Callable[[Subject], str]


class CheckResult(Record):
    """The verdict of one check, and what was seen."""

    name: str
    group: str
    holds: str
    verdict: Verdict
    seen: str


class ConformanceReport(Record):
    """The results of all checks."""

    format: Literal["ohmshot-conformance"] = "ohmshot-conformance"
    format_version: Literal[1] = 1
    chip: str
    """The answer of *IDN?."""
    protocol: str
    outcomes: tuple[CheckResult, ...]

    @property
    def failed(self) -> tuple[str, ...]:
        """Names of the checks that failed."""
        return tuple(each.name for each in self.outcomes if each.verdict == "failed")


def checked(check: Check, subject: Subject) -> CheckResult:
    """Run one check, whatever the chip answers."""
    verdict: Verdict = "passed"
    try:
        seen = check.run(subject)
    except SkippedError as error:
        verdict, seen = "skipped", str(error)
    except (FailedError, ChipError) as error:
        verdict, seen = "failed", str(error)
    return CheckResult(name=check.name, group=check.group, holds=check.holds, verdict=verdict, seen=seen)


def require(condition: bool, seen: str) -> str:
    """Return what was seen, if the condition holds.

    Raises:
        FailedError: it does not.
    """
    if not condition:
        raise FailedError(seen)
    return seen
