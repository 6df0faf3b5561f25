"""Budgets of writing, of wear and of energy: a plan that could exceed its limits is refused before its first pulse.

What a write will take is known only by its bound: a strategy gives up after so many cycles and attempts
(`ohmshot.host.strategies.write_verify`). The plan is held against that bound, and what has been spent is what the chip
itself counts, so a budget that holds holds for certain; it has to leave room for the worst case of the next write.
"""

import dataclasses
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.host.limits import LimitError, Limits
from ohmshot.host.strategies.strategy import Bound


@dataclass(frozen=True)
class Account:
    """State of a session: the counts at its start, and the cells handed out since.

    Attributes:
        cells: handed to the programming strategy so far, int64 [chips].
        pulses: pulses counted by the meter when the session began, int64 [chips].
        joules: energy in J counted by the meter when the session began, float64 [chips].
        cycles: wear of every cell when the session began, int64 [chips, cells].
    """

    cells: Tensor
    pulses: Tensor
    joules: Tensor
    cycles: Tensor


class Budget:
    """Limits of a session, and the share of them that is spent.

    Args:
        crossbar: the chips; the session begins with what they count now.
        limits: limits of each chip.

    Attributes:
        account: state of the session; assign an earlier one to go on with it.

    Raises:
        SettingsError: a limit of energy, and a chip whose datasheet gives no energies.
    """

    def __init__(self, crossbar: Crossbar, limits: Limits) -> None:
        self._crossbar, self._limits = crossbar, limits
        if crossbar.datasheet.worst_energies is None and (limits.session_joules, limits.life_joules) != (None, None):
            raise SettingsError(
                "The chip's datasheet does not say what a pulse takes at most, so no budget of energy can be kept. "
                "Limit the pulses instead."
            )
        meter, none = crossbar.meter(), torch.zeros(crossbar.chips, dtype=torch.int64)
        self.account = Account(none, meter.pulses, meter.joules, crossbar.wear().flatten(1))

    def take(self, cells: Tensor, bound: Bound, forming: Tensor) -> None:
        """Allow some cells to be written or tested, and others to be formed before; otherwise nothing is taken.

        Args:
            cells: addresses [n].
            bound: most pulses, cycles and reads of each cell.
            forming: addresses of cells to form.

        Raises:
            LimitError: it could exceed a limit on some chip.
            ChipError: the counters of the chip are no numbers.
        """
        chips, each = self._crossbar.chips, self._crossbar.datasheet.cells
        planned, forms = _per_chip(cells, chips, each), _per_chip(forming, chips, each)
        meter = self._crossbar.meter()
        pulses = meter.pulses + planned * bound.pulses + forms
        joules = meter.joules + self._most_joules(planned, bound, forms)
        cycles = self._crossbar.wear().flatten(1).clone()
        written = torch.zeros(chips * each, dtype=torch.int64)
        written[cells] = bound.cycles
        written[forming] += cycles.view(-1)[forming] == 0  # a chip counts the FORM of a fresh cell as a cycle
        cycles += written.view(chips, each)
        touched = written.view(chips, each) > 0
        limits, account = self._limits, self.account
        _require(limits.session_cells, account.cells + planned, "cells written in a session")
        _require(limits.session_pulses, pulses - account.pulses, "pulses in a session")
        _require(limits.life_pulses, pulses, "pulses in the life of a chip")
        session = (cycles - account.cycles).masked_fill(~touched, 0)
        _require(limits.session_cycles, session, "cycles of a cell in a session")
        _require(limits.life_cycles, cycles.masked_fill(~touched, 0), "cycles of a cell in the life of a chip")
        _require(limits.session_joules, joules - account.joules, "microjoules in a session", 1e-6)
        _require(limits.life_joules, joules, "microjoules in the life of a chip", 1e-6)
        self.account = dataclasses.replace(account, cells=account.cells + planned)

    def _most_joules(self, planned: Tensor, bound: Bound, forms: Tensor) -> Tensor:
        """Energy in J that writing or testing so many cells and forming others takes at most, float64 [chips]."""
        worst = self._crossbar.datasheet.worst_energies
        if worst is None:
            return torch.zeros_like(planned, dtype=torch.float64)
        each = bound.resets * worst.reset + bound.sets * worst.set + bound.reads * worst.read
        return planned.double() * each + forms.double() * worst.form


def _per_chip(cells: Tensor, chips: int, each: int) -> Tensor:
    return torch.bincount(torch.div(cells, each, rounding_mode="floor"), minlength=chips)


def _require(limit: float | None, reached: Tensor, what: str, unit: float = 1.0) -> None:
    """Refuse what could be reached beyond a limit; the message counts in units of ``unit``."""
    most = float(reached.max())
    if limit is not None and not most < math.inf:  # a budget must not hold by what is no number
        raise ChipError(f"The chip's counters say {most:g} {what}, so no budget can be kept. The chip is broken.")
    if limit is not None and most > limit:
        raise LimitError(
            f"The next write could reach {_number(most / unit)} {what}; the limit is {_number(limit / unit)}. Nothing "
            "of it was written. Raise the limit, or choose a strategy or settings that spend less."
        )


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.4g}"
