"""A conversation that survives its connections: nothing that was said is lost, and nothing is done twice.

Every message goes as a numbered frame with a checksum, and is kept until its reply has arrived. When the connection
breaks, an answer is late or bytes are garbled, the client connects again, with growing pauses, says who it is, and
sends again what has not been replied to; the chip carries out only what it has not
(`ohmshot.wire.server.kept_session`).
"""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ohmshot.foundation.errors import ChipError
from ohmshot.wire.client.conversation import LONGEST_BLOCK, LONGEST_LINE, Conversation, RefusedError, blocks_in
from ohmshot.wire.client.links import ConnectionLostError, Link
from ohmshot.wire.protocol.blocks import block
from ohmshot.wire.protocol.errors import Code
from ohmshot.wire.protocol.frames import BadFrameError, Frame, Reply, pack_frame, unpack_greeting, unpack_reply

_BLOCK_HEADER = 16
"""Bytes of a block's header and what stands behind it."""
MOST_WAITING = 128
MOST_WAITING_BYTES = 8 * 2**20
"""Messages that are sent before any reply is taken: what a client may have to send again."""
MOST_REFUSALS = 5
"""One after another, until it is believed that the chip refuses, and that no line has garbled the question."""
_BESIDE_THE_ANSWER = 2**16 + 64
"""Bytes of a reply at most, beside its answer: the error, whose length has two bytes, and numbers."""
MOST_FRUITLESS = 20
"""Connections one after another that bring not a single reply."""


@dataclass(frozen=True)
class RetryPolicy:
    """Attempts of a client to get a connection back.

    Attributes:
        first_pause_s: before the second attempt; each later pause is twice as long.
        longest_pause_s: bounds it.
        total_s: after so much time in pauses the client gives up.
    """

    first_pause_s: float = 0.05
    longest_pause_s: float = 5.0
    total_s: float = 60.0

    def pauses(self) -> Iterator[float]:
        """Pauses in s before each attempt; the first attempt comes at once."""
        pause, spent = 0.0, 0.0
        while spent <= self.total_s:
            yield pause
            pause = min(self.longest_pause_s, 2 * pause or self.first_pause_s)
            spent += pause


@dataclass(frozen=True)
class Interruptions:
    """The losses of connection that a conversation has gone through.

    Attributes:
        reconnections: number of connections made anew.
        sent_again: frames sent more than once.
        paused_s: seconds of pauses before further attempts.
    """

    reconnections: int = 0
    sent_again: int = 0
    paused_s: float = 0.0


