"""A line to a chip that breaks, dawdles and garbles as often as it is told: for tests and for `--inject`."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch

from ohmshot.chip.faults.injection import Injection
from ohmshot.foundation.randomness import generator
from ohmshot.wire.client.links import ConnectionLostError, Link


@dataclass(frozen=True)
class LineFaults:
    """How often a message meets a fault, each a probability a message.

    Attributes:
        lost_connection: the connection breaks, as often before the message arrives as after.
        late_answer: the answer does not come within its time limit, though the chip carries the message out.
        bit_flip: one bit of the message, or as often of what comes back after it, is the wrong one.
    """

    lost_connection: float = 0.0
    late_answer: float = 0.0
    bit_flip: float = 0.0


NO_FAULTS = LineFaults()


def line_faults(injection: Injection) -> LineFaults:
    """The faults of the line among those that are injected."""
    return LineFaults(injection.lost_connection, injection.late_answer, injection.bit_flip)


class FaultyLine:
    """Draws the faults of all links that are made over it, one after another.

    Args:
        faults: how often.
        seed: of the run.

    Attributes:
        met: how many faults of each kind there were.
    """

    def __init__(self, faults: LineFaults, seed: int) -> None:
        self.faults = faults
        self.met: Counter[str] = Counter()
        self._random = generator(seed, "injected", "line")

    def over(self, link: Link) -> "FaultyLink":
        """A link that runs over this line."""
        return FaultyLink(link, self)

    def happens(self, name: str, probability: float) -> bool:
        """Draw whether a fault happens, and count it."""
        drawn = probability > 0 and float(torch.rand(1, generator=self._random)) < probability
        self.met[name] += drawn
        return drawn

    def passage(self, data: bytes) -> "Passage":
        """Draw what becomes of some bytes at a server, and of their answers."""
        lost = self.happens("lost connection", self.faults.lost_connection)
        if lost and self.either():
            return Passage(b"", answered=False, ends=True)
        flip = self.happens("bit flip", self.faults.bit_flip)
        on_the_way_back = flip and self.either()
        if flip and not on_the_way_back:
            data = self.garbled(data)
        late = self.happens("late answer", self.faults.late_answer)
        return Passage(data, not (lost or late), self.garbled if on_the_way_back else bytes, lost)

    def either(self) -> bool:
        """Draw one of two halves."""
        return bool(torch.rand(1, generator=self._random) < 0.5)

    def garbled(self, data: bytes) -> bytes:
        """Turn over one bit."""
        place = int(torch.randint(8 * len(data), (1,), generator=self._random))
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        return bytes(changed)


@dataclass(frozen=True)
class Passage:
    """What becomes of some bytes that arrive at a server.

    Attributes:
        data: as they arrive.
        answered: what answers them is sent; otherwise it comes too late for any time limit.
        over: what becomes of a piece of the answers on its way back.
        ends: the connection ends afterwards.
    """

    data: bytes
    answered: bool = True
    over: Callable[[bytes], bytes] = bytes
    ends: bool = False


class FaultyLink:
    """One link over a faulty line.

    Args:
        link: that the bytes go over.
        line: draws the faults.
    """

    def __init__(self, link: Link, line: FaultyLine) -> None:
        self.name = link.name
        self._link = link
        self._line = line
        self._late = False
        self._garble_answer = False

    @property
    def sent(self) -> int:
        """Bytes so far."""
        return self._link.sent

    @property
    def received(self) -> int:
        """Bytes so far."""
        return self._link.received

    def write(self, data: bytes) -> None:
        """Send all of it, perhaps not whole.

        Raises:
            ConnectionLostError: the connection is lost.
        """
        line, faults = self._line, self._line.faults
        lost = line.happens("lost connection", faults.lost_connection)
        if lost and line.either():
            raise self._broken("is lost")
        if line.happens("bit flip", faults.bit_flip):
            if line.either():
                data = line.garbled(data)
            else:
                self._garble_answer = True
        self._link.write(data)
        if lost:
            raise self._broken("is lost")
        self._late = self._late or line.happens("late answer", faults.late_answer)

    def read(self, count: int) -> bytes:
        """Wait for exactly so many bytes.

        Raises:
            ConnectionLostError: nothing comes in time.
        """
        if self._late:
            raise self._broken("is silent beyond its time limit")
        data = self._link.read(count)
        if self._garble_answer and data:
            self._garble_answer = False
            return self._line.garbled(data)
        return data

    def close(self) -> None:
        """Hang up."""
        self._link.close()

    def _broken(self, how: str) -> ConnectionLostError:
        self._link.close()
        return ConnectionLostError(f"The connection to the chip at {self.name} {how}.")
