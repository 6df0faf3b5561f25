"""The write-verify engine in integers: what it knows of a cell, and how it decides the cell's next pulses.

The same decisions as the policies of the host (`ohmshot.programming.policies`), in codes of the converters. Every
function works on many cells at once, int32 [n]; the engine itself writes one cell after another, which gives the same
pulses, since no decision about a cell looks at another.

Widths of the registers: `widths_of`; `tests/controller/test_write_verify.py` shows that they hold everything.
"""

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from torch import Tensor

from ohmshot.chip.crossbar import Crossbar
from ohmshot.controller.fixed_point import bits_of
from ohmshot.controller.write_plan import HALVINGS, RATIO_BITS, Codes, WritePath, WritePlan, typical_source
from ohmshot.foundation.devices import to_default_device
from ohmshot.host.strategies.strategy import Bound
from ohmshot.host.strategies.write_verify import give


class Cells(NamedTuple):
    """What is known of cells that are being written, int32 [n] each; one engine holds these registers for one cell.

    Attributes:
        level: wanted.
        measured: code of the last read.
        gate: code of the last SET where no RESET came after it, else 0.
        source: code of the last RESET where no SET came after it, else 0.
        resets: RESETs since the last SET; 7 stands for 7 or more.
        cycles: SET/RESET cycles begun.
        attempts: attempts made.
        gate_shift: codes by which a cell needs a higher SET than is typical.
        source_shift: codes by which a cell needs a higher RESET than is typical.
    """

    level: Codes
    measured: Codes
    gate: Codes
    source: Codes
    resets: Codes
    cycles: Codes
    attempts: Codes
    gate_shift: Codes
    source_shift: Codes


WIDTHS = Cells(level=4, measured=8, gate=8, source=8, resets=3, cycles=5, attempts=7, gate_shift=10, source_shift=10)
"""Bits of each register with a verify converter of 8 bits; the shifts are signed."""
MOST_RESETS = 7


def widths_of(plan: WritePlan) -> Cells:
    """Bits of each register, those of the shifts wide enough for whatever a cell can read.

    A shift is a mean of earlier shifts and of the difference of a pulse's code and the typical one, so it never leaves
    the range of these differences.
    """
    reads, full = np.arange(1 << plan.verify_bits), (1 << WIDTHS.gate) - 1
    typical_gates, typical_sources = _typical_gate(plan, reads), typical_source(plan, reads)
    gate_shift, source_shift = (
        bits_of(int(max(full - typical.min(), typical.max())), signed=True)
        for typical in (typical_gates, typical_sources)
    )
    return WIDTHS._replace(
        measured=plan.verify_bits,
        gate_shift=max(WIDTHS.gate_shift, gate_shift),
        source_shift=max(WIDTHS.source_shift, source_shift),
    )


def begun(level: Codes, measured: Codes) -> Cells:
    """Cells that have been read and not yet pulsed."""
    return Cells(level, measured, *(np.zeros_like(level) for _ in range(7)))


def accepted(plan: WritePlan, cells: Cells) -> Codes:
    """Whether a read finds cells inside their window, bool [n]."""
    target = _of_level(plan.targets, cells)
    at_level = abs(cells.measured - target) <= plan.tolerance
    return at_level | ((cells.level == 0) & (cells.measured <= plan.ceiling))


def next_pulses(plan: WritePlan, cells: Cells) -> tuple[Codes, Codes]:
    """Codes of the next RESET and of the SET after it, int32 [n]; 0 for none."""
    nothing, full = np.zeros_like(cells.level), np.full_like(cells.level, plan.full)

    resists = cells.resets >= plan.resets_to_retry
    to_reset = np.where(resists, 0, full), np.where(resists, plan.gates[0], nothing)

    starts_anew = (cells.measured < _of_level(plan.targets, cells)) | (cells.source >= plan.full)
    from_above = (
        np.where(starts_anew, nothing, _next_reset(plan, cells)),
        np.where(starts_anew, _first_set(plan, cells), nothing),
    )

    goes_on = plan.corrects & (cells.measured < _of_level(plan.targets, cells)) & (cells.gate > 0)
    from_below = (
        np.where(goes_on, nothing, full),
        np.where(goes_on, _corrected_set(plan, cells), _first_set(plan, cells)),
    )

    is_reset, is_low = cells.level == 0, cells.level <= plan.highest_from_above
    source, gate = (
        np.where(is_reset, reset, np.where(is_low, above, below)).astype(np.int32)
        for reset, above, below in zip(to_reset, from_above, from_below, strict=True)
    )
    return source, gate


def begins_cycle(cells: Cells, source: Codes, gate: Codes) -> Codes:
    """Whether pulses contain a SET that does not go on from the SET before, bool [n]."""
    return (gate > 0) & ((source > 0) | (cells.gate == 0))


def given_up(plan: WritePlan, cells: Cells, source: Codes, gate: Codes) -> Codes:
    """Whether cells outside their window get no more pulses, bool [n]: attempts or cycles are used up."""
    worn = (cells.cycles >= plan.most_cycles) & begins_cycle(cells, source, gate)
    return (cells.attempts >= plan.most_attempts) | worn


