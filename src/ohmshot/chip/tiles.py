"""Batches cut into tiles of chips, so that what an operation works on stays in the processor's cache.

All that a simulated chip does concerns it alone, so nothing depends on the tiles but the speed.
"""

NUMBERS = 131_072
"""Of a tensor in a tile: half a MiB of float32: a dozen of them stay in the last cache, and calls are few."""


def tiles(chips: int, numbers: int) -> list[slice]:
    """Cut a batch into runs of neighbouring chips, for tensors of about ``numbers`` numbers over the whole batch."""
    size = max(1, NUMBERS * chips // max(numbers, 1))
    return [slice(first, min(chips, first + size)) for first in range(0, chips, size)]
