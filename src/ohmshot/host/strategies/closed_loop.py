"""Closed loop: the amplitude of every pulse follows from what the cell itself has answered. Ours."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.policy import History, Pulses, merged
from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy, require_not_negative
from ohmshot.host.strategies.write_verify import WriteVerify


@dataclass(frozen=True)
class ClosedLoop:
    """Low levels from above by RESET, high ones from below by SET, with amplitudes corrected by a damped secant step.

    Within a SET/RESET cycle a cell keeps its own offset from the datasheet's curve, so the distance that is left, in
    volts on that curve, is the correction that is needed. A new cycle draws part of that offset anew; what remains is
    the device's own, learned from the ends of earlier cycles (`ohmshot.host.strategies.policy.History.after`). This is
    write-verify with incremental gate voltage (IGVVA: Milo et al., IRPS 2021), whose step is chosen cell by cell
    instead of fixed.

    Attributes:
        crossover: uS, targets below are approached by RESET, others by SET (the two lowest SET levels relax worst:
            Esmanhotto et al., Adv. Intell. Syst. 4, 2022).
        set_headroom: uS, a RESET approach that has to begin anew starts from a SET this far above the target; less
            than that of a ramp, because the cell's own offset is known.
        set_margin: uS, the first SET of a cycle aims this far below the target.
        reset_margin: the first RESET of a cycle aims this share above the target.
        damping: share of the remaining distance that a corrected amplitude is meant to cover.
        learning: weight of the last cycle's outcome in what is known of a cell; one half weighs one outcome as much as
            the datasheet, which is best where devices differ as much as cycles do.
        gate_overdrive: V, how far a correction may lead above the gate voltages of the datasheet.

    Raises:
        SettingsError: a setting below 0.
    """

    crossover: float = 66.0
    set_headroom: float = 16.0
    set_margin: float = 6.0
    reset_margin: float = 0.1
    damping: float = 0.8
    learning: float = 0.5
    gate_overdrive: float = 0.2

    def __post_init__(self) -> None:
        require_not_negative(self)

    def __call__(self, sheet: Datasheet, history: History) -> Pulses:
        """Decide the next pulses of cells."""
        return merged(history.targets < self.crossover, self._down(sheet, history), self._up(sheet, history))

    def _up(self, sheet: Datasheet, history: History) -> Pulses:
        """From below: another SET at a higher gate voltage; a cell that lies above is RESET first."""
        zero = torch.zeros_like(history.targets)
        onward = (history.measured < history.targets) & (history.gate > 0)
        wanted = sheet.gate_voltage_for(history.targets)
        correction = self.damping * (wanted - sheet.gate_voltage_for(history.measured))
        fresh = sheet.gate_voltage_for(history.targets - self.set_margin) + history.gate_shift
        gate = self._within_reach(sheet, torch.where(onward, history.gate + correction, fresh))
        return Pulses(torch.where(onward, zero, torch.full_like(zero, sheet.reset_source_voltages[1])), gate)

    def _down(self, sheet: Datasheet, history: History) -> Pulses:
        """From above: another RESET at a higher amplitude; a cell that lies below is SET first."""
        zero = torch.zeros_like(history.targets)
        full = sheet.reset_source_voltages[1]
        again = (history.measured < history.targets) | (history.source >= full)
        wanted = sheet.source_voltage_for(history.targets)
        correction = self.damping * (wanted - sheet.source_voltage_for(history.measured))
        fresh = sheet.source_voltage_for(history.targets * math.exp(self.reset_margin)) + history.source_shift
        source = torch.where(history.source > 0, history.source + correction, fresh)
        source = source.clamp(sheet.reset_source_voltages[0], full)
        start = (history.targets + self.set_headroom).clamp(max=sheet.set_conductances[1])
        gate = self._within_reach(sheet, sheet.gate_voltage_for(start) + history.gate_shift)
        return Pulses(torch.where(again, zero, source), torch.where(again, gate, zero))

    def _within_reach(self, sheet: Datasheet, gate: Tensor) -> Tensor:
        """Hold gate voltages in V [n] to what the datasheet allows and the overdrive above it."""
        lowest, highest = sheet.set_gate_voltages
        return gate.clamp(lowest, highest + self.gate_overdrive)


STRATEGY = ProgrammingStrategy(
    "closed-loop", ("milo2021programming",), Settled(WriteVerify(ClosedLoop(), most_cycles=8))
)
