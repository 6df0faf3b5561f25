"""Bringing a cell to the reset state: common to all strategies."""

import torch

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.history import History, Pulses
from ohmshot.host.strategies.settings import StrategySettings


def to_reset_state(sheet: Datasheet, history: History, settings: StrategySettings) -> Pulses:
    """Full RESETs; a cell that resists several of them gets a new filament by a SET and starts again.

    Repeating a RESET wears nothing and often suffices, since each pulse ends a little differently; a new filament costs
    a SET/RESET cycle, so it comes last.
    """
    stubborn = history.resets >= settings.resets_to_retry
    zero = torch.zeros_like(history.targets)
    highest = torch.full_like(zero, sheet.set_gate_voltages[1])
    full = torch.full_like(zero, sheet.reset_source_voltages[1])
    return Pulses(torch.where(stubborn, zero, full), torch.where(stubborn, highest, zero))
