"""The crossbar interface: everything a host may do to a chip, in its batch form.

A chip is a batch of one, a fleet a batch of thousands, and a real chip behind a wire a batch of one with the same
methods. The host sees what a tester sees (read currents, a datasheet, an error) and nothing of the physics.

Cells are addressed by one sorted int64 tensor [n] over the whole batch:
``(chip * rows + row) * columns + column``. Amplitudes are float tensors [n] in the same order.
"""

import math
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.errors import ChipError

HIGHEST_GATE_SHARE = 1.15
"""Of the highest SET's gate voltage, up to which worst energies hold: room for a correction above it (assumed)."""


@dataclass(frozen=True)
class WorstEnergies:
    """What one operation on one cell takes at most, J, at gate voltages up to `HIGHEST_GATE_SHARE` and full RESETs.

    Attributes:
        form: FORM.
        set: SET.
        reset: RESET.
        read: read, with its conversion.
    """

    form: float
    set: float
    reset: float
    read: float


ALL_ROWS = slice(None)
"""Every word line of an array."""


@dataclass(frozen=True)
class Datasheet:
    """What the maker of a chip tells its user; the host plans with it and verifies by reading.

    Attributes:
        rows: word lines (inputs of a multiply).
        columns: bit lines (outputs of a multiply).
        reset_conductance: uS, typical reset state.
        level_conductances: uS, the SET levels that stay apart, rising.
        set_gate_voltages: V, from the lowest to the highest SET.
        set_conductances: uS, typical result at these two gate voltages, linear between.
        reset_source_voltages: V, onset and full RESET.
        read_voltage: V, the largest row voltage of a multiply.
        arrays: how many arrays of equal width stand side by side, addressed as one.
        worst_energies: None where the maker does not say; then no budget of energy can be kept.
    """

    rows: int
    columns: int
    reset_conductance: float
    level_conductances: tuple[float, ...]
    set_gate_voltages: tuple[float, float]
    set_conductances: tuple[float, float]
    reset_source_voltages: tuple[float, float]
    read_voltage: float
    arrays: int = 1
    worst_energies: WorstEnergies | None = None

    @property
    def cells(self) -> int:
        """Cells of one chip."""
        return self.rows * self.columns

    def gate_voltage_for(self, conductance: Tensor) -> Tensor:
        """Gate voltage in V whose SET typically ends at a conductance in uS."""
        (low, high), (bottom, top) = self.set_gate_voltages, self.set_conductances
        slope = (high - low) / (top - bottom)
        return (conductance * slope).add_(low - slope * bottom)

    def source_voltage_for(self, conductance: Tensor) -> Tensor:
        """Source voltage in V whose RESET typically ends at a conductance in uS.

        Equal steps of amplitude lower the conductance by equal factors, from the highest SET at the onset to the reset
        state at the full RESET.
        """
        (onset, full), top = self.reset_source_voltages, self.set_conductances[1]
        slope = (full - onset) / math.log(top / self.reset_conductance)
        return conductance.clamp(min=1e-3).log_().mul_(-slope).add_(onset + slope * math.log(top))


class Crossbar(Protocol):
    """A batch of chips as the host drives them. Errors are `ohmshot.foundation.errors.ChipError`."""

    @property
    def chips(self) -> int:
        """Number of chips in the batch."""

    @property
    def datasheet(self) -> Datasheet:
        """What the maker says of these chips."""

    def form(self, cells: Tensor) -> None:
        """Form cells, once in their life; a formed cell stays as it is."""

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply one SET pulse to each cell; gate voltage in V, [n]."""

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply one RESET pulse to each cell; source voltage in V, [n]."""

    def read(self, cells: Tensor) -> Tensor:
        """Read the conductance of each cell in uS, [n], with the noise of one read."""

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Drive rows at once and convert the currents of some columns.

        Args:
            row_voltages: V, [chips, inputs, driven rows], within plus and minus the read voltage.
            columns: the bit lines whose current is converted.
            rows: the word lines that are driven; the others rest at 0 V.

        Returns:
            uA, [chips, inputs, columns].
        """

    def wait(self, seconds: float, celsius: float = 25.0) -> None:
        """Let time pass: storage, or a bake."""

    def meter(self) -> MeterReading:
        """Return the costs since the chips were made."""

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""


@runtime_checkable
class KeepsHealth(Protocol):
    """Chips that keep a map of the host's own codes, one a cell, and never interpret it; 0 where nothing was kept."""

    def health(self) -> Tensor:
        """The codes, int8 [chips, rows, columns]."""

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the codes of some cells, int8 [n], at least 0."""


@runtime_checkable
class Supervised(Protocol):
    """Chips that report brown-outs and over-temperatures, at the latest when asked."""

    @property
    def supervised(self) -> bool:
        """Whether such reports can come."""

    def confirm(self) -> None:
        """Wait until all pulses have been given.

        Raises:
            BrownOutError: the last train broke off.
            OverTemperatureError: the last train was refused.
        """


def is_supervised(crossbar: Crossbar) -> bool:
    """Whether a host should ask after every train of pulses."""
    return isinstance(crossbar, Supervised) and crossbar.supervised


class BrownOutError(ChipError):
    """The supply broke down in the middle of a pulse train.

    Attributes:
        unpulsed: addresses of the cells of that train that got no pulse, rising; the others got theirs.
    """

    def __init__(self, unpulsed: Tensor) -> None:
        super().__init__(f"The supply broke down in a pulse train: {len(unpulsed)} cells got no pulse.")
        self.unpulsed = unpulsed


class OverTemperatureError(ChipError):
    """The chip is too hot and refuses pulses; none of that train was given."""


def cell_addresses(mask: Tensor) -> Tensor:
    """Addresses of the cells where a boolean mask is true, sorted; [chips, rows, columns] or [chips, cells]."""
    return torch.nonzero(mask.reshape(-1)).squeeze(1)
