"""The attempts that programming strategies are made of."""

import dataclasses
import math

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.host.strategies.write_verify import Attempt, StrategySettings, is_reset_target


def reset_then_set(crossbar: Crossbar, attempt: Attempt, settings: StrategySettings) -> Tensor:
    """Full RESET, then one SET at the gate voltage of the target; the same condition each time.

    Iterative SET is the repetition of this until the cell happens to lie in its window (rejection sampling:
    Bonnet et al., Nat. Commun. 14, 2023, Algorithm 1).
    """
    datasheet = crossbar.datasheet
    to_reset = is_reset_target(crossbar, attempt.targets)
    # A cell that resists RESET is given a new filament first, else the same RESET would end the same way.
    stubborn = to_reset & (attempt.amplitude > 0)
    if bool(stubborn.any()):
        gate = datasheet.gate_voltage_for(torch.full_like(attempt.targets[stubborn], datasheet.level_conductances[-1]))
        crossbar.set(attempt.cells[stubborn], gate)
    full = datasheet.reset_source_voltages[1]
    crossbar.reset(attempt.cells, torch.full_like(attempt.targets, full))
    if not bool(to_reset.all()):
        crossbar.set(attempt.cells[~to_reset], datasheet.gate_voltage_for(attempt.targets[~to_reset]))
    return torch.full_like(attempt.targets, full)


def ramp_down(crossbar: Crossbar, attempt: Attempt, settings: StrategySettings) -> Tensor:
    """One RESET pulse, a little stronger than the last; a cell below its target is SET and starts again.

    The form of the iterative RESET in the VLSI 2025 work is not published in what we found; this one is a choice.
    """
    datasheet = crossbar.datasheet
    onset, full = datasheet.reset_source_voltages
    below = attempt.measured < attempt.targets
    exhausted = attempt.amplitude >= full
    again = below | exhausted
    if bool(again.any()):
        top = torch.full_like(attempt.targets, datasheet.level_conductances[-1])
        start = torch.minimum(attempt.targets + settings.ramp_headroom, top)
        # A SET cannot be relied on below the level range, so it starts at the lowest level at least.
        start = start.clamp(min=datasheet.level_conductances[0])
        crossbar.set(attempt.cells[again], datasheet.gate_voltage_for(start[again]))
    amplitude = torch.where(again | (attempt.amplitude == 0), onset, attempt.amplitude) + settings.ramp_step
    amplitude = amplitude.clamp(max=full)
    down = ~again
    if bool(down.any()):
        crossbar.reset(attempt.cells[down], amplitude[down])
    return torch.where(again, torch.full_like(amplitude, onset), amplitude)


def by_target(crossbar: Crossbar, attempt: Attempt, settings: StrategySettings) -> Tensor:
    """Low levels by the RESET ramp, high ones and the reset state by a fresh RESET and SET."""
    low = (attempt.targets < settings.crossover) & ~is_reset_target(crossbar, attempt.targets)
    amplitude = torch.empty_like(attempt.targets)
    for chosen, step in ((low, ramp_down), (~low, reset_then_set)):
        if bool(chosen.any()):
            part = Attempt(*(t[chosen] for t in (attempt.cells, attempt.targets, attempt.measured, attempt.amplitude)))
            amplitude[chosen] = step(crossbar, part, settings)
    return amplitude


def ramp_or_reset(crossbar: Crossbar, attempt: Attempt, settings: StrategySettings) -> Tensor:
    """Every level by the RESET ramp; the reset state by full RESETs."""
    return by_target(crossbar, attempt, dataclasses.replace(settings, crossover=math.inf))
