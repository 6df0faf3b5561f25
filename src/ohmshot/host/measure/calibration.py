"""A datasheet corrected by measurement: the host of a wafer aims its SET pulses by what its cells really do."""

import dataclasses

import torch
from torch import Tensor

from ohmshot.chip.crossbar import ALL_ROWS, Crossbar, every_cell
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.meter import MeterReading

CYCLES = 3
"""SET pulses of every cell at either end of the gate voltages."""


def measured_datasheet(crossbar: Crossbar) -> Datasheet:
    """Measure what a SET ends at with the lowest and the highest gate voltage, mean of all chips of the batch.

    Fresh dies of a wafer stand for the others. Erases what they hold and wears them by twice `CYCLES` cycles.
    """
    sheet = crossbar.datasheet
    everything = every_cell(crossbar)
    full = torch.full(everything.shape, sheet.reset_source_voltages[1])
    crossbar.form(everything)
    means = []
    for gate in sheet.set_gate_voltages:
        reads = []
        for _ in range(CYCLES):
            crossbar.reset(everything, full)
            crossbar.set(everything, torch.full(everything.shape, gate))
            reads.append(crossbar.read(everything))
        means.append(float(torch.stack(reads).double().mean()))
    return dataclasses.replace(sheet, set_conductances=(means[0], means[1]))


class Recalibrated:
    """Chips with another datasheet than their maker's, behind the same interface.

    Args:
        crossbar: the chips.
        datasheet: what their host goes by.
    """

    def __init__(self, crossbar: Crossbar, datasheet: Datasheet) -> None:
        self._crossbar = crossbar
        self.datasheet = datasheet

    @property
    def chips(self) -> int:
        """Number of chips in the batch."""
        return self._crossbar.chips

    def form(self, cells: Tensor) -> None:
        """Form cells."""
        self._crossbar.form(cells)

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses."""
        self._crossbar.set(cells, gate_voltage)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses."""
        self._crossbar.reset(cells, source_voltage)

    def read(self, cells: Tensor) -> Tensor:
        """Read cells, uS."""
        return self._crossbar.read(cells)

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Multiply by analog currents."""
        return self._crossbar.multiply(row_voltages, columns, rows)

    def wait(self, seconds: float, celsius: float = 25.0) -> None:
        """Let time pass."""
        self._crossbar.wait(seconds, celsius)

    def meter(self) -> MeterReading:
        """Return the costs since the chips were made."""
        return self._crossbar.meter()

    def wear(self) -> Tensor:
        """SET/RESET cycles of each cell."""
        return self._crossbar.wear()
