"""One conversation: bytes in, answers out. No sockets here; the server and the tests feed it."""

import hmac
import logging
from collections.abc import Callable, Iterator
from typing import Any

from torch import Tensor

from ohmshot.chip.crossbar import BrownOutError, OverTemperatureError, is_supervised
from ohmshot.foundation.errors import ChipError, OhmshotError
from ohmshot.wire.protocol.blocks import ByteOrder, array_bytes, block
from ohmshot.wire.protocol.commands import COMMANDS, PROTOCOL, SCPI_VERSION, Call, understand
from ohmshot.wire.protocol.descriptions import Capabilities
from ohmshot.wire.protocol.errors import Code, CommandError, ErrorQueue
from ohmshot.wire.protocol.frames import BadFrameError, pack_greeting, pack_reply, unpack_frame
from ohmshot.wire.protocol.framing import Framer, TooLong
from ohmshot.wire.protocol.grammar import Block
from ohmshot.wire.protocol.parameters import Context
from ohmshot.wire.server.kept_session import KeptSession
from ohmshot.wire.server.station import ACTIONS, Answer, Kind, Station, perform

LONGEST_MESSAGE = 16 * 2**20
"""Bytes; a multiply of 100 chips by 1,000 inputs of 32 rows has 12.8 MB."""
LONGEST_BEFORE_TOKEN = 1024
MOST_WRONG_TOKENS = 3
SHORTEST_KEY = 16
_DIGITS = {"float32": ".9g", "float64": ".17g"}  # enough for every value to come back as it was
_logger = logging.getLogger(__name__)


