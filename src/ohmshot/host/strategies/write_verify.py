"""Write-verify, the loop of nearly all strategies: decide, pulse, wait, read, keep the cells that are not there yet.

The decision is a policy's (`ohmshot.programming.policy.Policy`), cell by cell. The loop does not know how it decides,
and a policy does not know how long it is asked. A chip that takes plans runs the same loop by itself: the same pulses.
"""

import functools
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.compiled import F32, I32
from ohmshot.foundation.devices import to_default_device
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.strategy import Bound
from ohmshot.programming.attempt import GIVEN_UP, HISTORY, OPEN, Verification
from ohmshot.programming.policy import Plan, Policy, attempt_by, require_not_negative, settings_record


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

    @functools.cached_property
    def verification(self) -> Verification:
        """When a cell is accepted or given up, as laws take it."""
        return Verification(
            F32(self.tolerance),
            F32(self.reset_ceiling),
            I32(self.resets_to_retry),
            I32(self.most_cycles),
            I32(self.most_attempts),
            F32(self.policy.learning),
        )

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells [n] to targets in uS [n]; see `ohmshot.host.strategies.strategy.ProgrammingStrategy`."""
        plan = Plan(self.policy, self.verification, cells, targets)
        if not self.verify_delay and crossbar.takes(plan):
            return crossbar.execute(plan)
        return self._driven(crossbar, plan)

    def _driven(self, crossbar: Crossbar, plan: Plan) -> Tensor:
        """Run a plan pulse by pulse; returns the cells that missed."""
        sheet, settings = crossbar.datasheet.numbers, settings_record(plan.policy)
        attempt = attempt_by(type(plan.policy).decide)
        cells = plan.cells.cpu()
        missed = [cells[:0]]
        histories = np.zeros(len(cells), HISTORY)
        histories["target"] = plan.targets.cpu().numpy()
        for attempts in range(self.most_attempts + 1):
            measured, verdicts = crossbar.read(cells), np.empty(len(cells), np.int8)
            attempt(histories, measured.cpu().numpy(), attempts == 0, sheet, plan.verification, settings, verdicts)
            missed.append(cells[torch.from_numpy(verdicts == GIVEN_UP)])
            left = verdicts == OPEN
            cells, histories = cells[torch.from_numpy(left)], histories[left]
            if attempts == self.most_attempts or not (len(cells) or self.verify_delay):
                break
            source, gate = (torch.from_numpy(histories[name].copy()) for name in ("next_source", "next_gate"))
            give(crossbar, cells, source, gate)
            if self.verify_delay:
                crossbar.wait(self.verify_delay)
        return to_default_device(torch.cat([*missed, cells]).sort().values)


def give(crossbar: Crossbar, cells: Tensor, source: Tensor, gate: Tensor) -> None:
    """Give cells, addresses [n], their pulses: first RESETs, then SETs; amplitudes in V [n], 0 for no pulse."""
    reset, set_ = torch.nonzero(source).squeeze(1), torch.nonzero(gate).squeeze(1)
    if reset.numel():
        crossbar.reset(cells.index_select(0, reset), source.index_select(0, reset))
    if set_.numel():
        crossbar.set(cells.index_select(0, set_), gate.index_select(0, set_))


def is_reset_target(sheet: Datasheet, targets: Tensor) -> Tensor:
    """Whether targets in uS [n] mean the reset state rather than a level; bool [n]."""
    return targets <= float(sheet.numbers.rest)


def off_target(sheet: Datasheet, targets: Tensor, measured: Tensor, tolerance: float, ceiling: float) -> Tensor:
    """Return the positions of the cells that a read finds outside their window, int64 [m].

    Args:
        sheet: datasheet of the chips.
        targets: uS [n].
        measured: uS [n].
        tolerance: uS, half the width of the window of a level.
        ceiling: uS, what a reset cell may read at most.
    """
    at_level = (measured - targets).abs() <= tolerance
    at_reset = is_reset_target(sheet, targets) & (measured <= ceiling)
    return torch.nonzero(~(at_level | at_reset)).squeeze(1)
