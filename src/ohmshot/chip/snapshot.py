"""Snapshots of chips: tensors of their parts in one flat mapping, under names joined by dots."""

from collections.abc import Mapping

from torch import Tensor


def joined(parts: Mapping[str, Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the tensors of all parts by ``part.name``."""
    return {f"{part}.{name}": values for part, tensors in parts.items() for name, values in tensors.items()}


def part_of(snapshot: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    """Return the tensors of one part by their own names."""
    start = f"{part}."
    return {name.removeprefix(start): values for name, values in snapshot.items() if name.startswith(start)}
