"""Meter of a batch of chips, and its reading: counts, energy and busy time of every operation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ohmshot.chip.one_cell import ENERGY_UNIT_J
from ohmshot.foundation.compiled import kernel
from ohmshot.foundation.devices import tensor_on
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.summary import Summarised, Summary, with_unit

OPERATIONS = ("form", "set", "reset", "read", "multiply")
"""The operations of a crossbar in the order of a meter reading's rows; the first three are pulses."""
_ROWS = {name: row for row, name in enumerate(OPERATIONS)}
_WRITTEN = slice(1, 4)
WRITTEN = OPERATIONS[_WRITTEN]
"""The operations of a pulse train that writes a cell."""


@dataclass(frozen=True)
class OperationCost:
    """The part of a meter reading that belongs to one operation.

    Attributes:
        count: pulses, reads or multiplies, int64 [chips].
        joules: energy in J, float64 [chips].
        seconds: busy time in s, float64 [chips].
    """

    count: Tensor
    joules: Tensor
    seconds: Tensor


@dataclass(frozen=True, repr=False)
class MeterReading(Summarised):
    """Costs of a batch of chips, one row an operation in the order of `OPERATIONS`, one column a chip.

    Attributes:
        counts: pulses, reads or multiplies, int64 [operations, chips].
        energy_joules: energy in J, the drivers' lines and the converters included, float64 [operations, chips].
        busy_seconds: time in s, one pulse after another, float64 [operations, chips].

    Examples:
        >>> import ohmshot as oh
        >>> chips = oh.SimulatedChips(chips=2)
        >>> before = chips.meter()
        >>> missed = oh.Learner(chips, oh.load_bundle()).initialise()
        >>> spent = chips.meter() - before
        >>> spent.of("form").count.tolist(), bool((spent.joules > 0).all())
        ([2048, 2048], True)
    """

    counts: Tensor
    energy_joules: Tensor
    busy_seconds: Tensor

    def _summary(self) -> Summary:
        counts, joules, seconds = (rows.double().mean(1).tolist() for rows in vars(self).values())
        pulses, reads, multiplies = sum(counts[:3]), counts[3], counts[4]
        text = (
            f"{counted(self.counts.shape[1], 'chip')}, each {pulses:,.0f} pulses, {reads:,.0f} reads, "
            f"{multiplies:,.0f} multiplies, {with_unit(sum(joules), 'J')}, busy {with_unit(sum(seconds), 's')}"
        )
        rows = [
            (name, f"{count:,.0f}", with_unit(energy, "J"), with_unit(time, "s"))
            for name, count, energy, time in zip(OPERATIONS, counts, joules, seconds, strict=True)
        ]
        return Summary(text, rows, ("mean of a chip", "number", "energy", "busy"))

    def __sub__(self, earlier: "MeterReading") -> "MeterReading":
        return MeterReading(
            self.counts - earlier.counts,
            self.energy_joules - earlier.energy_joules,
            self.busy_seconds - earlier.busy_seconds,
        )

    def __add__(self, other: "MeterReading") -> "MeterReading":
        return MeterReading(
            self.counts + other.counts,
            self.energy_joules + other.energy_joules,
            self.busy_seconds + other.busy_seconds,
        )

    def __getitem__(self, chips: slice | Tensor) -> "MeterReading":
        """Return the reading of some chips, as a slice or an index tensor picks them."""
        return MeterReading(self.counts[:, chips], self.energy_joules[:, chips], self.busy_seconds[:, chips])

    @staticmethod
    def cat(readings: Sequence["MeterReading"]) -> "MeterReading":
        """Return the readings of several batches as one of all their chips, in this order."""
        return MeterReading(
            torch.cat([reading.counts for reading in readings], 1),
            torch.cat([reading.energy_joules for reading in readings], 1),
            torch.cat([reading.busy_seconds for reading in readings], 1),
        )

    def of(self, operation: str) -> OperationCost:
        """Return the cost of one of the `OPERATIONS`."""
        row = OPERATIONS.index(operation)
        return OperationCost(self.counts[row], self.energy_joules[row], self.busy_seconds[row])

    @property
    def pulses(self) -> Tensor:
        """FORM, SET and RESET pulses, int64 [chips]."""
        return self.counts[:3].sum(0)

    @property
    def joules(self) -> Tensor:
        """Energy of all operations together in J, float64 [chips]."""
        return _total(self.energy_joules)

    @property
    def seconds(self) -> Tensor:
        """Busy time of all operations together in s, float64 [chips]."""
        return _total(self.busy_seconds)


