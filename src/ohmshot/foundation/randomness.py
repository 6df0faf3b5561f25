"""Random streams: everything random in ohmshot comes from one seed and the name of what it is for."""

import hashlib

import torch


def generator(seed: int, *purpose: str | int) -> torch.Generator:
    """Return a generator that depends on the seed and on the purpose alone.

    Streams of different purposes are independent, so drawing more numbers for one leaves the others as
    they were: ``generator(7, "episodes")`` is the same whatever ``generator(7, "chip", 3)`` has drawn.

    Args:
        seed: the one seed of a run, any integer.
        purpose: names and numbers that tell the stream apart from all others of the run.
    """
    return torch.Generator().manual_seed(derived_seed(seed, *purpose))


def derived_seed(seed: int, *purpose: str | int) -> int:
    """Return a 63-bit seed made from a seed and a purpose by SHA-256."""
    text = "/".join(map(str, (int(seed), *purpose)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
