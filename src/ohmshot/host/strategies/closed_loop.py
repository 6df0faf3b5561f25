"""Closed loop: the amplitude of every pulse follows from what the cell itself has answered. Ours."""

import math

import torch
from torch import Tensor

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.history import History, Pulses, is_reset_target, merged
from ohmshot.host.strategies.reset_state import to_reset_state
from ohmshot.host.strategies.settings import StrategySettings


def closed_loop(sheet: Datasheet, history: History, settings: StrategySettings) -> Pulses:
    """Low levels from above by RESET, high ones from below by SET, with amplitudes corrected by a damped secant step.

    Within a SET/RESET cycle a cell keeps its own offset from the datasheet's curve, so the distance that is left, in
    volts on that curve, is the correction that is needed. A new cycle draws part of that offset anew; what remains is
    the device's own, learned from the ends of earlier cycles (`History.after`). This is write-verify with incremental
    gate voltage (IGVVA: Milo et al., IRPS 2021), whose step is chosen cell by cell instead of fixed.
    """
    low = (history.targets < settings.crossover) & ~is_reset_target(sheet, history.targets)
    high = merged(
        is_reset_target(sheet, history.targets), to_reset_state(sheet, history, settings), _up(sheet, history, settings)
    )
    return merged(low, _down(sheet, history, settings), high)


def _up(sheet: Datasheet, history: History, settings: StrategySettings) -> Pulses:
    """From below: another SET at a higher gate voltage; a cell that lies above is RESET first."""
    zero = torch.zeros_like(history.targets)
    onward = (history.measured < history.targets) & (history.gate > 0)
    wanted = sheet.gate_voltage_for(history.targets)
    correction = settings.damping * (wanted - sheet.gate_voltage_for(history.measured))
    fresh = sheet.gate_voltage_for(history.targets - settings.set_margin) + history.gate_shift
    gate = _within_reach(sheet, torch.where(onward, history.gate + correction, fresh), settings)
    return Pulses(torch.where(onward, zero, torch.full_like(zero, sheet.reset_source_voltages[1])), gate)


def _down(sheet: Datasheet, history: History, settings: StrategySettings) -> Pulses:
    """From above: another RESET at a higher amplitude; a cell that lies below is SET first."""
    zero = torch.zeros_like(history.targets)
    full = sheet.reset_source_voltages[1]
    again = (history.measured < history.targets) | (history.source >= full)
    wanted = sheet.source_voltage_for(history.targets)
    correction = settings.damping * (wanted - sheet.source_voltage_for(history.measured))
    fresh = sheet.source_voltage_for(history.targets * math.exp(settings.reset_margin)) + history.source_shift
    source = torch.where(history.source > 0, history.source + correction, fresh)
    source = source.clamp(sheet.reset_source_voltages[0], full)
    start = (history.targets + settings.set_headroom).clamp(max=sheet.set_conductances[1])
    gate = _within_reach(sheet, sheet.gate_voltage_for(start) + history.gate_shift, settings)
    return Pulses(torch.where(again, zero, source), torch.where(again, gate, zero))


def _within_reach(sheet: Datasheet, gate: Tensor, settings: StrategySettings) -> Tensor:
    lowest, highest = sheet.set_gate_voltages
    return gate.clamp(lowest, highest + settings.gate_overdrive)