class NumberedConversation:
    """Questions and answers over links that may break.

    Args:
        first: an introduced conversation over the first link.
        introduced: makes another, over a new link; raises ConnectionLostError where that fails.
        retries: attempts to get a lost connection back.

    Raises:
        RefusedError: the chip knows no sessions; the first conversation can be used as it is.
        ChipError: somebody else drives the chip.
    """

    def __init__(
        self, first: Conversation, introduced: Callable[[], Conversation], retries: RetryPolicy | None = None
    ) -> None:
        self.interruptions = Interruptions()
        self._plain = first
        self._introduced = introduced
        self._retries = retries or RetryPolicy()
        self._key = secrets.token_hex(16)
        self._number = 0
        self._waiting: dict[int, Frame] = {}
        self._errors: list[bytes] = []
        self._fruitless = 0
        self._last_reply = time.monotonic()
        self._most: dict[int, int] = {}
        self._most_of_all = LONGEST_LINE
        try:
            self._begin()
        except RefusedError as error:
            if error.code == Code.UNDEFINED_HEADER:  # a chip of protocol 1.0; the link is as good as before
                raise
            self._recover(error, "BEG")
        except ChipError as error:
            self._recover(error, "BEG")

    @property
    def link(self) -> Link:
        """The link in use now."""
        return self._plain.link

    def send(self, message: bytes, most: int = LONGEST_LINE) -> None:
        """Send a command; an error surfaces at the next question. An answer to it has at most so many bytes."""
        if sum(len(frame.message) for frame in self._waiting.values()) > MOST_WAITING_BYTES:
            self._replies(0)
        self._replies(MOST_WAITING)
        if not self._waiting:
            self._last_reply = time.monotonic()
        self._number += 1
        self._most[self._number] = most
        self._most_of_all = max(most, self._most_of_all)
        settled = min(self._waiting, default=self._number) - 1
        self._waiting[self._number] = frame = Frame(self._number, settled, message)
        try:
            self._write(frame)
        except ConnectionLostError as error:
            self._recover(error)

    def query(self, question: bytes) -> str:
        """Return an answer that is one line of text.

        Raises:
            ChipError: this question or an earlier command was refused, or the connection is lost for good.
        """
        return self._query(question).decode("latin-1").rstrip("\r\n")

    def query_blocks(self, question: bytes, count: int = 1, most: int = LONGEST_BLOCK) -> list[bytes]:
        """Return the contents of the blocks that answer one message, each of at most so many bytes.

        Raises:
            ChipError: this question or an earlier command was refused, or the connection is lost for good.
        """
        return blocks_in(self._query(question, count * (most + _BLOCK_HEADER)), count, self.link.name)

    def _query(self, question: bytes, most: int = LONGEST_LINE) -> bytes:
        self.send(question, most)
        answer = self._replies(0)
        if self._errors:
            first = self._errors[0].decode("latin-1")
            self._errors = []
            raise RefusedError(self.link.name, first)
        return answer

    def _write(self, frame: Frame) -> None:
        self.link.write(b"SYST:FRAM? " + block(pack_frame(frame)) + b"\n")

    def _replies(self, left: int) -> bytes:
        """Take replies until no more than so many are outstanding; returns the answer to the last message."""
        answer = b""
        while len(self._waiting) > left:
            try:
                reply = self._reply()
            except ConnectionLostError as error:
                self._recover(error)
                continue
            self._fruitless, self._last_reply = 0, time.monotonic()
            most = self._most.pop(reply.number, self._most_of_all)
            if len(reply.answer) > most:
                raise ChipError(
                    f"The chip at {self.link.name} answered {len(reply.answer)} bytes where at most {most} belong."
                )
            if self._waiting.pop(reply.number, None) is None:
                continue  # of a frame that was sent again
            if reply.number == self._number:  # perhaps not the last to come: an earlier one may have been lost
                answer = reply.answer
            if reply.error:
                self._errors.append(reply.error)
        return answer

    def _reply(self) -> Reply:
        try:
            self.link.next_answer()
            return unpack_reply(self._plain.next_block(self._most_of_all + _BESIDE_THE_ANSWER))
        except ConnectionLostError:
            raise
        except (BadFrameError, ChipError) as error:  # an error line in place of a reply, or what is no reply at all
            raise ConnectionLostError(f"The answer of the chip at {self.link.name} is garbled: {error}.") from error

    def _recover(self, cause: ChipError, how: str = "RES") -> None:
        """Connect again and send again what has not been replied to.

        Raises:
            ChipError: it cannot be had back, or the chip is not where it was.
        """
        self._fruitless += 1
        refusals, paused = 0, self.interruptions.paused_s
        longest = (
            self._retries.total_s + 2 * self.link.answer_seconds
        )  # of all attempts; each may take an answer's time
        for pause in self._retries.pauses():
            if self._fruitless > MOST_FRUITLESS or time.monotonic() > self._last_reply + longest:
                break
            time.sleep(pause)
            paused += pause
            self._plain.link.close()
            try:
                self._plain = self._introduced()
                last = self._open(how)
            except ConnectionLostError as error:
                cause = error
                continue
            except ChipError as error:  # refused; but then the question may have been garbled, or a rival be going
                cause, refusals = error, refusals + 1
                if refusals == MOST_REFUSALS:
                    raise
                continue
            self._require_whole(last)
            try:
                for frame in self._waiting.values():
                    self._write(frame)
            except ConnectionLostError as error:
                cause = error
                continue
            self.interruptions = Interruptions(
                self.interruptions.reconnections + 1, self.interruptions.sent_again + len(self._waiting), paused
            )
            return
        raise ChipError(
            f"{cause} Attempts for {self._retries.total_s:g} s did not bring the chip back; {len(self._waiting)} "
            "messages are without a reply, so verify the cells before going on."
        ) from cause

    def _begin(self) -> None:
        """Open the session; "no such command" is believed when it comes again, since a line may garble a question."""
        for _ in range(MOST_REFUSALS - 1):
            try:
                self._open("BEG")
            except RefusedError as error:
                if error.code != Code.UNDEFINED_HEADER:
                    raise
            else:
                return
        self._open("BEG")

    def _open(self, how: str) -> int:
        answer = self._plain.query(f'SYST:SESS:{how}? "{self._key}"'.encode())
        try:
            return unpack_greeting(self._key, answer)
        except BadFrameError as error:
            raise ConnectionLostError(f"The chip at {self.link.name} cannot be understood: {error}.") from error

    def _require_whole(self, last: int) -> None:
        first = min(self._waiting, default=self._number + 1)
        if last < first - 1:
            raise ChipError(
                f"The chip at {self.link.name} has forgotten messages that it had carried out ({last + 1} to "
                f"{first - 1}): it is not in the state that it was in. Verify every cell before going on."
            )
