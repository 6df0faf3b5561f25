"""Verification after relaxation: read the cells again once they have relaxed, and write those that moved."""

from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.strategies.history import Policy
from ohmshot.host.strategies.settings import StrategySettings
from ohmshot.host.strategies.write_verify import off_target, write_verify


def write_and_settle(
    crossbar: Crossbar, cells: Tensor, targets: Tensor, policy: Policy, settings: StrategySettings
) -> Tensor:
    """Write with verification; then, round by round, wait and write again what has moved too far.

    A cell that still holds its value after a time will move less in all the time to come, since relaxation is fast
    first: rewriting the others selects filaments that last. Esmanhotto et al. (Adv. Intell. Syst. 4, 2022) report
    inference stable over months by choosing such waits. The rounds run whether cells are left or not, so that chips of
    one batch do not feel each other.

    Returns:
        Addresses of the cells that missed their target in the last round, sorted.
    """
    missed = write_verify(crossbar, cells, targets, policy, settings)
    for _ in range(settings.settle_rounds):
        crossbar.wait(settings.settle_seconds)
        measured = crossbar.read(cells)
        moved = off_target(crossbar.datasheet, targets, measured, settings.settle_tolerance, settings.reset_ceiling)
        missed = write_verify(crossbar, cells[moved], targets[moved], policy, settings)
    return missed
