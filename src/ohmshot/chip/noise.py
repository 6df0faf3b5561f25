"""One endless stream of standard normal numbers a chip, read in bulk.

What a chip draws depends on the seed and on its own name alone, never on the batch it sits in or on how a
study is cut into chunks. Each chip's generator fills fixed blocks; a draw takes the next numbers of each chip
by one gather, so the only loop over chips is the refill of whole blocks.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ohmshot.foundation.randomness import generator

BLOCK = 8192


class NoiseStreams:
    """Streams of standard normal numbers for a batch of chips.

    Args:
        seed: of the run.
        names: one tuple a chip; equal names give equal streams.
    """

    def __init__(self, seed: int, names: Sequence[tuple[str | int, ...]]) -> None:
        self._generators = [generator(seed, *name) for name in names]
        # Two blocks a chip, as a ring: the block being read and the one after it.
        self._ring = torch.stack([torch.cat([self._block(i), self._block(i)]) for i in range(len(names))])
        self._position = torch.zeros(len(names), dtype=torch.int64)

    def _block(self, chip: int) -> Tensor:
        return torch.randn(BLOCK, generator=self._generators[chip])

    def draw(self, owners: Tensor, each: int) -> Tensor:
        """Draw numbers for some cells.

        Args:
            owners: int64 [n], the chip of each cell, sorted.
            each: numbers a cell.

        Returns:
            float32, [each, n].
        """
        counts = torch.bincount(owners, minlength=len(self._generators))
        starts = counts.cumsum(0) - counts
        rank = torch.arange(owners.shape[0]) - starts[owners]
        done = torch.empty(each, owners.shape[0])
        for row in range(each):
            done[row] = self._take(owners, rank, counts)
        return done

    def _take(self, owners: Tensor, rank: Tensor, counts: Tensor) -> Tensor:
        if int(counts.max()) > BLOCK:
            raise ValueError(f"one draw takes at most {BLOCK} numbers a chip")
        place = (self._position[owners] + rank) % (2 * BLOCK)
        taken = self._ring.view(-1)[owners * (2 * BLOCK) + place]
        before = self._position // BLOCK
        self._position += counts
        for chip in torch.nonzero(self._position // BLOCK > before).squeeze(1).tolist():
            used = int(before[chip]) % 2
            self._ring[chip, used * BLOCK : (used + 1) * BLOCK] = self._block(chip)
        return taken

    def draw_matrix(self, each: int) -> Tensor:
        """Draw the same count for every chip: float32 [chips, each]."""
        chips = torch.arange(len(self._generators))
        parts = [
            self.draw(chips.repeat_interleave(count), 1).view(len(self._generators), count)
            for count in [BLOCK] * (each // BLOCK) + [each % BLOCK]
        ]
        return torch.cat(parts, dim=1)
