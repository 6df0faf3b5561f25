"""Hybrid: each level by the pulse that leaves it most stable."""

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.history import History, Pulses, is_reset_target, merged
from ohmshot.host.strategies.iterative_reset import ramp_down
from ohmshot.host.strategies.iterative_set import reset_then_set
from ohmshot.host.strategies.settings import StrategySettings


def by_target(sheet: Datasheet, history: History, settings: StrategySettings) -> Pulses:
    """Low levels by the RESET ramp, high ones and the reset state by a fresh RESET and SET.

    The form of the hybrid in the VLSI 2025 work is not published in what we found; this one follows the measured
    relaxation, which is worst for low levels that a SET has reached.
    """
    low = (history.targets < settings.crossover) & ~is_reset_target(sheet, history.targets)
    return merged(low, ramp_down(sheet, history, settings), reset_then_set(sheet, history, settings))
