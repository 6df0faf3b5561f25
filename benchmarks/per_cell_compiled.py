"""The program of `per_cell.py` compiled: what a person writes in an afternoon who has read the manual of Numba.

One function, cell after cell, with NumPy's generator; the same formulas and the same hybrid strategy, no wear, no
energy. The baseline that a compiled simulator must be held against.
"""

import math

import numba
import numpy as np
from per_cell import HALVINGS, SETTINGS

from ohmshot.cell.cell_parameters import CellParameters

Numbers = np.ndarray


def formed(parameters: CellParameters, count: int, random: np.random.Generator) -> tuple[Numbers, Numbers]:
    """Conductances of formed cells, uS [n], and their draws [4, n]: both devices' offsets and both cycles'."""
    draws = random.standard_normal((4, count))
    return _set(parameters.form_conductance, np.zeros(count), draws, random.standard_normal(count), parameters), draws


def write_cells(
    parameters: CellParameters, conductances: Numbers, draws: Numbers, targets: Numbers, random: np.random.Generator
) -> tuple[Numbers, int, int]:
    """Write formed cells by the hybrid strategy.

    Returns:
        Conductances in uS [n], how many pulses wrote them, and how many cells missed.
    """
    return _write(
        conductances.copy(), draws.copy(), targets.astype(np.float64), random, _numbers(parameters), _SETTINGS
    )  # type: ignore[no-any-return]


def _numbers(p: CellParameters) -> tuple[float, ...]:
    return (
        *p.set_gate_voltages, *p.set_conductances, *p.set_spread, p.minimum_conductance, p.maximum_conductance,
        math.sqrt(p.set_device_share), math.sqrt(1 - p.set_device_share - p.set_pulse_share),
        math.sqrt(p.set_pulse_share), *p.reset_source_voltages, p.reset_conductance, *p.reset_log_spread,
        math.sqrt(p.reset_device_share), math.sqrt(1 - p.reset_device_share - p.reset_pulse_share),
        math.sqrt(p.reset_pulse_share), p.read_noise,
    )  # fmt: skip


_SETTINGS = (
    SETTINGS.tolerance, SETTINGS.reset_ceiling, SETTINGS.resets_to_retry, SETTINGS.most_cycles, SETTINGS.most_attempts,
    SETTINGS.crossover, SETTINGS.ramp_headroom, SETTINGS.ramp_lead, SETTINGS.ramp_step, SETTINGS.learning,
    int(HALVINGS),
)  # fmt: skip


def _set(median: float, before: Numbers, draws: Numbers, pulse: Numbers, p: CellParameters) -> Numbers:
    (bottom, top), (widest, narrowest) = p.set_conductances, p.set_spread
    spread = widest + min(max((median - bottom) / (top - bottom), 0.0), 1.0) * (narrowest - widest)
    rest = math.sqrt(1 - p.set_device_share - p.set_pulse_share)
    draw = math.sqrt(p.set_device_share) * draws[0] + rest * draws[2] + math.sqrt(p.set_pulse_share) * pulse
    return np.maximum(before, np.clip(median + spread * draw, p.minimum_conductance, p.maximum_conductance))


@numba.njit  # type: ignore[misc]
def _write(conductances, draws, targets, random, numbers, settings):  # type: ignore[no-untyped-def]
    gate_low, gate_high, low, high, widest, narrowest, least, most, s_dev, s_cyc, s_pul = numbers[:11]
    onset, full, rest, r_low, r_high, r_dev, r_cyc, r_pul, noise = numbers[11:]
    tolerance, ceiling, retry, cycles_limit, attempts, crossover, headroom, lead, step, learning, halvings = settings
    per_volt, fall = (high - low) / (gate_high - gate_low), math.log(high / rest)
    pulses = missed = 0
    for i in range(len(targets)):
        target, g = targets[i], conductances[i]
        to_rest = target <= rest * (1 + 1e-6)
        gate = source = shift = 0.0
        resets = cycles = 0
        reset_since_set, met = False, False
        measured = g * (1 + noise * random.standard_normal())
        for _ in range(attempts):
            if abs(measured - target) <= tolerance or (to_rest and measured <= ceiling):
                met = True
                break
            give_source = give_gate = 0.0
            if to_rest:
                if resets >= retry:
                    give_gate = gate_high
                else:
                    give_source = full
            elif target >= crossover:
                give_source, give_gate = full, gate_low + (target - low) / per_volt
            elif measured < target or source >= full:
                give_gate = gate_low + (min(max(target + headroom, low), high) - low) / per_volt
            else:
                finer = 0.5 ** min(cycles, halvings)
                if source > 0:
                    give_source = source + step * finer
                else:
                    give_source = onset + (full - onset) * math.log(high / max(target, 1e-3)) / fall + shift
                    give_source -= lead * finer
                give_source = min(max(give_source, onset), full)
            begins = give_gate > 0 and (give_source > 0 or gate == 0)
            if begins and cycles >= cycles_limit:
                break
            if give_source > 0:
                pulses += 1
                depth = min((give_source - onset) / (full - onset), 1.0)
                pulse = random.standard_normal()
                if depth > 0:
                    draw = r_dev * draws[1, i] + r_cyc * draws[3, i] + r_pul * pulse
                    reached = high * (rest / high) ** depth * math.exp((r_low + depth * (r_high - r_low)) * draw)
                    if max(reached, least) < g:
                        g, reset_since_set = max(reached, least), True
            if give_gate > 0:
                pulses += 1
                if reset_since_set:
                    draws[2, i], draws[3, i] = random.standard_normal(), random.standard_normal()
                    reset_since_set = False
                median = low + (give_gate - gate_low) * per_volt
                spread = widest + min(max((median - low) / (high - low), 0.0), 1.0) * (narrowest - widest)
                draw = s_dev * draws[0, i] + s_cyc * draws[2, i] + s_pul * random.standard_normal()
                g = max(g, min(max(median + spread * draw, least), most))
                cycles += begins
                if source > 0:
                    ended = onset + (full - onset) * math.log(high / max(measured, 1e-3)) / fall
                    shift += learning * (source - ended - shift)
                gate, source, resets = give_gate, 0.0, 0
            else:
                gate, source, resets = 0.0, give_source, resets + 1
            measured = g * (1 + noise * random.standard_normal())
        met = met or abs(measured - target) <= tolerance or (to_rest and measured <= ceiling)
        missed += not met
        conductances[i] = g
    return conductances, pulses, missed
