"""Verification after relaxation: read the cells again once they have relaxed, and write those that moved."""

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.strategies.strategy import Bound
from ohmshot.host.strategies.write_verify import WriteVerify, off_target
from ohmshot.programming.policy import require_not_negative


@dataclass(frozen=True)
class Settled:
    """Write with verification; then, round by round, wait and write again what has moved too far.

    A cell that still holds its value after a time will move less in all the time to come, since relaxation is fast
    first: rewriting the others selects filaments that last. Esmanhotto et al. (Adv. Intell. Syst. 4, 2022) report
    inference stable over months by choosing such waits. The rounds run whether cells are left or not, so that chips of
    one batch do not feel each other. A cell is reported as missed by the last round.

    Attributes:
        write: the writing with verification.
        settle_rounds: how often the cells are read again after they have relaxed.
        settle_seconds: s at room temperature before each of these rounds.
        settle_tolerance: uS, in these rounds only what moved further than this from its target is written again.

    Raises:
        SettingsError: a setting below 0.
    """

    write: WriteVerify
    settle_rounds: int = 0
    settle_seconds: float = 60.0
    settle_tolerance: float = 4.0
    needs_partners: ClassVar[bool] = False

    def __post_init__(self) -> None:
        require_not_negative(self)

    @property
    def bound(self) -> Bound:
        """The most that one write of a cell takes."""
        return self.write.bound.in_rounds(self.settle_rounds)

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells [n] to targets in uS [n]; see `ohmshot.host.strategies.strategy.ProgrammingStrategy`."""
        missed = self.write(crossbar, cells, targets)
        for _ in range(self.settle_rounds):
            crossbar.wait(self.settle_seconds)
            chosen, wanted = self.corrections(crossbar, cells, targets)
            missed = self.write(crossbar, cells[chosen], wanted)
        return missed

    def corrections(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Read cells [n] that have relaxed, and choose which of them to write again.

        Returns:
            Positions among the cells, rising, and their targets in uS.
        """
        measured, ceiling = crossbar.read(cells), self.write.reset_ceiling
        moved = off_target(crossbar.datasheet, targets, measured, self.settle_tolerance, ceiling)
        return moved, targets[moved]
