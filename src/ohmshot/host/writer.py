"""The writer: every pulse that a host gives goes through here.

It keeps three promises, whoever asks for pulses (an update, a repair, a test of cells): a plan that could exceed a
limit is refused before its first pulse (`ohmshot.host.budget`); what shall be written is in the journal before it; and
cells that are known to be stuck get no pulse.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.budget import Account, Budget
from ohmshot.host.care.faults import TEST, Faults, find_stuck
from ohmshot.host.limits import Limits
from ohmshot.host.strategies.strategy import ProgrammingStrategy

NO_CELLS = torch.zeros(0, dtype=torch.int64)
"""Addresses of no cell."""


class Writer:
    """Writes, forms and tests cells of a batch of chips.

    Args:
        crossbar: the chips.
        strategy: the programming strategy.
        limits: budgets of writing and of wear; None for none.

    Attributes:
        strategy: the programming strategy.
        stuck: cells known to be stuck, bool [chips, cells]; None for none.
        before_pulses: called when a write is allowed and before its first pulse: the hook of a journal.

    Raises:
        SettingsError: limits that these chips cannot be held to.
    """

    def __init__(self, crossbar: Crossbar, strategy: ProgrammingStrategy, limits: Limits | None) -> None:
        self.strategy = strategy
        self.stuck: Tensor | None = None
        self.before_pulses: Callable[[], None] | None = None
        self._crossbar = crossbar
        self._budget = None if limits is None else Budget(crossbar, limits)

    @property
    def account(self) -> Account | None:
        """State of the session against its limits; None without limits."""
        return None if self._budget is None else self._budget.account

    def go_on_from(self, account: Account | None) -> None:
        """Let a session that was begun before go on; None goes on with this one."""
        if self._budget is not None and account is not None:
            self._budget.account = account

    def write(
        self,
        cells: Tensor,
        targets: Tensor,
        forming: Tensor = NO_CELLS,
        begin: Callable[[], None] = lambda: None,
    ) -> Tensor:
        """Form some cells and bring some to their targets.

        Args:
            cells: addresses [n], rising; those known to be stuck are left out.
            targets: uS [n].
            forming: addresses of cells to form before; a formed cell stays as it is, those known to be stuck are left
                out.
            begin: called when the write is allowed, before the journal and the first pulse.

        Returns:
            Addresses of the cells that missed their target.

        Raises:
            LimitError: the write could exceed a limit; no pulse was given and ``begin`` was not called.
        """
        if self.stuck is not None:
            sound = torch.nonzero(~self.stuck.view(-1)[cells]).squeeze(1)
            cells, targets = cells[sound], targets[sound]
            forming = forming[~self.stuck.view(-1)[forming]]
        if self._budget is not None:
            self._budget.take(cells, self.strategy.bound, forming)
        begin()
        if self.before_pulses is not None:
            self.before_pulses()
        if forming.numel():
            self._crossbar.form(forming)
        # Even where no cell is left: a strategy may wait, and chips of one batch must not feel each other.
        return self.strategy(self._crossbar, cells, targets)

    def test(self, cells: Tensor, forming: Tensor = NO_CELLS) -> Faults:
        """Form some cells and test some for being stuck (`ohmshot.host.care.faults.find_stuck`); erases what they hold.

        Args:
            cells: addresses [n], rising.
            forming: addresses of cells to form before.

        Raises:
            LimitError: the test could exceed a limit; no pulse was given.
        """
        if self._budget is not None:
            self._budget.take(cells, TEST, forming)
        if forming.numel():
            self._crossbar.form(forming)
        return find_stuck(self._crossbar, cells)
