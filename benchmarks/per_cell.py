"""A careful program without tensors: cell after cell, pulse after pulse, the physics written out in NumPy and math.

The same formulas and the same hybrid strategy as `ohmshot`; what a person writes who simulates one chip. It is the
baseline of the benchmarks and checks them too: both must need as many pulses and end as near to the target.
"""

import math
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.host.strategies import hybrid
from ohmshot.host.strategies.strategy import settings_of
from ohmshot.programming.policies.reset_ramp import HALVINGS

SETTINGS = SimpleNamespace(**settings_of(hybrid.STRATEGY))


@dataclass
class Cell:
    """A formed cell that neither wears nor ages while it is written."""

    parameters: CellParameters
    random: np.random.Generator
    conductance: float = 0.0
    reset_since_set: bool = True
    set_cycle: float = 0.0
    reset_cycle: float = 0.0
    pulses: int = 0

    def __post_init__(self) -> None:
        self.set_device, self.reset_device = self.random.standard_normal(2)

    def set(self, gate_voltage: float) -> None:
        p = self.parameters
        self.pulses += 1
        (low, high), (bottom, top) = p.set_gate_voltages, p.set_conductances
        self._switch_on(bottom + (gate_voltage - low) * (top - bottom) / (high - low))

    def form(self) -> None:
        self._switch_on(self.parameters.form_conductance)

    def _switch_on(self, median: float) -> None:
        p = self.parameters
        cycle, reset_cycle, pulse = self.random.standard_normal(3)
        if self.reset_since_set:
            self.set_cycle, self.reset_cycle, self.reset_since_set = cycle, reset_cycle, False
        (bottom, top), (widest, narrowest) = p.set_conductances, p.set_spread
        share = min(max((median - bottom) / (top - bottom), 0.0), 1.0)
        draw = (
            math.sqrt(p.set_device_share) * self.set_device
            + math.sqrt(1 - p.set_device_share - p.set_pulse_share) * self.set_cycle
            + math.sqrt(p.set_pulse_share) * pulse
        )
        reached = median + (widest + share * (narrowest - widest)) * draw
        reached = min(max(reached, p.minimum_conductance), p.maximum_conductance)
        self.conductance = max(self.conductance, reached)

    def reset(self, source_voltage: float) -> None:
        p = self.parameters
        self.pulses += 1
        onset, full = p.reset_source_voltages
        depth = min((source_voltage - onset) / (full - onset), 1.0)
        pulse = self.random.standard_normal()
        if depth <= 0:
            return
        median = p.set_conductances[1] * (p.reset_conductance / p.set_conductances[1]) ** depth
        draw = (
            math.sqrt(p.reset_device_share) * self.reset_device
            + math.sqrt(1 - p.reset_device_share - p.reset_pulse_share) * self.reset_cycle
            + math.sqrt(p.reset_pulse_share) * pulse
        )
        low, high = p.reset_log_spread
        reached = max(median * math.exp((low + depth * (high - low)) * draw), p.minimum_conductance)
        if reached < self.conductance:
            self.conductance, self.reset_since_set = reached, True

    def read(self) -> float:
        return self.conductance * (1 + self.parameters.read_noise * self.random.standard_normal())


@dataclass
class Host:
    """What the hybrid strategy remembers of the one cell that it writes (`ohmshot.programming.attempt.History`)."""

    parameters: CellParameters
    gate: float = 0.0
    source: float = 0.0
    source_shift: float = 0.0
    resets: int = 0
    cycles: int = 0

    def gate_for(self, conductance: float) -> float:
        (low, high), (bottom, top) = self.parameters.set_gate_voltages, self.parameters.set_conductances
        return low + (conductance - bottom) * (high - low) / (top - bottom)

    def source_for(self, conductance: float) -> float:
        (onset, full), top = self.parameters.reset_source_voltages, self.parameters.set_conductances[1]
        fall = math.log(top / max(conductance, 1e-3)) / math.log(top / self.parameters.reset_conductance)
        return onset + (full - onset) * fall

    def next_pulses(self, target: float, measured: float) -> tuple[float, float]:
        """Source and gate voltage of the next RESET and SET; 0 for none."""
        p, s = self.parameters, SETTINGS
        onset, full = p.reset_source_voltages
        if is_reset_target(p, target):
            return (0.0, p.set_gate_voltages[1]) if self.resets >= s.resets_to_retry else (full, 0.0)
        if target >= s.crossover:
            return full, self.gate_for(target)
        if measured < target or self.source >= full:
            bottom, top = p.set_conductances
            return 0.0, self.gate_for(min(max(target + s.ramp_headroom, bottom), top))
        finer = 0.5 ** min(self.cycles, HALVINGS)
        first = self.source_for(target) + self.source_shift - s.ramp_lead * finer
        source = self.source + s.ramp_step * finer if self.source > 0 else first
        return min(max(source, onset), full), 0.0

    def remember(self, source: float, gate: float, before: float) -> None:
        if gate > 0:
            self.cycles += source > 0 or self.gate == 0
            if self.source > 0:
                self.source_shift += SETTINGS.learning * (self.source - self.source_for(before) - self.source_shift)
            self.gate, self.source, self.resets = gate, 0.0, 0
        elif source > 0:
            self.gate, self.source, self.resets = 0.0, source, self.resets + 1


def is_reset_target(parameters: CellParameters, target: float) -> bool:
    return target <= parameters.reset_conductance * (1 + 1e-6)


def program(cell: Cell, target: float) -> bool:
    """Write one formed cell by the hybrid strategy; returns whether it met its target in uS."""
    p, host, measured = cell.parameters, Host(cell.parameters), cell.read()
    for _ in range(SETTINGS.most_attempts):
        low_enough = is_reset_target(p, target) and measured <= SETTINGS.reset_ceiling
        if low_enough or abs(measured - target) <= SETTINGS.tolerance:
            return True
        source, gate = host.next_pulses(target, measured)
        begins = gate > 0 and (source > 0 or host.gate == 0)
        if begins and host.cycles >= SETTINGS.most_cycles:
            return False
        if source > 0:
            cell.reset(source)
        if gate > 0:
            cell.set(gate)
        host.remember(source, gate, measured)
        measured = cell.read()
    return False
