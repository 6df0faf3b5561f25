"""A link to a session in this process, without any socket: for tests and for `ohmshot conformance --chip sim`."""

from ohmshot.wire.client.links import ConnectionLostError
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.station import Station


class LoopbackLink:
    """A link whose other end is a session of its own.

    Args:
        station: the chip in its tester.
        name: for messages.
    """

    def __init__(self, station: Station, name: str = "sim") -> None:
        self.name = name
        self.sent = 0
        self.received = 0
        self._session = Session(station, name)
        self._answers = bytearray()

    def write(self, data: bytes) -> None:
        """Carry out what is sent."""
        self.sent += len(data)
        for answer in self._session.receive(data):
            self._answers += answer

    def read(self, count: int) -> bytes:
        """Return so many bytes of the answers.

        Raises:
            ConnectionLostError: there are not so many.
        """
        if len(self._answers) < count:
            raise ConnectionLostError(f"The chip at {self.name} is silent.")
        taken = bytes(self._answers[:count])
        del self._answers[:count]
        self.received += count
        return taken

    def close(self) -> None:
        """End the session."""
        self._session.close()
