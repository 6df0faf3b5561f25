"""One conversation: bytes in, answers out. No sockets here; the server and the tests feed it."""

import logging
import re
from collections.abc import Callable, Iterator

from ohmshot.foundation.errors import BrownOutError, OhmshotError, OverTemperatureError
from ohmshot.wire.protocol.blocks import ByteOrder
from ohmshot.wire.protocol.errors import Code, CommandError, HangUpError
from ohmshot.wire.protocol.framing import Framer
from ohmshot.wire.protocol.parameters import Context
from ohmshot.wire.server.answers import AnswerFormat
from ohmshot.wire.server.commands import AnyCall, AnyCommand, Instrument, is_light, understand
from ohmshot.wire.server.custody import Custody
from ohmshot.wire.server.kept_session import KeptSession
from ohmshot.wire.server.station import Station
from ohmshot.wire.server.status import StatusRegisters
from ohmshot.wire.server.token_gate import TokenGate

_logger = logging.getLogger(__name__)
_LONGEST_LIGHT = 1024
"""Bytes; longer messages are not even read before their turn."""
_HTTP = re.compile(rb"[A-Z]{3,10} \S+ HTTP/\d")
"""First line of a request over HTTP; no message for a chip looks like it."""


class Session:
    """One client's conversation with a station.

    Args:
        station: the chip in its tester.
        peer: the client's name, as other clients see it.
        token: token that the client must give first; None for none.
        remember: keeps a message in a byte order, if it drives the chip, before it does; None for the station's way.

    Attributes:
        closing: the connection shall end.
        answers: the format of arrays.
        instrument: the chip as this client has it before it.
        framer: cuts what arrives into messages.
    """

    def __init__(
        self,
        station: Station,
        peer: str,
        token: str | None = None,
        remember: Callable[[ByteOrder, bytes], None] | None = None,
    ) -> None:
        self.peer = peer
        self.closing = False
        self.answers = AnswerFormat()
        custody = Custody(station, self, lambda key: begun_session(station, key))
        self.instrument = Instrument(station, custody, TokenGate(token), StatusRegisters(), self.answers)
        self.framer = Framer(self.instrument.gate.longest_message)
        self._remember = remember or station.remember

    @property
    def proven(self) -> bool:
        """Whether the client has given the token, or needs none."""
        return self.instrument.gate.open

    def take_wrong_tokens(self) -> int:
        """Number of wrong tokens since this was asked last."""
        return self.instrument.gate.take_wrong()

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Carry out every message that is whole; yield answers piece by piece, so that none need pile up."""
        for message in self.messages(data):
            yield from self.carry_out(message)

    def messages(self, data: bytes) -> Iterator[bytes]:
        """Yield every message that is whole; each is to be carried out before the next is asked for."""
        for message in self.framer.feed(data):
            if self.closing:
                return
            if message is not None and _HTTP.match(message):
                self.closing = True  # a page in a browser must not reach the chip: what follows is not carried out
                return
            if message is None:
                limit = self.framer.longest_message
                self._fail(CommandError(Code.INPUT_OVERRUN, f"a message has at most {limit} bytes; it was dropped"))
            else:
                yield message
                self.framer.longest_message = self.instrument.gate.longest_message

    def carry_out_alone(self, message: bytes) -> tuple[bytes, bytes]:
        """Carry out one message; returns its answer and the entry of its error, both empty for none."""
        answer = b"".join(self.carry_out(message))
        error = self.instrument.status.take_errors()
        return answer, b"" if error.code == Code.NONE else error.entry.encode()

    def close(self) -> None:
        """Let go of the chip; a kept session that ran over this connection is kept."""
        self.instrument.custody.release()

    def is_light(self, message: bytes) -> bool:
        """Whether a message can be carried out at once, whoever uses the chip: it gives an error, or needs no cell."""
        return not self.proven or (len(message) <= _LONGEST_LIGHT and is_light(message))

    def carry_out(self, message: bytes) -> Iterator[bytes]:
        """Carry out one message; yield its answer piece by piece."""
        answered = False
        try:
            for call in self._permitted(message):
                answer = call.perform(self.instrument)
                if answer is not None:
                    yield b";" * answered + self.answers.encoded(answer)
                    answered = True
        except OhmshotError as error:
            self._fail(error)
        except Exception:
            _logger.exception("%r failed", message[:80])
            self._fail(CommandError(Code.SYSTEM, "the server's log says more"))
        if answered:
            yield b"\n"

    def _permitted(self, message: bytes) -> tuple[AnyCall, ...]:
        """Understand a message as a whole; one that drives the chip makes this client the writer and is remembered."""
        chip, sheet = self.instrument.station.crossbar, self.instrument.station.crossbar.datasheet
        context = Context(chip.chips, sheet.rows, sheet.columns, sheet.arrays, self.answers.order)
        calls = understand(message, context, self._permit, self.answers.format == "ASCII")
        if any(call.command.drives for call in calls):
            self.instrument.custody.require()
            self._remember(self.answers.order, message)
        return calls

    def _permit(self, command: AnyCommand) -> None:
        if not (self.instrument.gate.open or command.open):
            raise CommandError(Code.PROTECTED, 'give the token first: SYSTem:TOKen "..."')
        if command.simulator and self.instrument.station.simulator is None:
            raise CommandError(Code.UNDEFINED_HEADER, command.pattern)

    def _fail(self, error: OhmshotError) -> None:
        if isinstance(error, BrownOutError):
            self.instrument.station.unpulsed = error.unpulsed
        self.instrument.status.fail(_command_error(error))
        # A client that sends frames and has sent something else: the line has garbled it.
        self.closing = self.closing or isinstance(error, HangUpError) or self.instrument.custody.carries_frames


def _command_error(error: OhmshotError) -> CommandError:
    if isinstance(error, CommandError):
        return error
    if isinstance(error, BrownOutError):
        return CommandError(Code.BROWN_OUT, str(error))
    return CommandError(
        Code.OVER_TEMPERATURE if isinstance(error, OverTemperatureError) else Code.EXECUTION, str(error)
    )


def begun_session(station: Station, key: str) -> KeptSession:
    """Return a new kept session on a station; what it carries out is remembered as frames, not once more."""
    return KeptSession(key, Session(station, "a lost connection", remember=lambda order, message: None))