class Meter:
    """Counts, energy and busy time of a batch of chips, by operation.

    Energy is counted in whole `ohmshot.chip.one_cell.ENERGY_UNIT_J`, so that sums do not depend on their order.

    Readings are tensors of the device that is the default one when the meter is made.

    Args:
        chips: in the batch.
        seconds: that one pulse, read or multiply takes, by operation.
        joules: that one takes beside the energy charged with it, by operation; 0 where not given.
    """

    def __init__(self, chips: int, seconds: Mapping[str, float], joules: Mapping[str, float]) -> None:
        self._device = torch.get_default_device()
        self._seconds = np.array([seconds[name] for name in OPERATIONS])
        self._joules = np.array([joules.get(name, 0.0) for name in OPERATIONS])
        self._counts, self._energy = np.zeros((2, len(OPERATIONS), chips), np.int64)

    def spent(self, operation: str, count: np.ndarray | int) -> np.ndarray:
        """Charge operations of each chip, int64 [chips]; returns the energies, int64 [chips], to be added to."""
        row = _ROWS[operation]
        self._counts[row] += count
        energies: np.ndarray = self._energy[row]  # looked up anew: a row that is kept goes astray in a copy
        return energies

    def spent_by_writing(self) -> tuple[np.ndarray, np.ndarray]:
        """Counts and energies of `WRITTEN`, int64 [3, chips] each, to be added to."""
        return self._counts[_WRITTEN], self._energy[_WRITTEN]

    def reading(self) -> MeterReading:
        """Return the costs so far."""
        counts, device = self._counts.copy(), self._device
        joules, seconds = np.empty(counts.shape), np.empty(counts.shape)
        _read_meter(counts, self._energy, self._joules, self._seconds, joules, seconds)
        return MeterReading(tensor_on(counts, device), tensor_on(joules, device), tensor_on(seconds, device))

    def busy_seconds(self) -> np.ndarray:
        """Time that all operations together have taken, float64 [chips]."""
        seconds: np.ndarray = (self._counts * self._seconds[:, None]).sum(0)
        return seconds

    def tensors(self) -> dict[str, Tensor]:
        """Counts and energy by name, int64 [operations, chips] each, for `restore`."""
        return {"counts": torch.from_numpy(self._counts), "energy": torch.from_numpy(self._energy)}

    def restore(self, tensors: Mapping[str, Tensor]) -> None:
        """Go on from the `tensors` of a meter of as many chips."""
        self._counts, self._energy = tensors["counts"].clone().numpy(), tensors["energy"].clone().numpy()


def _costs_so_far(
    counts: np.ndarray,
    energy: np.ndarray,
    joules_each: np.ndarray,
    seconds_each: np.ndarray,
    joules: np.ndarray,
    seconds: np.ndarray,
) -> None:
    for row in range(counts.shape[0]):
        for chip in range(counts.shape[1]):
            joules[row, chip] = energy[row, chip] * ENERGY_UNIT_J + counts[row, chip] * joules_each[row]
            seconds[row, chip] = counts[row, chip] * seconds_each[row]


_read_meter = kernel(_costs_so_far)


def _total(rows: Tensor) -> Tensor:
    """Sum of rows, one after another: the order of `torch.sum` depends on how many chips stand beside each other."""
    total = rows[0]
    for row in rows[1:]:
        total = total + row
    return total
