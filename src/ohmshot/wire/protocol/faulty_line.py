"""Faults of the line between a host and a chip, drawn at random on purpose: for tests and for `--inject`."""

from collections import Counter
from dataclasses import dataclass

import torch

from ohmshot.chip.faults.injection import Injection
from ohmshot.foundation.randomness import generator


@dataclass(frozen=True)
class Delivery:
    """The fate of some bytes on their way to a chip, and of what answers them.

    Attributes:
        data: the bytes that arrive; none where the connection breaks before.
        lost: the connection breaks, before they arrive or after.
        late: the answer comes too late for any time limit.
        answer_garbled: one bit of the answer is the wrong one.
    """

    data: bytes
    lost: bool = False
    late: bool = False
    answer_garbled: bool = False


class FaultyLine:
    """Draws the faults of all connections over one line, one message after another.

    A lost connection breaks as often before the message arrives as after. A late answer misses its time limit, though
    the chip carries the message out. A bit flip hits the message, or as often what comes back after it.

    Args:
        faults: probability of each kind for one message; the faults of the chip among them have no effect here.
        seed: seed of the run.

    Attributes:
        met: number of faults of each kind so far.
    """

    def __init__(self, faults: Injection, seed: int) -> None:
        self.faults = faults
        self.met: Counter[str] = Counter()
        self._random = generator(seed, "injected", "line")

    def delivery(self, data: bytes) -> Delivery:
        """Draw what becomes of some bytes and of their answer."""
        lost = self._happens("lost connection", self.faults.lost_connection)
        if lost and self._either():
            return Delivery(b"", lost)
        answer_garbled = False
        if self._happens("bit flip", self.faults.bit_flip):
            if self._either():
                data = self.garbled(data)
            else:
                answer_garbled = True
        late = not lost and self._happens("late answer", self.faults.late_answer)
        return Delivery(data, lost, late, answer_garbled)

    def garbled(self, data: bytes) -> bytes:
        """Turn over one bit of some bytes, at least one."""
        place = int(torch.randint(8 * len(data), (1,), generator=self._random))
        changed = bytearray(data)
        changed[place // 8] ^= 1 << place % 8
        return bytes(changed)

    def _happens(self, name: str, probability: float) -> bool:
        """Draw whether a fault happens, and count it."""
        drawn = probability > 0 and float(torch.rand(1, generator=self._random)) < probability
        self.met[name] += drawn
        return drawn

    def _either(self) -> bool:
        """Draw one of two halves."""
        return bool(torch.rand(1, generator=self._random) < 0.5)
