"""Pulses that arrive in the end: what a brown-out has cut off is given, what was refused for heat is given later.

Where a chip reports nothing, strategies that verify find such cells by themselves; but FORM and single-shot SET verify
nothing, and no strategy tells a pulse that never came from a cell that did not move.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from ohmshot.chip.crossbar import ALL_ROWS, Crossbar, KeepsHealth, Supervised
from ohmshot.chip.datasheet import Datasheet
from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.errors import BrownOutError, ChipError, OverTemperatureError


class ReportingCrossbar(Crossbar, Supervised, KeepsHealth, Protocol):
    """Chips that report what happens to their supply, keep a health map, and can be pictured."""

    def true_conductances(self) -> Tensor:
        """Conductance of every cell in uS, [chips, rows, columns], as well as it can be known; for pictures."""


@dataclass(frozen=True)
class GuardSettings:
    """How long a host tries; all our choice.

    Attributes:
        most_brown_outs: of one train, one after another, until the supply is held to be broken.
        first_pause_s: that a hot chip is left alone for; each later pause is twice as long.
        longest_heat_s: of pauses together, until the chip is held to be too hot for work.
    """

    most_brown_outs: int = 20
    first_pause_s: float = 1.0
    longest_heat_s: float = 300.0


class GuardedCrossbar:
    """Chips whose trains of pulses are seen through; a `Crossbar` around one that reports.

    Every pulse is given exactly once: after a brown-out only the cells that were left get theirs.

    Args:
        inner: the chips.
        settings: how long to try.

    Attributes:
        met: how many brown-outs and pauses for heat there were.
        paused_s: of these pauses together.
    """

    def __init__(self, inner: ReportingCrossbar, settings: GuardSettings | None = None) -> None:
        self.inner = inner
        self.met: Counter[str] = Counter()
        self.paused_s = 0.0
        self._settings = settings or GuardSettings()

    @property
    def chips(self) -> int:
        """Number of chips in the batch."""
        return self.inner.chips

    @property
    def datasheet(self) -> Datasheet:
        """What the maker says of these chips."""
        return self.inner.datasheet

    def form(self, cells: Tensor) -> None:
        """Form cells; this and what follows as `ohmshot.chip.crossbar.Crossbar`.

        Raises:
            ChipError: the supply keeps breaking down, or the chip does not cool.
        """
        self._see_through(cells, torch.empty(cells.shape), lambda some, _: self.inner.form(some))

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses."""
        self._see_through(cells, gate_voltage, self.inner.set)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses."""
        self._see_through(cells, source_voltage, self.inner.reset)

    def read(self, cells: Tensor) -> Tensor:
        """Read cells; uS, [n]."""
        return self.inner.read(cells)

    def multiply(self, row_voltages: Tensor, columns: slice, rows: slice = ALL_ROWS) -> Tensor:
        """Multiply by analog currents."""
        return self.inner.multiply(row_voltages, columns, rows)

    def wait(self, seconds: float, celsius: float = 25.0) -> None:
        """Let time pass."""
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
        """Keep the host's codes of some cells; int8 [n]."""
        self.inner.keep_health(cells, codes)

    def true_conductances(self) -> Tensor:
        """Conductance of every cell in uS, [chips, rows, columns]; for pictures."""
        return self.inner.true_conductances()

    def _see_through(self, cells: Tensor, amplitudes: Tensor, pulse: Callable[[Tensor, Tensor], None]) -> None:
        brown_outs, pause, paused = 0, self._settings.first_pause_s, 0.0
        while True:
            try:
                pulse(cells, amplitudes)
                self.inner.confirm()
                return
            except BrownOutError as error:
                brown_outs += 1
                self.met["brown-outs"] += 1
                if brown_outs > self._settings.most_brown_outs:
                    raise ChipError(
                        f"The supply broke down {brown_outs} times in one train of pulses; {len(error.unpulsed)} cells "
                        "have not got theirs. Mend the supply, then go on with the journal or begin anew."
                    ) from error
                left = torch.isin(cells, error.unpulsed)
                cells, amplitudes = cells[left], amplitudes[left]
            except OverTemperatureError as error:
                if paused + pause > self._settings.longest_heat_s:
                    raise ChipError(f"{error} {paused:g} s of pauses did not help; cool it before going on.") from error
                self.inner.wait(pause)
                self.paused_s += pause
                self.met["pauses for heat"] += 1
                paused, pause = paused + pause, 2 * pause