class Session:
    """One client's conversation with a station.

    Args:
        station: the chip in its tester.
        peer: the client's name, for others who ask who holds the chip.
        token: what the client must give first; None for nothing.
        remember: keeps what drives the chip before it does; None for the station's own way.

    Attributes:
        closing: the connection shall end.
    """

    def __init__(
        self,
        station: Station,
        peer: str,
        token: str | None = None,
        remember: Callable[[Kind, bytes], None] | None = None,
    ) -> None:
        self.peer = peer
        self.closing = False
        self.format = "ASCII"
        self.order: ByteOrder = "NORMAL"
        self._station = station
        self._remember = remember or station.remember
        self._token = token
        self._wrong_tokens = 0
        self.framer = Framer(LONGEST_BEFORE_TOKEN if token else LONGEST_MESSAGE)
        self._errors = ErrorQueue()
        self._event_status = 128  # power on
        self._event_enable = 0
        self._service_enable = 0

    def receive(self, data: bytes) -> Iterator[bytes]:
        """Carry out every message that is whole; yield answers piece by piece, so that none need pile up."""
        for message in self.framer.feed(data):
            if self.closing:
                return
            if isinstance(message, TooLong):
                limit = self.framer.longest_message
                self._fail(CommandError(Code.INPUT_OVERRUN, f"a message has at most {limit} bytes; it was dropped"))
            else:
                yield from self._carry_out(message)

    def close(self) -> None:
        """Let go of the chip; a kept session that ran over this connection is kept."""
        kept = self._station.kept
        if kept is not None and kept.carrier is self:
            kept.carrier = None
            if self._station.writer is kept.executor:
                self._station.writer = None
        if self._station.writer is self:
            self._station.writer = None

    def carry_out_alone(self, message: bytes) -> tuple[bytes, bytes]:
        """Carry out one message; returns its answer and the entry of its error, both empty for none."""
        answer = b"".join(self._carry_out(message))
        error = self._errors.take()
        self._errors.clear()
        return answer, b"" if error.code == Code.NONE else error.entry.encode()

    def _carry_out(self, message: bytes) -> Iterator[bytes]:
        try:
            calls = understand(message, self._context())
            self._permit(calls)
            if any(call.command.drives for call in calls):
                self._remember(self.order, message)
        except CommandError as error:
            self._fail(error)
            return
        except OhmshotError as error:
            self._fail(CommandError(Code.EXECUTION, str(error)))
            return
        answered = False
        for call in calls:
            try:
                answer = self._perform(call)
            except CommandError as error:
                self._fail(error)
                break
            except ChipError as error:
                self._fail(CommandError(_code(error), str(error)))
                break
            except Exception:
                _logger.exception("%s failed", call.command.pattern)
                self._fail(CommandError(Code.SYSTEM, call.command.pattern))
                break
            if answer is not None:
                yield b";" * answered + self._formatted(answer)
                answered = True
        if answered:
            yield b"\n"

    def _context(self) -> Context:
        crossbar = self._station.crossbar
        sheet = crossbar.datasheet
        return Context(crossbar.chips, sheet.rows, sheet.columns, self.order)

    def _permit(self, calls: tuple[Call, ...]) -> None:
        if self._token is not None and not all(call.command.open for call in calls):
            raise CommandError(Code.PROTECTED, 'give the token first: SYSTem:TOKen "..."')
        if any(call.command.drives for call in calls) and not self._take_writer():
            self._require_free(None)

    def _take_writer(self) -> bool:
        if self._station.writer is None:
            self._station.writer = self
            kept = self._station.kept
            if kept is not None and kept.executor is not self:
                self._station.kept = None  # whoever comes back must hear that another has had the chip
        return self._station.writer is self

    def _begin(self, key: str) -> str:
        kept = self._outer_kept()
        if kept is None or not kept.is_of(key):
            if len(key) < SHORTEST_KEY:
                raise CommandError(Code.ILLEGAL_VALUE, f"a key has at least {SHORTEST_KEY} characters")
            self._require_free(None)
            self._remember("BEGIN", key.encode())
            self._station.kept = begun_session(self._station, key)
        return self._resume(key)

    def _resume(self, key: str) -> str:
        kept = self._outer_kept()
        if kept is None or not kept.is_of(key):
            raise CommandError(Code.SESSION_LOST, "another has driven the chip, or it is not the same any more")
        self._require_free(kept.executor)
        kept.carrier, kept.executor.peer = self, self.peer
        self._station.writer = kept.executor
        return pack_greeting(key, kept.last)

    def _frame(self, content: bytes) -> Block:
        kept = self._outer_kept()
        try:
            if kept is None or kept.carrier is not self:
                raise BadFrameError("no session runs over this connection")
            reply = kept.take(unpack_frame(content), lambda frame: self._remembered(content))
        except BadFrameError as error:
            self.closing = True
            raise CommandError(Code.BLOCK_DATA, str(error)) from error
        return Block(pack_reply(reply))

    def _remembered(self, content: bytes) -> bytes:
        try:
            self._remember("FRAME", content)
        except OhmshotError as error:
            return CommandError(Code.EXECUTION, str(error)).entry.encode()
        return b""

    def _outer_kept(self) -> KeptSession | None:
        kept = self._station.kept
        if kept is not None and kept.executor is self:
            raise CommandError(Code.CONFLICT, "a frame holds no frame and no session")
        return kept

    def _require_free(self, own: object) -> None:
        if self._station.writer not in (None, self, own):
            raise CommandError(Code.HELD, f"{self._writer_name()} drives it; try again when it has gone")

    def _writer_name(self) -> str:
        writer = self._station.writer
        return writer.peer if isinstance(writer, Session) else ""

    def _fail(self, error: CommandError) -> None:
        self._errors.put(error)
        kept = self._station.kept
        if kept is not None and kept.carrier is self:
            self.closing = True  # a client that sends frames has sent something else: the line has garbled it
        # IEEE 488.2, 11.5.1.1: command error, execution error, device-specific error.
        if -199 <= error.code <= -100:
            self._event_status |= 32
        elif -299 <= error.code <= -200:
            self._event_status |= 16
        else:
            self._event_status |= 8

    def _formatted(self, answer: Tensor | str | Block) -> bytes:
        if isinstance(answer, str):
            return answer.encode("ascii", "replace")
        if isinstance(answer, Block):
            return block(answer.content)
        if self.format == "PACKED":
            return block(array_bytes(answer, self.order))
        digits = _DIGITS.get(str(answer.dtype).removeprefix("torch."), "d")
        return ",".join(format(value, digits) for value in answer.reshape(-1).tolist()).encode()

    def _perform(self, call: Call) -> Answer:
        pattern = call.command.pattern
        if pattern in ACTIONS:
            return perform(self._station, call)
        answer: Answer = _SESSION_ACTIONS[pattern](self, *call.values)
        return answer

    def _reset(self) -> None:
        self.format, self.order = "ASCII", "NORMAL"

    def _clear(self) -> None:
        self._errors.clear()
        self._event_status = 0

    def _complete(self) -> None:
        self._event_status |= 1

    def _take_event_status(self) -> str:
        status, self._event_status = self._event_status, 0
        return str(status)

    def _enable_events(self, mask: int) -> None:
        self._event_enable = mask

    def _enable_service(self, mask: int) -> None:
        self._service_enable = mask & ~64

    def _status_byte(self) -> str:
        # SCPI-99, volume 1, 9: bit 2 error queue; IEEE 488.2, 11.2: bit 5 event summary, bit 6 master summary.
        status = 4 * bool(len(self._errors)) + 32 * bool(self._event_status & self._event_enable)
        return str(status + 64 * bool(status & self._service_enable))

    def _set_format(self, name: str) -> None:
        self.format = name

    def _set_order(self, order: ByteOrder) -> None:
        self.order = order

    def _give_token(self, token: str) -> None:
        if self._token is None or hmac.compare_digest(token.encode(), self._token.encode()):
            self._token = None
            self.framer.longest_message = LONGEST_MESSAGE
            return
        self._wrong_tokens += 1
        self.closing = self._wrong_tokens >= MOST_WRONG_TOKENS
        raise CommandError(Code.PROTECTED, "wrong token")

    def _self_test(self) -> str:
        wear = self._station.crossbar.wear()
        return "0" if int(wear.min()) >= 0 and wear.numel() == self._context().cells else "1"

    def _capabilities(self) -> Block:
        told = Capabilities(
            protocol=PROTOCOL,
            chips=self._station.crossbar.chips,
            longest_message=LONGEST_MESSAGE,
            commands=tuple(command.pattern for command in COMMANDS),
            supervised=is_supervised(self._station.crossbar),
            simulator=self._station.simulator,
        )
        return Block(told.model_dump_json().encode())


