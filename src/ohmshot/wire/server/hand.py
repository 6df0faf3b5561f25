"""The one hand on the chip: messages that touch it are carried out one after another, beside the server's own work.

The loop that serves the sockets never waits for the chip: what may take long runs in a thread of its own, and meanwhile
others connect, prove themselves, send and ask what needs no chip.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ohmshot.wire.server.cost import MOST_ANSWER_BYTES
from ohmshot.wire.server.session import Session

Result = TypeVar("Result")
MOST_HELD_BYTES = 4 * MOST_ANSWER_BYTES
"""Bytes of answers that clients have not taken yet, of all connections; further messages for the chip wait."""

_SHORT = 2**16
"""Bytes of an answer that is sent in one piece."""


class Hand:
    """Carries out the messages of all sessions of a server."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "chip")
        self._held = 0
        self._stopped = False
        self._taken = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def answer(self, session: Session, message: bytes, patience_s: float) -> AsyncIterator[list[bytes]]:
        """Carry out one message and give its answer in pieces, to be sent within the block.

        Raises:
            TimeoutError: for so long others have not taken their answers.
            ConnectionAbortedError: the server has stopped.
        """
        if session.is_light(message):
            yield _joined(list(session.carry_out(message)))
            return
        answer = await self._carried_out(session, message, patience_s)
        length = sum(map(len, answer))
        try:
            yield _joined(answer)
        finally:
            self._held -= length
            async with self._taken:
                self._taken.notify_all()

    async def _carried_out(self, session: Session, message: bytes, patience_s: float) -> list[bytes]:
        while True:
            if not self._has_room():
                async with asyncio.timeout(patience_s), self._taken:
                    await self._taken.wait_for(self._has_room)
            async with self._turn:
                if self._stopped:
                    raise ConnectionAbortedError("the server has stopped")
                if self._has_room():
                    answer = await self._apart(lambda: list(session.carry_out(message)))
                    self._held += sum(map(len, answer))
                    return answer

    async def close(self, session: Session) -> None:
        """End a session, between two messages of others."""
        if not self._turn.locked():
            session.close()
            return
        async with self._turn:
            session.close()

    async def rest(self) -> None:
        """Finish the message under way and take no further one."""
        self._stopped = True
        async with self._turn:
            self._thread.shutdown(wait=True)

    def _has_room(self) -> bool:
        return self._held + MOST_ANSWER_BYTES <= MOST_HELD_BYTES

    async def _apart(self, work: Callable[[], Result]) -> Result:
        """Do something in the chip's thread; whoever gives up waiting still waits for its end."""
        running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait({running})
            raise


def _joined(answer: list[bytes]) -> list[bytes]:
    """The same answer, in one piece if it is short."""
    return [b"".join(answer)] if answer and sum(map(len, answer)) < _SHORT else answer
