"""A session that outlives its connections: kept by the chip, so that no message is lost or carried out twice.

A client numbers its messages (`ohmshot.wire.protocol.frames`). The chip carries out number after number, each once, and
keeps the reply until the client has it. Where the chip has a memory (`ohmshot.wire.server.chip_file`), a frame is in it
before it acts, so that a server killed at any instruction knows what it has carried out, and answers the same again.
"""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor

from ohmshot.foundation.records import Record
from ohmshot.wire.protocol.blocks import ByteOrder
from ohmshot.wire.protocol.frames import BadFrameError, Frame, Reply
from ohmshot.wire.server.answers import AnswerFormat

MOST_KEPT_BYTES = 64 * 2**20
"""Bytes of replies that the client has not settled; the oldest are dropped beyond."""
_ANSWER = "session.answer."
MOST_UNSETTLED = 256
"""Frames that a client may have sent without having taken their replies."""


class Executor(Protocol):
    """Carries out the messages of a kept session; `ohmshot.wire.server.session.Session`.

    Attributes:
        peer: the client's name.
        answers: the format of arrays.
    """

    peer: str
    answers: AnswerFormat

    def carry_out_alone(self, message: bytes) -> tuple[bytes, bytes]:
        """Carry out one message; returns its answer and the entry of its error, both empty for none."""


class KeptState(Record):
    """A kept session in a snapshot of the chip."""

    key: str
    last: int
    format: str
    order: ByteOrder
    replies: tuple[tuple[int, str, str], ...]
    """Number and error of each reply that may be asked for again, and its answer (base64) in files of format 3."""


@dataclass
class KeptSession:
    """A session as the chip keeps it.

    Attributes:
        key: only the client that began it knows it.
        executor: carries out its messages.
        last: number of the last frame carried out.
        carrier: the connection that it runs over now; None while it is lost.
        replies: by number, those that the client has not settled.
    """

    key: str
    executor: Executor
    last: int = 0
    carrier: object | None = None
    replies: dict[int, Reply] = field(default_factory=dict)

    def is_of(self, key: str) -> bool:
        """Whether a client knows the key."""
        return hmac.compare_digest(self.key.encode(), key.encode())

    def take(self, frame: Frame, remember: Callable[[Frame], bytes]) -> Reply:
        """Carry out a frame, or give its reply again.

        Args:
            frame: as it arrived.
            remember: keeps it, before it acts; returns the entry of an error where it cannot, and then it must not act.

        Raises:
            BadFrameError: its number is neither the next nor one whose reply is kept.
        """
        self.replies = {number: reply for number, reply in self.replies.items() if number > frame.settled}
        if frame.number in self.replies:
            return self.replies[frame.number]
        if frame.number != self.last + 1 or len(self.replies) >= MOST_UNSETTLED:
            raise BadFrameError(f"frame {frame.number} does not follow frame {self.last}")
        refused = remember(frame)
        return self._keep(Reply(frame.number, refused, b"")) if refused else self.act(frame)

    def act(self, frame: Frame) -> Reply:
        """Carry out a frame and keep the reply."""
        answer, error = self.executor.carry_out_alone(frame.message)
        return self._keep(Reply(frame.number, error, answer))

    def state(self) -> KeptState:
        """For a snapshot, without the answers, which may be long: those are `answers`."""
        replies = tuple((each.number, each.error.decode(), "") for each in self.replies.values())
        answers = self.executor.answers
        return KeptState(key=self.key, last=self.last, format=answers.format, order=answers.order, replies=replies)

    def answers(self) -> dict[str, Tensor]:
        """The answers of the replies by name, uint8 [bytes] each, for a snapshot."""
        return {
            f"{_ANSWER}{each.number}": torch.frombuffer(bytearray(each.answer), dtype=torch.uint8)
            for each in self.replies.values()
            if each.answer
        }

    def _keep(self, reply: Reply) -> Reply:
        self.last = reply.number
        self.replies[reply.number] = reply
        while len(self.replies) > 1 and sum(len(each.answer) for each in self.replies.values()) > MOST_KEPT_BYTES:
            del self.replies[min(self.replies)]
        return reply


def restored(state: KeptState, executor: Executor, answers: Mapping[str, Tensor]) -> KeptSession:
    """Return the kept session of a snapshot and its answers, without a connection."""
    executor.answers.use_format(state.format)
    executor.answers.use_order(state.order)
    replies = {
        number: Reply(number, error.encode(), base64.b64decode(answer) or _bytes_of(answers, number))
        for number, error, answer in state.replies
    }
    return KeptSession(state.key, executor, state.last, replies=replies)


def without_answers(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Tensors of a snapshot without the answers of its session."""
    return {name: values for name, values in tensors.items() if not name.startswith(_ANSWER)}


def _bytes_of(answers: Mapping[str, Tensor], number: int) -> bytes:
    values = answers.get(f"{_ANSWER}{number}")
    return b"" if values is None else values.numpy().tobytes()
