"""Iterative RESET: a SET above the target, then RESET pulses of growing amplitude down to it."""

from dataclasses import dataclass

import torch

from ohmshot.chip.datasheet import Datasheet
from ohmshot.host.strategies.policy import History, Pulses
from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy, require_not_negative
from ohmshot.host.strategies.write_verify import WriteVerify

HALVINGS = 3
"""How often the ramp of a cell is made finer."""


@dataclass(frozen=True)
class ResetRamp:
    """One RESET pulse, a little stronger than the last; a cell below its target is SET and starts again.

    The ramp begins a lead below the amplitude that typically ends at the target, corrected by where this cell's last
    ramp ended; each ramp that overshot is repeated with half the lead and half the step, three times at most. A ramp
    repeated as it was would overshoot again and again and only wear the cell. The form of the iterative RESET in the
    VLSI 2025 work is not published in what we found; this one is a choice.

    Attributes:
        ramp_lead: V, a first ramp begins this far below the amplitude that typically ends at the target.
        ramp_step: V, growth of the amplitude from pulse to pulse of a first ramp.
        ramp_headroom: uS, a ramp that has to begin anew starts from a SET this far above the target.
        learning: weight of the last ramp's end in what is known of a cell.

    Raises:
        SettingsError: a setting below 0.
    """

    ramp_lead: float = 0.25
    ramp_step: float = 0.04
    ramp_headroom: float = 40.0
    learning: float = 0.5

    def __post_init__(self) -> None:
        require_not_negative(self)

    def __call__(self, sheet: Datasheet, history: History) -> Pulses:
        """Decide the next pulses of cells."""
        zero = torch.zeros_like(history.targets)
        finer = torch.exp2(-history.cycles.clamp(max=HALVINGS))
        first = sheet.source_voltage_for(history.targets) + history.source_shift - self.ramp_lead * finer
        onset, full = sheet.reset_source_voltages
        source = torch.where(history.source > 0, history.source + self.ramp_step * finer, first).clamp(onset, full)
        again = (history.measured < history.targets) | (history.source >= full)
        # A SET cannot be relied on below the level range, so it starts at the lowest level at least.
        start = (history.targets + self.ramp_headroom).clamp(sheet.set_conductances[0], sheet.set_conductances[1])
        return Pulses(torch.where(again, zero, source), torch.where(again, sheet.gate_voltage_for(start), zero))


STRATEGY = ProgrammingStrategy("iterative-reset", ("pallo2025vlsi",), Settled(WriteVerify(ResetRamp())))
