"""Integer arithmetic that every block shares, on int64 tensors of any shape. Gates and C do the same, bit for bit."""

import math

import torch
from torch import Tensor


def rounded_shift(values: Tensor, places: int | Tensor) -> Tensor:
    """Divide by a power of two, halves upward: add half, then shift right arithmetically.

    Args:
        values: int64, any shape.
        places: of the shift: one number, below 0 for a shift to the left, or numbers of at least 0, int64 of a shape
            that goes with the values.
    """
    if isinstance(places, Tensor):
        return (values + ((torch.ones_like(places) << places) >> 1)) >> places
    return (values + ((1 << places) >> 1)) >> places if places > 0 else values << -places


def saturated(values: Tensor, most: int) -> Tensor:
    """Hold values between minus and plus the most that a register takes."""
    return values.clamp(-most, most)


def square_root(values: Tensor, bits: int) -> Tensor:
    """Whole part of the square root, found bit by bit from the highest: compare, subtract, shift.

    Args:
        values: int64, at least 0 and below 4 ** bits.
        bits: of the root.
    """
    root, rest = torch.zeros_like(values), values
    for place in reversed(range(bits)):
        step = (root << (place + 1)) + (1 << (2 * place))
        taken = rest >= step
        rest = torch.where(taken, rest - step, rest)
        root = torch.where(taken, root + (1 << place), root)
    return root


def mantissa(value: float, bits: int) -> tuple[int, int]:
    """Write a constant as ``m / 2**s`` with m of exactly so many bits; done once, when a controller is configured.

    Args:
        value: above 0.
        bits: of m, at least 2.
    """
    shift = bits - math.frexp(value)[1]
    found = round(math.ldexp(value, shift))
    return (found, shift) if found < 1 << bits else (found >> 1, shift - 1)


def bits_of(largest: int, signed: bool) -> int:
    """Width of the narrowest register for every whole number up to the largest, of both signs where it is signed."""
    return max(1, largest.bit_length()) + signed