def after(plan: WritePlan, cells: Cells, source: Codes, gate: Codes, measured: Codes) -> Cells:
    """Add an attempt and the read that verified it; see `ohmshot.programming.attempt.after`."""
    is_set, is_reset = gate > 0, source > 0
    turned_down, turned_up = is_reset & (cells.gate > 0), is_set & (cells.source > 0)
    gate_outcome = cells.gate - _typical_gate(plan, cells.measured)
    source_outcome = cells.source - typical_source(plan, cells.measured)
    only_reset = is_reset & ~is_set
    resets = np.minimum(cells.resets + 1, MOST_RESETS)
    return Cells(
        level=cells.level,
        measured=measured,
        gate=np.where(is_set, gate, np.where(only_reset, 0, cells.gate)),
        source=np.where(is_set, 0, np.where(only_reset, source, cells.source)),
        resets=np.where(is_set, 0, np.where(only_reset, resets, cells.resets)),
        cycles=cells.cycles + begins_cycle(cells, source, gate),
        attempts=cells.attempts + 1,
        gate_shift=np.where(turned_down, cells.gate_shift + (gate_outcome - cells.gate_shift >> 1), cells.gate_shift),
        source_shift=np.where(
            turned_up, cells.source_shift + (source_outcome - cells.source_shift >> 1), cells.source_shift
        ),
    )


def _next_reset(plan: WritePlan, cells: Cells) -> Codes:
    """RESET of a cell that lies above: stronger than the last, or the first one."""
    halvings = np.minimum(cells.cycles, HALVINGS)
    if plan.corrects:
        distance = _of_level(plan.typical, cells) - typical_source(plan, cells.measured)
        step = distance * plan.source_damping + (1 << RATIO_BITS - 1) >> RATIO_BITS
    else:
        step = plan.step + (1 << halvings >> 1) >> halvings
    first = _of_level(plan.sources, cells) + cells.source_shift - (plan.lead >> halvings)
    return np.clip(np.where(cells.source > 0, cells.source + step, first), plan.onset, plan.full)


def _first_set(plan: WritePlan, cells: Cells) -> Codes:
    """SET that begins a cycle."""
    gate = _of_level(plan.gates, cells)
    return np.clip(gate + cells.gate_shift, plan.lowest_gate, plan.highest_gate) if plan.corrects else gate


def _corrected_set(plan: WritePlan, cells: Cells) -> Codes:
    """SET that goes on from the last one, higher by a share of the distance that is left."""
    distance = _of_level(plan.targets, cells) - cells.measured
    correction = distance * plan.gate_damping + (1 << RATIO_BITS - 1) >> RATIO_BITS
    return np.clip(cells.gate + correction, plan.lowest_gate, plan.highest_gate)


def _typical_gate(plan: WritePlan, read: Codes) -> Codes:
    """SET code that typically ends at a read code."""
    return plan.gate_offset + (read * plan.gate_slope + (1 << RATIO_BITS - 1) >> RATIO_BITS)


def _of_level(table: tuple[int, ...], cells: Cells) -> Codes:
    found: Codes = np.array(table, np.int32)[cells.level]
    return found


@dataclass(frozen=True)
class ControllerWrite:
    """The engine as a scheme of a programming strategy: writes a chip through its `Crossbar`, in codes alone.

    Attributes:
        path: tables, converters and levels.
    """

    path: WritePath
    needs_partners: ClassVar[bool] = False

    @property
    def bound(self) -> Bound:
        """The most that one write of a cell takes."""
        plan = self.path.plan
        return Bound(plan.most_attempts, plan.most_attempts, plan.most_cycles, 1 + plan.most_attempts)

    def __call__(self, crossbar: Crossbar, cells: Tensor, targets: Tensor) -> Tensor:
        """Program cells [n] to targets in uS [n]; see `ohmshot.host.strategies.strategy.ProgrammingStrategy`.

        A target that is no level, as the partner of a stuck cell may have, is written to the nearest one.
        """
        plan, dac = self.path.plan, self.path.dac
        waiting = cells.cpu()
        known = begun(self._level_of(targets), self._read(crossbar, waiting))
        missed = [waiting[:0]]
        while len(waiting):
            source, gate = next_pulses(plan, known)
            done, hopeless = accepted(plan, known), given_up(plan, known, source, gate)
            missed.append(waiting[torch.from_numpy(hopeless & ~done)])
            open_ = ~(done | hopeless)
            waiting, known = waiting[torch.from_numpy(open_)], Cells(*(register[open_] for register in known))
            source, gate = source[open_], gate[open_]
            volts = (torch.from_numpy(np.where(code > 0, dac.volts(code), np.float32(0))) for code in (source, gate))
            give(crossbar, waiting, *volts)
            known = after(plan, known, source, gate, self._read(crossbar, waiting))
        return to_default_device(torch.cat(missed).sort().values)

    def _read(self, crossbar: Crossbar, cells: Tensor) -> Codes:
        return self.path.adc.codes(crossbar.read(cells).cpu().numpy())

    def _level_of(self, targets: Tensor) -> Codes:
        distances = np.abs(targets.cpu().numpy()[:, None] - np.array(self.path.levels, np.float32))
        return np.argmin(distances, 1).astype(np.int32)
