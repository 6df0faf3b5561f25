"""The amplitude of every pulse follows from what the cell itself has answered. Ours."""

from dataclasses import dataclass
from typing import ClassVar

from ohmshot.foundation.compiled import F32, Real, Record, law
from ohmshot.foundation.philox import clip, exp
from ohmshot.programming.attempt import History, Sheet, gate_for, source_for
from ohmshot.programming.policy import Decide, require_not_negative


@law
def closed_loop(history: History, sheet: Sheet, own: Record) -> tuple[Real, Real]:
    """The next pulses of a cell: from above by RESET below the crossover, from below by SET above it."""
    if history.target < own.crossover:
        return _from_above(history, sheet, own)
    return _from_below(history, sheet, own)


@law
def _from_below(history: History, sheet: Sheet, own: Record) -> tuple[Real, Real]:
    """Another SET at a higher gate voltage; a cell that lies above is RESET first."""
    if history.measured < history.target and history.gate > 0:
        correction = own.damping * (gate_for(history.target, sheet) - gate_for(history.measured, sheet))
        return F32(0), _within_reach(history.gate + correction, sheet, own)
    fresh = gate_for(history.target - own.set_margin, sheet) + history.gate_shift
    return sheet.full, _within_reach(fresh, sheet, own)


@law
def _from_above(history: History, sheet: Sheet, own: Record) -> tuple[Real, Real]:
    """Another RESET at a higher amplitude; a cell that lies below is SET first."""
    if history.measured < history.target or history.source >= sheet.full:
        start = min(history.target + own.set_headroom, sheet.set_high)
        return F32(0), _within_reach(gate_for(start, sheet) + history.gate_shift, sheet, own)
    if history.source > 0:
        correction = own.damping * (source_for(history.target, sheet) - source_for(history.measured, sheet))
        source = history.source + correction
    else:
        source = source_for(history.target * exp(own.reset_margin), sheet) + history.source_shift
    return clip(source, sheet.onset, sheet.full), F32(0)


@law
def _within_reach(gate: Real, sheet: Sheet, own: Record) -> Real:
    """Hold a gate voltage in V to what the datasheet allows and the overdrive above it."""
    return clip(gate, sheet.gate_low, sheet.gate_high + own.gate_overdrive)


@dataclass(frozen=True)
class ClosedLoop:
    """Low levels from above by RESET, high ones from below by SET, with amplitudes corrected by a damped secant step.

    Within a SET/RESET cycle a cell keeps its own offset from the datasheet's curve, so the distance that is left, in
    volts on that curve, is the correction that is needed. A new cycle draws part of that offset anew; what remains is
    the device's own, learned from the ends of earlier cycles (`ohmshot.programming.attempt.after`). This is
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
    decide: ClassVar[Decide] = staticmethod(closed_loop)

    def __post_init__(self) -> None:
        require_not_negative(self)
