"""A datasheet corrected by measurement: the host of a wafer aims its SET pulses by what its cells really do."""

import dataclasses

import torch

from ohmshot.chip.crossbar import Crossbar, ObservedCrossbar, every_cell
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.wrapper import CrossbarWrapper

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


class Recalibrated(CrossbarWrapper):
    """Chips with a datasheet of the host's own in place of the maker's.

    Args:
        inner: the chips.
        datasheet: the datasheet that the host uses.
    """

    def __init__(self, inner: ObservedCrossbar, datasheet: Datasheet) -> None:
        super().__init__(inner)
        self._datasheet = datasheet

    @property
    def datasheet(self) -> Datasheet:
        """Datasheet that the host goes by."""
        return self._datasheet
