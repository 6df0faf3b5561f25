"""What the operations of a batch of chips have cost."""

from collections.abc import Mapping

import torch
from torch import Tensor

from ohmshot.chip.crossbar import OPERATIONS, MeterReading
from ohmshot.chip.selection import Selection


class Meter:
    """Counts, energy and busy time of a batch of chips, by operation.

    Args:
        chips: in the batch.
        seconds: that one pulse, read or multiply takes, by operation.
    """

    def __init__(self, chips: int, seconds: Mapping[str, float]) -> None:
        self._seconds = torch.tensor([seconds[name] for name in OPERATIONS], dtype=torch.float64)[:, None]
        self._counts = torch.zeros(len(OPERATIONS), chips, dtype=torch.int64)
        self._energy = torch.zeros(len(OPERATIONS), chips, dtype=torch.float64)

    def charge_cells(self, operation: str, selected: Selection, joules: Tensor) -> None:
        """Charge one pulse or read of every selected cell; joules [n] in the order of the cells."""
        # The lengths are right by their making, so they are not checked again ("unsafe").
        spent = torch.segment_reduce(joules.double(), "sum", lengths=selected.counts, unsafe=True)
        self.charge(operation, selected.chips, selected.counts, spent)

    def charge(self, operation: str, chips: slice, count: Tensor | int, joules: Tensor) -> None:
        """Charge so many operations of some chips, and their energy together in J, float64 [chips]."""
        row = OPERATIONS.index(operation)
        self._counts[row][chips].add_(count)
        self._energy[row][chips].add_(joules)

    def reading(self) -> MeterReading:
        """Return what all has cost so far."""
        busy = self._counts * self._seconds
        return MeterReading(
            {name: self._counts[i].clone() for i, name in enumerate(OPERATIONS)},
            {name: self._energy[i].clone() for i, name in enumerate(OPERATIONS)},
            {name: busy[i] for i, name in enumerate(OPERATIONS)},
        )

    def busy_seconds(self) -> Tensor:
        """Time that all operations together have taken, float64 [chips]."""
        return (self._counts * self._seconds).sum(0)

    def tensors(self) -> dict[str, Tensor]:
        """Everything that the meter keeps, by name."""
        return {"counts": self._counts, "energy": self._energy}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from the tensors of a meter of as many chips."""
        self._counts, self._energy = tensors["counts"], tensors["energy"]