_SESSION_ACTIONS: dict[str, Callable[..., Any]] = {
    "*IDN?": lambda session: ",".join(session._station.identity),
    "*RST": Session._reset,
    "*CLS": Session._clear,
    "*ESE": Session._enable_events,
    "*ESE?": lambda session: str(session._event_enable),
    "*ESR?": Session._take_event_status,
    "*OPC": Session._complete,
    "*OPC?": lambda session: "1",
    "*SRE": Session._enable_service,
    "*SRE?": lambda session: str(session._service_enable),
    "*STB?": Session._status_byte,
    "*TST?": Session._self_test,
    "*WAI": lambda session: None,
    "SYSTem:ERRor[:NEXT]?": lambda session: session._errors.take().entry,
    "SYSTem:ERRor:COUNt?": lambda session: str(len(session._errors)),
    "SYSTem:VERSion?": lambda session: SCPI_VERSION,
    "SYSTem:CAPability?": Session._capabilities,
    "SYSTem:TOKen": Session._give_token,
    "SYSTem:LOCK:REQuest?": lambda session: str(int(session._take_writer())),
    "SYSTem:LOCK:RELease": Session.close,
    "SYSTem:SESSion:BEGin?": Session._begin,
    "SYSTem:SESSion:RESume?": Session._resume,
    "SYSTem:FRAMe?": Session._frame,
    "SYSTem:LOCK:OWNer?": lambda session: f'"{session._writer_name()}"',
    "FORMat[:DATA]": Session._set_format,
    "FORMat[:DATA]?": lambda session: {"ASCII": "ASC", "PACKED": "PACK"}[session.format],
    "FORMat:BORDer": Session._set_order,
    "FORMat:BORDer?": lambda session: {"NORMAL": "NORM", "SWAPPED": "SWAP"}[session.order],
}


def _code(error: ChipError) -> Code:
    if isinstance(error, BrownOutError):
        return Code.BROWN_OUT
    return Code.OVER_TEMPERATURE if isinstance(error, OverTemperatureError) else Code.EXECUTION


def begun_session(station: Station, key: str) -> KeptSession:
    """Return a new kept session on a station; what it carries out is remembered as frames, not once more."""
    return KeptSession(key, Session(station, "a lost connection", remember=lambda kind, content: None))
