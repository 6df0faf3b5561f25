"""A link to a session in this process, without any socket: for tests and for chips that are simulated here."""

from ohmshot.wire.client.links import Link
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.station import Station


class LoopbackLink(Link):
    """A link whose other end is a session of its own.

    Args:
        station: the chip in its tester.
        name: the chip's place, for messages.
    """

    def __init__(self, station: Station, name: str = "sim") -> None:
        self._session = Session(station, name)
        self._answers = bytearray()
        super().__init__(name, self._carry_out, self._take, self._session.close)

    def _carry_out(self, data: bytes) -> None:
        for answer in self._session.receive(data):
            self._answers += answer

    def _take(self, count: int) -> bytes:
        taken = bytes(self._answers[:count])
        del self._answers[:count]
        return taken
