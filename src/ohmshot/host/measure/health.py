"""Health of a chip as a host measures it before use: its states, their spread, its faults."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar, every_cell
from ohmshot.host.care.faults import find_stuck

CYCLES = 3
"""SET/RESET cycles of the measurement: enough to tell what belongs to a cell from what is new in every cycle."""


@dataclass(frozen=True)
class ChipHealth:
    """One number a chip, float64 [chips] each; stuck cells are left out of all but their count.

    Attributes:
        formed_microsiemens: mean read after forming, uS.
        formed_spread_microsiemens: its standard deviation over cells.
        reset_log_mean: mean of ln(conductance / uS) after a full RESET.
        reset_log_spread: its standard deviation over cells and cycles.
        set_microsiemens: mean read after one SET meant for the lowest level, uS.
        set_cell_spread_microsiemens: standard deviation of what belongs to a cell: it comes back in every cycle.
        set_cycle_spread_microsiemens: standard deviation of what is new in every cycle, read noise included.
        stuck: cells found stuck.
    """

    formed_microsiemens: Tensor
    formed_spread_microsiemens: Tensor
    reset_log_mean: Tensor
    reset_log_spread: Tensor
    set_microsiemens: Tensor
    set_cell_spread_microsiemens: Tensor
    set_cycle_spread_microsiemens: Tensor
    stuck: Tensor


def measured_health(crossbar: Crossbar) -> ChipHealth:
    """Form the chips and measure them; erases what their cells hold and costs `CYCLES` + 1 cycles and a few reads."""
    sheet = crossbar.datasheet
    everything = every_cell(crossbar)
    full = torch.full(everything.shape, sheet.reset_source_voltages[1])
    low_gate = sheet.gate_voltage_for(torch.full(everything.shape, sheet.level_conductances[0]))
    crossbar.form(everything)
    formed = crossbar.read(everything)
    low, high = [], []
    for _ in range(CYCLES):
        crossbar.reset(everything, full)
        low.append(crossbar.read(everything))
        crossbar.set(everything, low_gate)
        high.append(crossbar.read(everything))
    shape = (-1, crossbar.chips, sheet.cells)
    sound = ~find_stuck(crossbar).stuck
    formed_mean, formed_variance = _moments(formed.double().view(shape)[0], sound)
    resets = torch.stack(low).double().clamp(min=0.1).log().view(shape)
    sets = torch.stack(high).double().view(shape)
    reset_mean, reset_variance = _moments(resets.transpose(0, 1).flatten(1), sound.repeat(1, CYCLES))
    within = _moments(sets.var(0), sound)[0]
    set_mean, of_means = _moments(sets.mean(0), sound)
    return ChipHealth(
        formed_microsiemens=formed_mean,
        formed_spread_microsiemens=formed_variance.sqrt(),
        reset_log_mean=reset_mean,
        reset_log_spread=reset_variance.sqrt(),
        set_microsiemens=set_mean,
        set_cell_spread_microsiemens=(of_means - within / CYCLES).clamp(min=0).sqrt(),
        set_cycle_spread_microsiemens=within.sqrt(),
        stuck=(~sound).sum(1).double(),
    )


def _moments(values: Tensor, counted: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and variance of the counted values of each chip, [chips] each, of [chips, n]."""
    weight = counted.double()
    count = weight.sum(1).clamp(min=2)
    mean = (values * weight).sum(1) / count
    return mean, ((values - mean[:, None]).square() * weight).sum(1) / (count - 1)
