"""Write-verify, the loop of nearly all strategies: decide, pulse, wait, read, keep the cells that are not there yet.

The decision is a policy's (`ohmshot.host.strategies.policy.Policy`). The loop does not know how it decides, and a
policy does not know how long it is asked.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.policy import History, Policy, Pulses, is_reset_target, merged
from ohmshot.host.strategies.strategy import Bound, require_not_negative


@dataclass(frozen=True)
class WriteVerify:
    """Repeat a policy until every cell reads within its tolerance, or attempts or cycles run out.

    Everything is a choice of the host, so nothing here has a source unless one is named; the strategy study sweeps
    what matters.

    Attributes:
        policy: decides the pulses of cells that shall have a level.
        tolerance: uS, a cell is accepted within plus and minus this of its target (sweep 1 to 5).
        reset_ceiling: uS, a cell that shall be reset is accepted below this.
        resets_to_retry: a cell that resists RESET gets so many pulses before a SET gives it a new filament.
        most_cycles: SET/RESET cycles that a cell is given before it is left as it is: its budget of wear (an upper
            limit as in Bonnet et al., Nat. Commun. 14, 2023, Algorithm 1; its size is not published).
        most_attempts: rounds of pulses and reads, a bound on the time that a ramp may take.
        verify_delay: s at room temperature between the pulses of an attempt and the read that verifies it. With a delay
            every attempt waits, whether cells are left or not, so that chips of one batch do not feel each other.

    Raises:
        SettingsError: a setting below 0, or a count below 1.
    """

    policy: Policy
    tolerance: float = 2.5
    reset_ceiling: float = 10.0
    resets_to_retry: int = 3
    most_cycles: int = 20
    most_attempts: int = 100
    verify_delay: float = 0.0
    needs_partners: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_not_negative(self)
        if min(self.most_cycles, self.most_attempts, self.resets_to_retry) < 1:
            raise SettingsError("A programming strategy needs at least 1 cycle, 1 attempt and 1 reset to retry.")

    @property
    def bound(self) -> Bound:
        """The most that one write of a cell takes: an attempt is at most one RESET and one SET."""
        return Bound(self.most_attempts, self.most_attempts, self.most_cycles, 1 + self.most_attempts)

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells [n] to targets in uS [n]; see `ohmshot.host.strategies.strategy.ProgrammingStrategy`."""
        sheet = crossbar.datasheet
        history = self._still_off(sheet, History.begun(cells, targets, crossbar.read(cells)))
        given_up = [cells[:0]]
        for _ in range(self.most_attempts):
            if not history.cells.numel() and not self.verify_delay:
                break
            pulses = self.pulses(sheet, history)
            last_cycle = history.cycles >= self.most_cycles
            if bool(last_cycle.any()):
                spent = last_cycle & history.begins_cycle(pulses)
                given_up.append(history.cells[spent])
                left = torch.nonzero(~spent).squeeze(1)
                history, pulses = history.at(left), pulses.at(left)
            apply(crossbar, history.cells, pulses)
            if self.verify_delay:
                crossbar.wait(self.verify_delay)
            history = history.after(pulses, crossbar.read(history.cells), sheet, self.policy.learning)
            history = self._still_off(sheet, history)
        return torch.cat([*given_up, history.cells]).sort().values

    def pulses(self, sheet: Datasheet, history: History) -> Pulses:
        """Decide the next pulses of cells: the policy for levels, full RESETs for the reset state."""
        to_reset_state = self._to_reset_state(sheet, history)
        return merged(is_reset_target(sheet, history.targets), to_reset_state, self.policy(sheet, history))

    def _to_reset_state(self, sheet: Datasheet, history: History) -> Pulses:
        """Full RESETs; a cell that resists several of them gets a new filament by a SET and starts again.

        Repeating a RESET wears nothing and often suffices, since each pulse ends a little differently; a new filament
        costs a SET/RESET cycle, so it comes last.
        """
        stubborn = history.resets >= self.resets_to_retry
        zero = torch.zeros_like(history.targets)
        highest = torch.full_like(zero, sheet.set_gate_voltages[1])
        full = torch.full_like(zero, sheet.reset_source_voltages[1])
        return Pulses(torch.where(stubborn, zero, full), torch.where(stubborn, highest, zero))

    def _still_off(self, sheet: Datasheet, history: History) -> History:
        off = off_target(sheet, history.targets, history.measured, self.tolerance, self.reset_ceiling)
        return history if len(off) == len(history.cells) else history.at(off)


def apply(crossbar: Crossbar, cells: Tensor, pulses: Pulses) -> None:
    """Give cells, addresses [n], their pulses: first the RESETs, then the SETs."""
    reset, set_ = torch.nonzero(pulses.source).squeeze(1), torch.nonzero(pulses.gate).squeeze(1)
    if reset.numel():
        crossbar.reset(cells.index_select(0, reset), pulses.source.index_select(0, reset))
    if set_.numel():
        crossbar.set(cells.index_select(0, set_), pulses.gate.index_select(0, set_))


def off_target(sheet: Datasheet, targets: Tensor, measured: Tensor, tolerance: float, ceiling: float) -> Tensor:
    """Return the positions of the cells that a read finds outside their window, int64 [m].

    Args:
        sheet: of the chips.
        targets: uS [n].
        measured: uS [n].
        tolerance: uS, half the width of the window of a level.
        ceiling: uS, what a reset cell may read at most.
    """
    at_level = (measured - targets).abs() <= tolerance
    at_reset = is_reset_target(sheet, targets) & (measured <= ceiling)
    return torch.nonzero(~(at_level | at_reset)).squeeze(1)
