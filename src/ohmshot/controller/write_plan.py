"""A programming strategy as tables: all that the write-verify engine knows, in codes of the converters.

The engine knows two ways to a level. From above: a SET to start from, then RESETs, each a little stronger. From below:
a full RESET, then a SET. What a strategy adds is numbers, and whether amplitudes are corrected by what a cell has
answered (closed loop) or follow a fixed ramp (hybrid).
"""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ohmshot.chip.datasheet import Datasheet
from ohmshot.controller.pulse_converters import (
    MOST_VERIFY_BITS,
    VERIFY_BITS,
    PulseDac,
    VerifyAdc,
    pulse_dac_for,
    verify_adc_for,
)
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.settle import Settled
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.host.strategies.write_verify import WriteVerify
from ohmshot.programming.policies.closed_loop import ClosedLoop
from ohmshot.programming.policies.hybrid import Hybrid

RATIO_BITS = 6
"""Fraction bits of the two constant multipliers."""
LOG_ENTRIES = 16
"""Entries of the table of log2 between two powers of two."""
HALVINGS = 3
"""How often a ramp is made finer (`ohmshot.programming.policies.reset_ramp.HALVINGS`)."""
_MOST_LEVELS = 16
Codes = Any
"""Whole numbers of many cells, int32 [n], or bool [n], in the annotations of the engine's functions."""


@dataclass(frozen=True)
class WritePlan:
    """Tables and numbers of the write-verify engine; all are integers.

    Amplitudes are codes of the pulse DAC, conductances codes of the verify converter. Level 0 is the reset state.

    Attributes:
        targets: code that a cell of each level should read.
        gates: SET of each level: the one a cell starts from (from above) or ends with (from below); of level 0 the
            highest SET, for a cell that resists RESET.
        sources: first RESET of each level, from above, before lead and what is known of the cell.
        typical: RESET that typically ends at each level (`typical_source` of its target).
        highest_from_above: levels 1 to this one are approached from above, those beyond it from below.
        corrects: whether amplitudes are corrected by a damped secant step; else a ramp of equal steps.
        lead: how far below `sources` a first ramp begins.
        step: growth from pulse to pulse of a first ramp.
        onset: lowest RESET.
        full: full RESET.
        lowest_gate: lowest SET.
        highest_gate: highest SET that a correction may reach.
        tolerance: half the width of the window around a target.
        ceiling: what a cell of level 0 may read at most.
        resets_to_retry: RESETs of a cell of level 0 before a SET gives it a new filament.
        most_cycles: SET/RESET cycles that a cell is given.
        most_attempts: attempts that a cell is given.
        gate_offset: code whose SET typically ends at read code 0.
        gate_slope: SET codes a read code, in units of 2**-RATIO_BITS.
        gate_damping: correction of a SET in codes a read code, in units of 2**-RATIO_BITS.
        source_damping: share of the remaining distance that a corrected RESET covers, in units of 2**-RATIO_BITS.
        octave: RESET codes for a factor of 2 in conductance.
        source_offset: code whose RESET typically ends at the read code 2**(verify_bits - 1).
        fractions: RESET codes for the part of log2 behind the point, [LOG_ENTRIES].
        verify_bits: of the verify converter.
    """

    targets: tuple[int, ...]
    gates: tuple[int, ...]
    sources: tuple[int, ...]
    typical: tuple[int, ...]
    highest_from_above: int
    corrects: bool
    lead: int
    step: int
    onset: int
    full: int
    lowest_gate: int
    highest_gate: int
    tolerance: int
    ceiling: int
    resets_to_retry: int
    most_cycles: int
    most_attempts: int
    gate_offset: int
    gate_slope: int
    gate_damping: int
    source_damping: int
    octave: int
    source_offset: int
    fractions: tuple[int, ...]
    verify_bits: int = VERIFY_BITS

    @property
    def levels(self) -> int:
        """Number of levels, the reset state among them."""
        return len(self.targets)

    @property
    def most_pulses(self) -> int:
        """The most pulses that one write of a cell takes: a RESET and a SET an attempt."""
        return 2 * self.most_attempts


@dataclass(frozen=True)
class WritePath:
    """A plan, the converters that its codes are of, and the conductance of each level in uS, the reset state first."""

    plan: WritePlan
    dac: PulseDac
    adc: VerifyAdc
    levels: tuple[float, ...]


def write_path(strategy: ProgrammingStrategy, sheet: Datasheet) -> WritePath:
    """Turn a strategy into tables for a chip.

    Args:
        strategy: hybrid or closed loop, with its settings.
        sheet: datasheet of the chip.

    Raises:
        SettingsError: a strategy that the engine does not know, or settings that its tables cannot hold.
    """
    scheme = require_known(strategy)
    path = _tabulated(scheme, sheet, pulse_dac_for(sheet), verify_adc_for(sheet, scheme.tolerance))
    _require_fit(path)
    return path


def require_known(strategy: ProgrammingStrategy) -> WriteVerify:
    """Return the loop of a strategy whose plan the engine can have.

    Raises:
        SettingsError: it is neither hybrid nor closed loop.
    """
    scheme = strategy.scheme
    if isinstance(scheme, Settled) and scheme.settle_rounds == 0:
        scheme = scheme.write
    if not isinstance(scheme, WriteVerify) or not isinstance(scheme.policy, Hybrid | ClosedLoop):
        raise SettingsError(
            f"The controller writes by the strategies hybrid and closed-loop, not by {strategy.name}. Choose one of "
            "them."
        )
    return scheme


