"""One endless stream of standard normal numbers a chip, read in bulk.

What a chip draws depends on the seed, on its own name and on what it has been asked for, never on the batch it
sits in or on how a study is cut into chunks. The only loops over chips fill whole blocks of numbers.
"""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from ohmshot.foundation.devices import to_default_device
from ohmshot.foundation.randomness import generator

EVERY_CHIP = slice(None)


class NoiseStreams:
    """Streams of standard normal numbers for a batch of chips.

    Args:
        seed: of the run.
        names: one tuple a chip; equal names give equal streams.
        block: numbers that a chip holds in stock for `draw`, and the most that one draw gives to a chip.
    """

    def __init__(self, seed: int, names: Sequence[tuple[str | int, ...]], block: int) -> None:
        self._generators = [generator(seed, *name) for name in names]
        self._stock = torch.empty(len(names), block)
        # Places among all stocks: where each chip's stock ends, and where its next number lies (none is there yet).
        self._end = torch.arange(1, 1 + len(names)) * block
        self._next = self._end.clone()

    def draw(self, counts: Tensor, each: int, chips: slice = EVERY_CHIP) -> Tensor:
        """Draw numbers for some cells of some chips from their stocks.

        Args:
            counts: int64 [chips], how many cells of each chip, together n.
            each: numbers a cell.
            chips: which chips.

        Returns:
            float32, [each, n], chip after chip.
        """
        next_number = self._next[chips]
        after = torch.add(next_number, counts, alpha=each)
        if bool((after > self._end[chips]).any()):
            self._restock(counts * each, chips)
            after = torch.add(next_number, counts, alpha=each)
        # Cell i of the n takes the numbers from start + each * i on, so that a chip's numbers follow one another.
        start = torch.sub(next_number, counts.cumsum(0).sub_(counts), alpha=each)
        next_number.copy_(after)
        place = torch.repeat_interleave(start, counts)
        place += torch.arange(0, each * len(place), each)
        drawn = torch.empty(each, len(place))
        for number in range(each):
            torch.index_select(self._stock.view(-1), 0, place, out=drawn[number])
            place += 1
        return drawn

    def draw_all(self, each: int, chips: slice = EVERY_CHIP) -> Tensor:
        """Draw the same count for every one of some chips, past the stocks: float32 [chips, each]."""
        generators = self._generators[chips]
        drawn = torch.empty(len(generators), each, device="cpu")
        for numbers, random in zip(drawn, generators, strict=True):
            numbers.normal_(generator=random)
        return to_default_device(drawn)

    def snapshot(self) -> dict[str, Tensor]:
        """States of the generators, stocks and what is used of them, by name: the next draws depend on these alone."""
        states = torch.stack([each.get_state() for each in self._generators])
        used = self._next - self._end + self._stock.shape[1]
        return {"generators": states, "stock": self._stock.clone(), "used": used}

    def restore(self, snapshot: Mapping[str, Tensor]) -> None:
        """Go on from the `snapshot` of as many chips."""
        for random, state in zip(self._generators, snapshot["generators"], strict=True):
            random.set_state(state.clone())  # torch crashes on a view into a bigger tensor
        self._stock = snapshot["stock"].clone()
        self._next = snapshot["used"] + self._end - self._stock.shape[1]

    def _restock(self, wanted: Tensor, chips: slice) -> None:
        """Fill the stock of each chip that has less than it wants; what little was left of it is dropped."""
        block = self._stock.shape[1]
        if int(wanted.max()) > block:
            raise ValueError(f"one draw takes at most {block} numbers a chip")
        short = torch.nonzero(self._next[chips] + wanted > self._end[chips]).squeeze(1)
        numbers = range(len(self._generators))[chips]
        for i in short.tolist():
            drawn = torch.empty(block, device="cpu").normal_(generator=self._generators[numbers[i]])
            self._stock[numbers[i]].copy_(drawn)
        self._next[chips][short] = self._end[chips][short] - block
