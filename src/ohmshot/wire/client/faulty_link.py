"""A link over a line that breaks, delays and garbles messages as often as it is set to."""

from ohmshot.wire.client.links import ConnectionLostError, Link
from ohmshot.wire.protocol.faulty_line import FaultyLine


class FaultyLink(Link):
    """One link over a faulty line.

    Args:
        link: carries the bytes.
        line: draws the faults.
    """

    def __init__(self, link: Link, line: FaultyLine) -> None:
        super().__init__(
            link.name, link.write, link.read, link.close, answer_seconds=link.answer_seconds, token=link.token
        )
        self._link = link
        self._line = line
        self._late = False
        self._answer_garbled = False

    def write(self, data: bytes) -> None:
        """Send all of it, perhaps not whole.

        Raises:
            ConnectionLostError: the connection is lost.
        """
        if self._late:  # nobody will hear the answer: no further faults are drawn
            self._carry(data)
            return
        delivery = self._line.delivery(data)
        self._late = delivery.late
        self._answer_garbled |= delivery.answer_garbled
        if delivery.data:
            self._carry(delivery.data)
        if delivery.lost:
            raise self._broken("is lost")

    def read(self, count: int) -> bytes:
        """Wait for exactly so many bytes.

        Raises:
            ConnectionLostError: nothing comes in time.
        """
        if self._late:
            raise self._broken("is silent beyond its time limit")
        data = self._link.read(count)
        self.received += len(data)
        if self._answer_garbled and data:
            self._answer_garbled = False
            return self._line.garbled(data)
        return data

    def next_answer(self) -> None:
        """What is read from now on is another answer, with a time limit of its own."""
        self._link.next_answer()

    def _carry(self, data: bytes) -> None:
        self._link.write(data)
        self.sent += len(data)

    def _broken(self, how: str) -> ConnectionLostError:
        self._link.close()
        return ConnectionLostError(f"The connection to the chip at {self.name} {how}.")
