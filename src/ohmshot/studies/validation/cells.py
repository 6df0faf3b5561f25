"""Forty thousand cells at a conductance, for holding one effect of the simulator against a published figure."""

import dataclasses
import math

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar

CELLS = 40_000
EVERY_CELL = torch.arange(CELLS)


def healthy(parameters: CellParameters) -> CellParameters:
    """Parameters of cells that are all formed, none of them stuck."""
    return dataclasses.replace(
        parameters, form_onset_spread=0.0, form_onset_voltage=0.0, stuck_low_share=0.0, stuck_high_share=0.0
    )


def exactly_programmed(parameters: CellParameters) -> CellParameters:
    """Parameters of healthy cells whose pulses end at their median: what spreads later is ageing alone."""
    return dataclasses.replace(healthy(parameters), set_spread=(0.0, 0.0), reset_log_spread=(0.0, 0.0))


def formed_chip(parameters: CellParameters, seed: int) -> SimulatedCrossbar:
    """One chip of 40,000 cells in the reset state."""
    chip = SimulatedCrossbar(parameters, Circuit(rows=200, columns=200), seed, [0])
    chip.form(EVERY_CELL)
    chip.reset(EVERY_CELL, torch.full((CELLS,), parameters.reset_source_voltages[1]))
    return chip


def at_level(parameters: CellParameters, conductance: float, seed: int) -> SimulatedCrossbar:
    """All cells after one SET whose median is this conductance in uS."""
    chip = formed_chip(parameters, seed)
    chip.set(EVERY_CELL, chip.datasheet.gate_voltage_for(torch.full((CELLS,), conductance)))
    return chip


def reset_to(parameters: CellParameters, conductance: float, seed: int) -> SimulatedCrossbar:
    """All cells after one RESET whose median is this conductance in uS, from the highest SET."""
    top, bottom = parameters.set_conductances[1], parameters.reset_conductance
    low, high = parameters.reset_source_voltages
    chip = at_level(parameters, top, seed)
    volts = low + (high - low) * math.log(conductance / top) / math.log(bottom / top)
    chip.reset(EVERY_CELL, torch.full((CELLS,), volts))
    return chip


def now(chip: SimulatedCrossbar) -> Tensor:
    """Conductance of all cells in uS, float64 [cells]."""
    return chip.true_conductances().flatten().double()


def mean_and_sigma(values: Tensor) -> tuple[float, float]:
    """Mean and standard deviation of values, [n]."""
    return float(values.mean()), float(values.std())


def robust_sigma(values: Tensor) -> float:
    """Standard deviation of values, [n], from their interquartile range, as data with outliers are described."""
    quarter, three = torch.quantile(values, torch.tensor([0.25, 0.75], dtype=values.dtype)).tolist()
    return float(three - quarter) / 1.349