def typical_source(plan: WritePlan, read: Codes) -> Codes:
    """RESET code that typically ends at a read code: ``source_offset`` less ``octave`` for each doubling; int32, any
    shape.

    log2 is the place of the leading one and a table of what follows it (Mitchell, IRE Trans. Electron. Comput. 11,
    1962, 512, with a table in the place of the straight line).
    """
    held, bits = np.maximum(read, 1), plan.verify_bits
    place = np.frexp(held.astype(np.float64))[1] - 1  # of the leading one; exact, reads are small integers
    behind = (held << bits - 1 >> place) - (1 << bits - 1)  # bits behind the leading one, moved to the left
    fraction = np.array(plan.fractions, np.int32)[behind * LOG_ENTRIES >> bits - 1]
    return plan.source_offset + (bits - 1 - place) * plan.octave - fraction


def _tabulated(scheme: WriteVerify, sheet: Datasheet, dac: PulseDac, adc: VerifyAdc) -> WritePath:
    policy, numbers, levels = scheme.policy, sheet.numbers, (sheet.reset_conductance, *sheet.level_conductances)
    assert isinstance(policy, Hybrid | ClosedLoop)
    if policy.learning != 0.5:
        raise SettingsError(f"The controller learns of a cell by halves: learning is 0.5, not {policy.learning}.")

    def gate(conductance: float) -> float:
        return float(sheet.gate_voltage_for(torch.tensor(conductance, dtype=torch.float64)))

    def source(conductance: float) -> float:  # `ohmshot.programming.attempt.source_for`
        return float(numbers.source_top) - float(numbers.source_slope) * math.log(max(conductance, 1e-3))

    low, high = float(numbers.set_low), float(numbers.set_high)
    from_above = sum(level < policy.crossover for level in levels[1:])
    if isinstance(policy, Hybrid):
        starts = [gate(min(max(level + policy.low.ramp_headroom, low), high)) for level in levels]
        ends, first_sources = [gate(level) for level in levels], [source(level) for level in levels]
        lead, step, overdrive, damping = policy.low.ramp_lead, policy.low.ramp_step, 0.0, 0.0
    else:
        starts = [gate(min(level + policy.set_headroom, high)) for level in levels]
        ends = [gate(level - policy.set_margin) for level in levels]
        first_sources = [source(level * math.exp(policy.reset_margin)) for level in levels]
        lead, step, overdrive, damping = 0.0, 0.0, policy.gate_overdrive, policy.damping
    wanted = [float(numbers.gate_high), *starts[1 : from_above + 1], *ends[from_above + 1 :]]

    unit = 1 << RATIO_BITS
    octave = round(float(numbers.source_slope) * math.log(2) / dac.step)
    middle = 1 << (adc.bits - 1)
    slope = float(numbers.gate_slope) * adc.step_us / dac.step
    plan = WritePlan(
        targets=tuple(round(level / adc.step_us) for level in levels),
        gates=tuple(dac.code(volts) for volts in wanted),
        sources=tuple(dac.code(volts) for volts in first_sources),
        typical=(0,) * len(levels),
        highest_from_above=from_above,
        corrects=isinstance(policy, ClosedLoop),
        lead=round(lead / dac.step),
        step=round(step / dac.step),
        onset=dac.code(float(numbers.onset)),
        full=dac.code(float(numbers.full)),
        lowest_gate=dac.code(float(numbers.gate_low)),
        highest_gate=dac.code(float(numbers.gate_high) + overdrive),
        tolerance=round(scheme.tolerance / adc.step_us),
        ceiling=round(scheme.reset_ceiling / adc.step_us),
        resets_to_retry=scheme.resets_to_retry,
        most_cycles=scheme.most_cycles,
        most_attempts=scheme.most_attempts,
        gate_offset=1 + round((gate(low) - low * float(numbers.gate_slope) - dac.low) / dac.step),
        gate_slope=round(slope * unit),
        gate_damping=round(damping * slope * unit),
        source_damping=round(damping * unit),
        octave=octave,
        source_offset=1 + round((source(middle * adc.step_us) - dac.low) / dac.step),
        fractions=tuple(round(octave * math.log2(1 + (i + 0.5) / LOG_ENTRIES)) for i in range(LOG_ENTRIES)),
        verify_bits=adc.bits,
    )
    typical = tuple(typical_source(plan, np.array(plan.targets, np.int32)).tolist())
    return WritePath(dataclasses.replace(plan, typical=typical), dac, adc, levels)


def _require_fit(path: WritePath) -> None:
    """Refuse numbers for which the engine has no room.

    Raises:
        SettingsError: there is one; the message names it and its range.
    """
    plan = path.plan
    ranges = {
        "levels": (plan.levels, 2, _MOST_LEVELS),
        "bits of the verify converter": (plan.verify_bits, VERIFY_BITS, MOST_VERIFY_BITS),
        "tolerance in codes": (plan.tolerance, 1, path.adc.top),
        "resets_to_retry": (plan.resets_to_retry, 1, 7),
        "most_cycles": (plan.most_cycles, 1, 31),
        "most_attempts": (plan.most_attempts, 1, 127),
        "the ramp's lead in codes": (plan.lead, 0, path.dac.top),
        "the ramp's step in codes": (plan.step, 0, path.dac.top),
        "the damping in 64ths": (plan.source_damping, 0, 1 << RATIO_BITS),
    }
    for name, (value, least, most) in ranges.items():
        if not least <= value <= most:
            raise SettingsError(f"The write engine has room for {name} from {least} to {most}, not for {value}.")
