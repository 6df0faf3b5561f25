"""Interrupted pulse trains: after a brown-out the missing pulses are given, after a refusal for heat the whole train.

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
    """Limits of a host's attempts; all values are our choice.

    Attributes:
        most_brown_outs: brown-outs of one train before the supply counts as broken.
        first_pause_s: first pause of a hot chip in s; each later pause is twice as long.
        longest_heat_s: sum of the pauses in s, after which the chip counts as too hot for work.
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
        met: number of brown-outs and of pauses for heat.
        paused_s: sum of the pauses for heat in s.
    """

    def __init__(self, inner: ObservedCrossbar, settings: GuardSettings | None = None) -> None:
        super().__init__(inner)
        self.met: Counter[str] = Counter()
        self.paused_s = 0.0
        self._settings = settings or GuardSettings()

    @property
    def supervised(self) -> bool:
        """False: these chips repeat interrupted trains themselves and report nothing."""
        return False

    def form(self, cells: Tensor) -> None:
        """Form cells, int64 [n].

        Raises:
            ChipError: the supply keeps breaking down, or the chip does not cool.
        """
        self._retry(cells, torch.empty(cells.shape), lambda some, _: self.inner.form(some))

    def set(self, cells: Tensor, gate_voltage: Tensor) -> None:
        """Apply SET pulses to cells, int64 [n], at gate voltages in V, [n]; raises what `form` raises."""
        self._retry(cells, gate_voltage, self.inner.set)

    def reset(self, cells: Tensor, source_voltage: Tensor) -> None:
        """Apply RESET pulses to cells, int64 [n], at source voltages in V, [n]; raises what `form` raises."""
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
