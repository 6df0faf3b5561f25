"""Iterative SET: RESET, SET at the same condition, accept what falls into the window (rejection sampling)."""

import torch

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.history import History, Pulses, is_reset_target, merged
from ohmshot.host.strategies.reset_state import to_reset_state
from ohmshot.host.strategies.settings import StrategySettings


def reset_then_set(sheet: Datasheet, history: History, settings: StrategySettings) -> Pulses:
    """Full RESET, then one SET at the gate voltage of the target; the same condition each time.

    Bonnet et al., Nat. Commun. 14 (2023) 7530, Algorithm 1. A device that lies far from the median needs many cycles:
    the condition is never adapted to it.
    """
    full = torch.full_like(history.targets, sheet.reset_source_voltages[1])
    fresh = Pulses(full, sheet.gate_voltage_for(history.targets))
    return merged(is_reset_target(sheet, history.targets), to_reset_state(sheet, history, settings), fresh)
