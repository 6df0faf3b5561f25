"""Chips behind another crossbar: the base of what stands between a host and its chips."""

from torch import Tensor

from ohmshot.chip.crossbar import ALL_ROWS, ObservedCrossbar
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.summary import chips_summary
from ohmshot.foundation.errors import ChipError
from ohmshot.foundation.summary import Summarised, Summary
from ohmshot.foundation.units import ROOM_CELSIUS
from ohmshot.programming.policy import Plan


class CrossbarWrapper(Summarised):
    """A crossbar around another that passes everything on; a subclass changes the one thing that it is there for.

    Args:
        inner: the chips.
    """

    def __init__(self, inner: ObservedCrossbar) -> None:
        self.inner = inner

    def _summary(self) -> Summary:
        return Summary(repr(self.inner), chips_summary(self.chips, self.datasheet).rows)

    @property
    def chips(self) -> int:
        """Number of chips in the batch."""
        return self.inner.chips

    @property
    def datasheet(self) -> Datasheet:
        """Datasheet of the chips."""
        return self.inner.datasheet

    @property
    def supervised(self) -> bool:
        """Whether brown-outs and over-temperatures can be reported."""
        return self.inner.supervised

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n]."""
        self.inner.form(cells)

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply one SET pulse to each cell, int64 [n]; gate voltage in V, [n]."""
        self.inner.set(cells, gate_voltage)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply one RESET pulse to each cell, int64 [n]; source voltage in V, [n]."""
        self.inner.reset(cells, source_voltage)

    def takes(self, plan: Plan) -> bool:
        """False: a wrapper sees every pulse, so the host drives."""
        return False

    def execute(self, plan: Plan) -> Tensor:
        """Refused: see `takes`."""
        raise ChipError("These chips take no plans: drive them pulse by pulse.")

    def confirm(self) -> None:
        """Wait until all pulses have been given."""
        self.inner.confirm()

    def read(self, cells: Tensor) -> Tensor:
        """Read the conductance of each cell, int64 [n], in uS, [n]."""
        return self.inner.read(cells)

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Drive rows in V, [chips, inputs, driven rows], and convert currents in uA, [chips, inputs, columns]."""
        return self.inner.multiply(row_voltages, columns, rows)

    def wait(self, seconds: float, celsius: float = ROOM_CELSIUS) -> None:
        """Let time in s pass at a temperature in degrees Celsius."""
        self.inner.wait(seconds, celsius)

    def meter(self) -> MeterReading:
        """Return the costs since the chips were made."""
        return self.inner.meter()

    def wear(self) -> Tensor:
        """SET/RESET cycles that each cell has seen, int64 [chips, rows, columns]."""
        return self.inner.wear()

    def health(self) -> Tensor:
        """The host's codes that are kept with the chips, int8 [chips, rows, columns]."""
        return self.inner.health()

    def keep_health(self, cells: Tensor, codes: Tensor) -> None:
        """Keep the host's codes of some cells, int64 [n]; int8 [n], at least 0."""
        self.inner.keep_health(cells, codes)

    def true_conductances(self) -> Tensor:
        """Conductance of every cell in uS, [chips, rows, columns], as well as it can be known; for pictures."""
        return self.inner.true_conductances()
