"""RESET pulses of growing amplitude down to the target, from a SET above it."""

from dataclasses import dataclass
from typing import ClassVar

from ohmshot.foundation.compiled import F32, I32, Real, Record, law
from ohmshot.foundation.philox import clip
from ohmshot.programming.attempt import History, Sheet, gate_for, source_for
from ohmshot.programming.policy import Decide, require_not_negative

HALVINGS = I32(3)
"""How often the ramp of a cell is made finer."""


@law
def reset_ramp(history: History, sheet: Sheet, own: Record) -> tuple[Real, Real]:
    """The next, somewhat stronger RESET; a SET above the target where the cell lies below it or the ramp has ended."""
    if history.measured < history.target or history.source >= sheet.full:
        # A SET cannot be relied on below the level range, so it starts at the lowest level at least.
        start = clip(history.target + own.ramp_headroom, sheet.set_low, sheet.set_high)
        return F32(0), gate_for(start, sheet)
    finer = F32(1) / F32(I32(1) << I32(min(history.cycles, HALVINGS)))
    if history.source > 0:
        source = history.source + own.ramp_step * finer
    else:
        source = source_for(history.target, sheet) + history.source_shift - own.ramp_lead * finer
    return clip(source, sheet.onset, sheet.full), F32(0)


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
    decide: ClassVar[Decide] = staticmethod(reset_ramp)

    def __post_init__(self) -> None:
        require_not_negative(self)
