"""Iterative RESET: a SET above the target, then RESET pulses of growing amplitude down to it."""

import torch

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.history import History, Pulses, is_reset_target, merged
from ohmshot.host.strategies.reset_state import to_reset_state
from ohmshot.host.strategies.settings import StrategySettings

HALVINGS = 3
"""How often the ramp of a cell is made finer."""


def ramp_down(sheet: Datasheet, history: History, settings: StrategySettings) -> Pulses:
    """One RESET pulse, a little stronger than the last; a cell below its target is SET and starts again.

    The ramp begins a lead below the amplitude that typically ends at the target, corrected by where this cell's last
    ramp ended; each ramp that overshot is repeated with half the lead and half the step, three times at most. A ramp
    repeated as it was would overshoot again and again and only wear the cell. The form of the iterative RESET in the
    VLSI 2025 work is not published in what we found; this one is a choice.
    """
    zero = torch.zeros_like(history.targets)
    finer = torch.exp2(-history.cycles.clamp(max=HALVINGS))
    first = sheet.source_voltage_for(history.targets) + history.source_shift - settings.ramp_lead * finer
    onset, full = sheet.reset_source_voltages
    source = torch.where(history.source > 0, history.source + settings.ramp_step * finer, first).clamp(onset, full)
    again = (history.measured < history.targets) | (history.source >= full)
    # A SET cannot be relied on below the level range, so it starts at the lowest level at least.
    start = (history.targets + settings.ramp_headroom).clamp(sheet.set_conductances[0], sheet.set_conductances[1])
    return Pulses(torch.where(again, zero, source), torch.where(again, sheet.gate_voltage_for(start), zero))


def ramp_or_reset(sheet: Datasheet, history: History, settings: StrategySettings) -> Pulses:
    """Every level by the RESET ramp; the reset state by full RESETs."""
    return merged(
        is_reset_target(sheet, history.targets),
        to_reset_state(sheet, history, settings),
        ramp_down(sheet, history, settings),
    )
