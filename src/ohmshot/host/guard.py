"""Pulses that arrive in the end: what a brown-out has cut off is given, what was refused for heat is given later.

Where a chip reports nothing, strategies that verify find such cells by themselves; but FORM and single-shot SET verify
nothing, and no strategy tells a pulse that never came from a cell that did not move.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.wrapper import CrossbarWrapper
from ohmshot.foundation.errors import BrownOutError, ChipError, OverTemperatureError


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


class GuardedCrossbar(CrossbarWrapper):
    """Chips whose broken or refused trains of pulses are given again; a crossbar around one that reports.

    Every pulse is given exactly once: after a brown-out only the cells that were left get theirs.

    Args:
        inner: the chips.
        settings: how long to try.

    Attributes:
        met: how many brown-outs and pauses for heat there were.
        paused_s: of these pauses together.
    """

    def __init__(self, inner: ObservedCrossbar, settings: GuardSettings | None = None) -> None:
        super().__init__(inner)
        self.met: Counter[str] = Counter()
        self.paused_s = 0.0
        self._settings = settings or GuardSettings()

    @property
    def supervised(self) -> bool:
        """False: whoever drives these chips hears of nothing that is left to do."""
        return False

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n].

        Raises:
            ChipError: the supply keeps breaking down, or the chip does not cool.
        """
        self._retry(cells, torch.empty(cells.shape), lambda some, _: self.inner.form(some))

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses to cells, int64 [n], at gate voltages in V, [n]; errors as of `form`."""
        self._retry(cells, gate_voltage, self.inner.set)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses to cells, int64 [n], at source voltages in V, [n]; errors as of `form`."""
        self._retry(cells, source_voltage, self.inner.reset)

    def _retry(self, cells: Tensor, amplitudes: Tensor, pulse: Callable[[Tensor, Tensor], None]) -> None:
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
