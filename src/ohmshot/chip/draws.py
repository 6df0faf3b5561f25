"""Which random numbers a cell of a chip gets.

They depend on (key of the chip or of its life, place of the cell, how many the cell has had) alone. One call of the
generator gives a block of four; whoever draws several numbers of a cell one after another keeps the block.
"""

from typing import NamedTuple

import numpy as np

from ohmshot.cell.state import cycles_to_failure
from ohmshot.foundation.compiled import F32, U32, Bits, Real, Record, law
from ohmshot.foundation.philox import inverse_normal, log, normal, philox, uniform

EVENTS, FABRICATION, TRAP_FABRICATION, MULTIPLIES, TELEGRAPH, WAITS, CYCLES, LOG_WAITS = (
    U32(number) for number in range(0, 128, 16)
)
"""Streams: the third counter of the generator; EVENTS + 1 are the further bits that the ziggurat asks for."""


class RandomBlock(NamedTuple):
    """Four numbers of a cell's pulses and reads.

    Attributes:
        number: position of the block in the cell's stream.
        a: first of the four 32-bit numbers, and so on.
    """

    number: Bits
    a: Bits
    b: Bits
    c: Bits
    d: Bits


NO_BLOCK = RandomBlock(*(U32(0xFFFFFFFF),) * 5)
"""None yet."""


@law
def of_device(key: Bits, place: Bits, p: Record) -> tuple[Real, Real, Real, Real]:
    """Properties that make a device differ from its neighbours: (SET offset, RESET offset, cycles to failure, fault).

    Args:
        key: key of the chip as a device.
        place: number of the cell in the chip.
        p: the technology.

    Returns:
        As `ohmshot.cell.state.fabricated` takes them.
    """
    a, b, c, d = bits_of_device(key, place)
    return device_of(a, b, c, d, p)


@law
def device_of(a: Bits, b: Bits, c: Bits, d: Bits, p: Record) -> tuple[Real, Real, Real, Real]:
    """The numbers of `of_device`, made of its bits."""
    return inverse_normal(a), inverse_normal(b), cycles_to_failure(exponential(c), p), uniform(d)


@law
def bits_of_device(key: Bits, place: Bits) -> tuple[Bits, Bits, Bits, Bits]:
    """Bits that `of_device` makes its numbers of."""
    return philox(key, U32(place), U32(0), FABRICATION, U32(0))


@law
def exponential(bits: Bits) -> Real:
    """Exponential number of mean 1 of 32 bits, ``-ln(1 - u)``, exact where it is small too."""
    u = (F32(bits) + F32(0.5)) * F32(2.0**-32)
    return u + F32(0.5) * u * u if u < F32(1e-3) else -log(max(F32(1) - u, F32(2.0**-25)))


@law
def next_normal(cell: Record, key: Bits, place: Bits, block: RandomBlock) -> tuple[Real, RandomBlock]:
    """The cell's next standard normal number, and the block that it stood in."""
    number = cell.events
    cell.events = U32(number + U32(1))
    if block.number != number >> U32(2):
        a, b, c, d = philox(key, U32(place), U32(number >> U32(2)), EVENTS, U32(0))
        block = RandomBlock(U32(number >> U32(2)), a, b, c, d)
    within = number & U32(3)
    early = block.a if within == 0 else block.b
    late = block.c if within == 2 else block.d
    return normal(early if within < 2 else late, key, place, number, EVENTS + 1), block


AHEAD = 64
"""Cells whose next blocks are drawn side by side."""


@law
def drawn_ahead(cells: np.ndarray, addresses: np.ndarray, chip: int, key: Bits, ahead: np.ndarray) -> None:
    """Draw the next block of up to `AHEAD` cells of a chip, in vector instructions: see `block_ahead`.

    Args:
        cells: of all chips, [chips, cells].
        addresses: of these cells, over the whole batch.
        chip: which chip.
        key: of its life.
        ahead: uint32 [6, AHEAD], to be written: place, number of the block, its four numbers.
    """
    for j in range(len(addresses)):
        place = addresses[j] - chip * cells.shape[1]
        ahead[0, j], ahead[1, j] = U32(place), cells[chip, place].events >> U32(2)
    for j in range(AHEAD):
        ahead[2, j], ahead[3, j], ahead[4, j], ahead[5, j] = philox(key, ahead[0, j], ahead[1, j], EVENTS, U32(0))


@law
def block_ahead(ahead: np.ndarray, j: int) -> tuple[Bits, RandomBlock]:
    """Place of a cell and its block, of those that `drawn_ahead` has drawn."""
    return ahead[0, j], RandomBlock(ahead[1, j], ahead[2, j], ahead[3, j], ahead[4, j], ahead[5, j])


@law
def of_set(cell: Record, key: Bits, place: Bits, block: RandomBlock) -> tuple[Real, Real, Real, RandomBlock]:
    """Three standard normal numbers of a FORM or SET, the first two 0 where no cycle begins; and the block."""
    n1, n2 = F32(0), F32(0)
    if cell.reset_since_set:
        n1, block = next_normal(cell, key, place, block)
        n2, block = next_normal(cell, key, place, block)
    n3, block = next_normal(cell, key, place, block)
    return n1, n2, n3, block


@law
def of_cycle(key: Bits, place: Bits, cycle: Bits) -> tuple[Real, Real]:
    """Of a SET/RESET cycle of a cell: (how well its filament holds, exponential of mean 1; its fault, uniform)."""
    a, b, _, _ = philox(key, U32(place), U32(cycle), CYCLES, U32(0))
    return exponential(a), uniform(b)


@law
def of_log_wait(key: Bits, place: Bits, number: Bits) -> tuple[Real, Real]:
    """A uniform and a standard normal number of a wait in log time; the wait counts as one more."""
    a, b, _, _ = philox(key, place, number, LOG_WAITS, U32(0))
    return uniform(a), inverse_normal(b)


@law
def of_wait(key: Bits, place: Bits, number: Bits) -> tuple[Real, Real]:
    """Two standard normal numbers of a wait of a cell that has had so many numbers; the wait counts as one more."""
    a, b = bits_of_wait(key, place, number)
    return inverse_normal(a), inverse_normal(b)


@law
def bits_of_wait(key: Bits, place: Bits, number: Bits) -> tuple[Bits, Bits]:
    """Bits that `of_wait` makes its numbers of."""
    a, b, _, _ = philox(key, place, number, WAITS, U32(0))
    return a, b
