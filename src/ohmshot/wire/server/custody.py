"""The writer's place: one client drives the chip, over one connection or in a session that outlives connections."""

from collections.abc import Callable

from ohmshot.foundation.errors import OhmshotError
from ohmshot.wire.protocol.errors import Code, CommandError, HangUpError
from ohmshot.wire.protocol.frames import BadFrameError, pack_greeting, pack_reply, unpack_frame
from ohmshot.wire.server.kept_session import KeptSession
from ohmshot.wire.server.station import Station, Writer

SHORTEST_KEY = 16


class Custody:
    """One client's claim on the chip of a station.

    Args:
        station: the chip in its tester.
        client: whose claim it is.
        begun: makes the session that outlives its connections, for a key.
    """

    def __init__(self, station: Station, client: Writer, begun: Callable[[str], KeptSession]) -> None:
        self._station = station
        self._client = client
        self._begun = begun

    @property
    def carries_frames(self) -> bool:
        """Whether a kept session runs over this client's connection."""
        kept = self._station.kept
        return kept is not None and kept.carrier is self._client

    @property
    def writer(self) -> str:
        """Name of the client that drives the chip; empty when nobody does."""
        return self._station.writer.peer if self._station.writer else ""

    def take(self) -> bool:
        """Become the writer, if nobody else is."""
        if self._station.writer is None:
            self._station.writer = self._client
            kept = self._station.kept
            if kept is not None and kept.executor is not self._client:
                self._station.kept = None  # whoever comes back must hear that another has had the chip
        return self._station.writer is self._client

    def require(self) -> None:
        """Become the writer.

        Raises:
            CommandError: somebody else is.
        """
        if not self.take():
            self._require_free(None)

    def release(self) -> None:
        """Let go of the chip; a kept session that ran over this connection is kept."""
        kept = self._station.kept
        if kept is not None and kept.carrier is self._client:
            kept.carrier = None
            if self._station.writer is kept.executor:
                self._station.writer = None
        if self._station.writer is self._client:
            self._station.writer = None

    def begin(self, key: str) -> str:
        """Begin a session that outlives this connection, or go on with it; returns the greeting.

        Raises:
            CommandError: the key is short, or somebody else drives the chip.
        """
        kept = self._kept()
        if kept is None or not kept.is_of(key):
            if len(key) < SHORTEST_KEY:
                raise CommandError(Code.ILLEGAL_VALUE, f"a key has at least {SHORTEST_KEY} characters")
            self._require_free(None)
            self._station.remember("BEGIN", key.encode())
            self._station.kept = self._begun(key)
        return self.resume(key)

    def resume(self, key: str) -> str:
        """Go on with a session over this connection; returns the greeting.

        Raises:
            CommandError: it has been lost, or somebody else drives the chip.
        """
        kept = self._kept()
        if kept is None or not kept.is_of(key):
            raise CommandError(Code.SESSION_LOST, "another has driven the chip, or it is not the same any more")
        self._require_free(kept.executor)
        kept.carrier, kept.executor.peer = self._client, self._client.peer
        self._station.writer = kept.executor
        return pack_greeting(key, kept.last)

    def frame(self, content: bytes) -> bytes:
        """Carry out one numbered message of the session; returns the reply as bytes.

        Raises:
            HangUpError: it is no sound frame, or no session runs over this connection.
        """
        kept = self._kept()
        try:
            if kept is None or kept.carrier is not self._client:
                raise BadFrameError("no session runs over this connection")
            reply = kept.take(unpack_frame(content), lambda frame: self._remembered(content))
        except BadFrameError as error:
            raise HangUpError(Code.BLOCK_DATA, str(error)) from error
        return pack_reply(reply)

    def _remembered(self, content: bytes) -> bytes:
        try:
            self._station.remember("FRAME", content)
        except OhmshotError as error:
            return CommandError(Code.EXECUTION, str(error)).entry.encode()
        return b""

    def _kept(self) -> KeptSession | None:
        kept = self._station.kept
        if kept is not None and kept.executor is self._client:
            raise CommandError(Code.CONFLICT, "a frame holds no frame and no session")
        return kept

    def _require_free(self, own: Writer | None) -> None:
        if self._station.writer not in (None, self._client, own):
            raise CommandError(Code.HELD, f"{self.writer} drives it; try again when it has gone")
