"""Knowledge of the host of a cell that it writes, and one attempt of write-verify, as laws.

An attempt is at most one RESET and then at most one SET, then a read. Conductances are in uS, amplitudes in V; an
amplitude of 0 V stands for no pulse. The same laws decide whether the host drives a chip pulse by pulse or a chip runs
the whole plan by itself.
"""

from typing import NamedTuple

import numpy as np

from ohmshot.foundation.compiled import F32, I32, Bits, Real, kernel, law
from ohmshot.foundation.philox import log


class Sheet(NamedTuple):
    """Numbers of a datasheet that decisions need, float32 (`ohmshot.chip.datasheet.Datasheet.numbers`).

    Attributes:
        rest: uS, up to which a target means the reset state rather than a level.
        gate_low: V, gate voltage of the lowest SET.
        gate_high: V, of the highest.
        gate_slope: V a uS.
        set_low: uS, typical result of the lowest SET.
        set_high: uS, of the highest.
        onset: V, lowest amplitude at which a RESET does anything.
        full: V, amplitude of a full RESET.
        source_slope: V for a factor of e in conductance.
        source_top: V, amplitude that typically ends at 1 uS.
        saturation: V, 0 where the SET curve is linear (`ohmshot.chip.datasheet.Datasheet`).
        gate_curve: share of the way to saturation that a uS above the lowest SET is; 0 where the curve is linear.
    """

    rest: Real
    gate_low: Real
    gate_high: Real
    gate_slope: Real
    set_low: Real
    set_high: Real
    onset: Real
    full: Real
    source_slope: Real
    source_top: Real
    saturation: Real
    gate_curve: Real


class Verification(NamedTuple):
    """When a cell is accepted, and when it is given up; float32 and int32.

    Attributes:
        tolerance: uS, half the width of the window of a level.
        ceiling: uS, what a reset cell may read at most.
        resets_to_retry: RESETs that a cell which shall be reset gets before a SET gives it a new filament.
        most_cycles: SET/RESET cycles that a cell is given.
        most_attempts: attempts that a cell is given.
        learning: weight of the last cycle's outcome in what is known of a cell.
    """

    tolerance: Real
    ceiling: Real
    resets_to_retry: Bits
    most_cycles: Bits
    most_attempts: Bits
    learning: Real


class History(NamedTuple):
    """A cell that is being written and what it has answered so far.

    Attributes:
        target: uS.
        measured: uS, the last read.
        gate: V of the last SET where no RESET came after it, else 0.
        source: V of the last RESET where no SET came after it, else 0.
        resets: RESET pulses since the last SET.
        cycles: SET/RESET cycles begun, that is SETs that did not go on from the SET before.
        gate_shift: V, by how much this cell needs a higher gate voltage than the datasheet says.
        source_shift: V, by how much this cell needs a higher RESET amplitude than the datasheet says.
    """

    target: Real
    measured: Real
    gate: Real
    source: Real
    resets: Bits
    cycles: Bits
    gate_shift: Real
    source_shift: Real


HISTORY = np.dtype(
    [(name, I32 if name in ("resets", "cycles") else F32) for name in History._fields]
    + [("next_source", F32), ("next_gate", F32)]
)
"""A `History` between two attempts, and the pulses that were decided last."""

OPEN, ACCEPTED, GIVEN_UP = np.int8(0), np.int8(1), np.int8(2)
"""Verdicts on a cell: it gets pulses, it has met its target, or its cycles are used up."""


@law
def gate_for(conductance: Real, sheet: Sheet) -> Real:
    """Gate voltage whose SET typically ends at a conductance, V: linear, or the inverse of a curve that saturates.

    ``V_low - s ln(1 - c (G - G_low))`` with the saturation voltage s; a conductance out of reach is asked for as the
    last thousandth of the way.
    """
    if sheet.saturation > 0:
        left = max(F32(1) - (conductance - sheet.set_low) * sheet.gate_curve, F32(1e-3))
        return sheet.gate_low - sheet.saturation * log(left)
    return sheet.gate_low + (conductance - sheet.set_low) * sheet.gate_slope


def _gates_for(conductances: np.ndarray, sheet: Sheet, out: np.ndarray) -> None:
    """`gate_for` of many conductances in uS, [n]; V, [n], to be written."""
    for i in range(conductances.shape[0]):
        out[i] = gate_for(conductances[i], sheet)


gates_for = kernel(_gates_for)


@law
def source_for(conductance: Real, sheet: Sheet) -> Real:
    """Amplitude whose RESET typically ends at a conductance, V: equal steps lower it by equal factors."""
    return sheet.source_top - sheet.source_slope * log(max(conductance, F32(1e-3)))


@law
def accepted(target: Real, measured: Real, sheet: Sheet, v: Verification) -> Bits:
    """Whether a read finds a cell inside its window."""
    at_level = abs(measured - target) <= v.tolerance
    at_reset = target <= sheet.rest and measured <= v.ceiling
    return at_level or at_reset


@law
def to_reset_state(history: History, sheet: Sheet, v: Verification) -> tuple[Real, Real]:
    """(source, gate) for a cell that shall be reset: full RESETs; one that resists gets a new filament by a SET.

    Repeating a RESET wears nothing and often suffices, since each pulse ends a little differently; a new filament costs
    a SET/RESET cycle, so it comes last.
    """
    if history.resets >= v.resets_to_retry:
        return F32(0), sheet.gate_high
    return sheet.full, F32(0)


@law
def begins_cycle(history: History, source: Real, gate: Real) -> Bits:
    """Whether pulses contain a SET that does not go on from the SET before."""
    return gate > 0 and (source > 0 or history.gate == 0)


@law
def begun(target: Real, measured: Real) -> History:
    """A cell that has been read and not yet pulsed."""
    return History(target, measured, F32(0), F32(0), I32(0), I32(0), F32(0), F32(0))


@law
def towards(h: History, target: Real) -> History:
    """Give a cell another target, uS."""
    return History(target, h.measured, h.gate, h.source, h.resets, h.cycles, h.gate_shift, h.source_shift)


@law
def after(history: History, source: Real, gate: Real, measured: Real, sheet: Sheet, v: Verification) -> History:
    """Add an attempt and the read that verified it.

    The outcome of a cycle is learned when the next pulse goes the other way: until then the cell keeps the draw of
    this cycle, and a correction in the same direction starts from the last amplitude itself.
    """
    gate_shift, source_shift = history.gate_shift, history.source_shift
    if source > 0 and history.gate > 0:
        outcome = history.gate - gate_for(history.measured, sheet)
        gate_shift += v.learning * (outcome - gate_shift)
    if gate > 0 and history.source > 0:
        outcome = history.source - source_for(history.measured, sheet)
        source_shift += v.learning * (outcome - source_shift)
    cycles = I32(history.cycles + I32(begins_cycle(history, source, gate)))
    if gate > 0:
        return History(history.target, measured, gate, F32(0), I32(0), cycles, gate_shift, source_shift)
    if source > 0:
        resets = I32(history.resets + I32(1))
        return History(history.target, measured, F32(0), source, resets, cycles, gate_shift, source_shift)
    return History(
        history.target, measured, history.gate, history.source, history.resets, cycles, gate_shift, source_shift
    )


@law
def verdict(history: History, source: Real, gate: Real, sheet: Sheet, v: Verification) -> Bits:
    """Verdict on a cell that has been read and for which pulses have been decided."""
    if accepted(history.target, history.measured, sheet, v):
        return ACCEPTED
    if history.cycles >= v.most_cycles and begins_cycle(history, source, gate):
        return GIVEN_UP
    return OPEN
