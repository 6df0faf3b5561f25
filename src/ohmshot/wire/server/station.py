"""A chip in its tester: what the commands of all clients act on."""

from typing import Literal, Protocol

from torch import Tensor

from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.wire.protocol.descriptions import Simulator
from ohmshot.wire.server.kept_session import KeptSession

RecordKind = Literal["NORMAL", "SWAPPED", "FRAME", "BEGIN"]
"""Kinds of what is remembered: a plain message in either byte order, a frame, the key of a session that begins."""


class Writer(Protocol):
    """The one client that drives a chip.

    Attributes:
        peer: its name, for the others.
    """

    peer: str


class Station(Protocol):
    """A chip in its tester. Wrap a `Crossbar` of your own in one, and `ohmshot.wire.server.server` serves it.

    Attributes:
        writer: the client that drives the chip; None when nobody does.
        kept: the session that outlives its connections; None where none has begun or another has driven the chip since.
        unpulsed: int64 [n], addresses of the cells that the last train to break off had left without a pulse.
    """

    writer: Writer | None
    kept: KeptSession | None
    unpulsed: Tensor

    @property
    def crossbar(self) -> ObservedCrossbar:
        """The chip, or the batch of a simulator."""

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """Manufacturer, model, serial number, firmware."""

    @property
    def simulator(self) -> Simulator | None:
        """The seed and the chips of a simulator; None for a real chip."""

    def remember(self, kind: RecordKind, content: bytes) -> None:
        """Keep a message that will drive the chip, or anything of a kept session, before it acts.

        Raises:
            ChipError: it cannot be kept; then it must not act.
        """

    def fresh(self, chips_and_lives: tuple[tuple[int, int], ...]) -> None:
        """Put fresh chips into the tester; asked of simulators alone."""

    def power_cycle(self) -> None:
        """Take the power off and put it on again; asked of simulators alone."""
