"""Budgets of writing and of wear: a plan that could exceed them is refused before its first pulse.

What a write will take is known only by its bound: a strategy gives up after so many cycles and attempts
(`ohmshot.host.strategies.settings`). The plan is held against that bound, and what has been spent is what the chip
itself counts, so a budget that holds holds for certain; it has to leave room for the worst case of the next write.
"""

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies import ProgrammingStrategy
from ohmshot.host.strategies.settings import StrategySettings


@dataclass(frozen=True)
class Limits:
    """What a chip may be asked for at most; None for no limit.

    A session is the life of one `Learner`, or the whole of an adaptation with a journal, whoever goes on with it.

    Attributes:
        session_cells: cells handed to the programming strategy, one count each time, in a session.
        session_pulses: FORM, SET and RESET pulses of a chip in a session.
        life_pulses: the same in the life of the chip, by its own meter.
        session_cycles: SET/RESET cycles of any one cell in a session.
        life_cycles: the same in the life of the chip, by its own count of wear: its endurance budget.
        session_joules: energy of all operations of a chip in a session, by its meter, plus the worst case of the next
            write by its datasheet (`ohmshot.chip.crossbar.WorstEnergies`).
        life_joules: the same in the life of the chip.

    Raises:
        SettingsError: a limit below 0.
    """

    session_cells: int | None = None
    session_pulses: int | None = None
    life_pulses: int | None = None
    session_cycles: int | None = None
    life_cycles: int | None = None
    session_joules: float | None = None
    life_joules: float | None = None

    def __post_init__(self) -> None:
        given = (getattr(self, each.name) for each in dataclasses.fields(self))
        if any(limit is not None and not limit >= 0 for limit in given):
            raise SettingsError("A limit of writing must be at least 0.")


class LimitError(SettingsError):
    """A write could exceed a limit; no pulse of it has been given."""


@dataclass(frozen=True)
class Account:
    """Where a session stands: what it began with, and what has been handed out.

    Attributes:
        cells: handed to the programming strategy so far, int64 [chips].
        pulses: of the meter when the session began, int64 [chips].
        joules: the same, float64 [chips].
        cycles: wear of every cell when the session began, int64 [chips, cells].
    """

    cells: Tensor
    pulses: Tensor
    joules: Tensor
    cycles: Tensor


class Budget:
    """What a session has spent of its limits.

    Args:
        crossbar: the chips; the session begins with what they count now.
        limits: of each chip.
        strategy: that writes.
        settings: of the strategy; None for those it comes with.

    Attributes:
        account: of the session; put an earlier one here to go on with it.

    Raises:
        SettingsError: a limit of energy, and a chip whose datasheet gives no energies.
    """

    def __init__(
        self, crossbar: Crossbar, limits: Limits, strategy: ProgrammingStrategy, settings: StrategySettings | None
    ) -> None:
        self._crossbar, self._limits = crossbar, limits
        self._bound = strategy.bound(settings)
        if crossbar.datasheet.worst_energies is None and (limits.session_joules, limits.life_joules) != (None, None):
            raise SettingsError(
                "The chip's datasheet does not say what a pulse takes at most, so no budget of energy can be kept. "
                "Limit the pulses instead."
            )
        meter, none = crossbar.meter(), torch.zeros(crossbar.chips, dtype=torch.int64)
        self.account = Account(none, meter.pulses, meter.joules, crossbar.wear().flatten(1))

    def take(self, cells: Tensor, forming: Tensor | None = None) -> None:
        """Allow a write of cells, addresses [n], and of forming others before; otherwise nothing is taken.

        Raises:
            LimitError: the write could exceed a limit on some chip.
        """
        chips, each = self._crossbar.chips, self._crossbar.datasheet.cells
        planned = _per_chip(cells, chips, each)
        forms = _per_chip(forming, chips, each) if forming is not None else torch.zeros_like(planned)
        meter = self._crossbar.meter()
        pulses = meter.pulses + planned * self._bound.pulses + forms
        joules = meter.joules + self._most_joules(planned, forms)
        cycles = self._crossbar.wear().flatten(1).clone()
        written = torch.zeros(chips * each, dtype=torch.int64)
        written[cells] = self._bound.cycles
        cycles += written.view(chips, each)
        touched = written.view(chips, each) > 0
        limits, account = self._limits, self.account
        _require(limits.session_cells, account.cells + planned, "cells written in a session")
        _require(limits.session_pulses, pulses - account.pulses, "pulses in a session")
        _require(limits.life_pulses, pulses, "pulses in the life of a chip")
        session = (cycles - account.cycles).masked_fill(~touched, 0)
        _require(limits.session_cycles, session, "cycles of a cell in a session")
        _require(limits.life_cycles, cycles.masked_fill(~touched, 0), "cycles of a cell in the life of a chip")
        _require_joules(limits.session_joules, joules - account.joules, "in a session")
        _require_joules(limits.life_joules, joules, "in the life of a chip")
        self.account = dataclasses.replace(account, cells=account.cells + planned)

    def _most_joules(self, planned: Tensor, forms: Tensor) -> Tensor:
        """Energy in J that a write of so many cells takes at most, float64 [chips]."""
        worst = self._crossbar.datasheet.worst_energies
        if worst is None:
            return torch.zeros_like(planned, dtype=torch.float64)
        attempts = self._bound.pulses / 2  # a RESET and a SET each
        each = attempts * (worst.reset + worst.set) + self._bound.reads * worst.read
        return planned.double() * each + forms.double() * worst.form


def _per_chip(cells: Tensor, chips: int, each: int) -> Tensor:
    return torch.bincount(torch.div(cells, each, rounding_mode="floor"), minlength=chips)


def _require(limit: int | None, reached: Tensor, what: str) -> None:
    most = int(reached.max())
    if limit is not None and most > limit:
        raise LimitError(
            f"The next write could reach {most} {what}; the limit is {limit}. Nothing of it was written. "
            "Raise the limit, or choose a strategy or settings that spend less."
        )


def _require_joules(limit: float | None, reached: Tensor, when: str) -> None:
    most = float(reached.max())
    if limit is not None and most > limit:
        raise LimitError(
            f"The next write could reach {1e6 * most:.4g} microjoules {when}; the limit is {1e6 * limit:.4g}. "
            "Nothing of it was written. Raise the limit, or choose a strategy or settings that spend less."
        )
