"""The numbers of a technology as the laws take them: float32, with the slopes and factors worked out once."""

import dataclasses
import functools
import math
from typing import Any, NamedTuple

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.foundation.compiled import F32, Real
from ohmshot.foundation.units import DAY_S, ROOM_CELSIUS

AMPERES_PER_MICROAMPERE = 1e-6


class Technology(NamedTuple):
    """Numbers of a technology for fabrication, pulses, reads and disturb; each float32.

    The formulas that they stand in are those of `ohmshot.cell.switching`, `energy`, `noise`, `temperature`, `disturb`.
    Units: uS, V, s, J, degrees Celsius.
    """

    least: Real
    most: Real
    rest: Real
    stuck_low: Real
    stuck: Real
    forming_yield: Real
    top: Real
    life_scale: Real
    life_exponent: Real
    trap_share: Real
    trap_amplitude: Real
    trap_empty: Real
    trap_filled: Real
    trap_spread: Real
    trap_limit: Real
    form_median: Real
    gate_low: Real
    set_low: Real
    set_high: Real
    set_slope: Real
    set_spread_low: Real
    set_spread_slope: Real
    set_spread_least: Real
    set_spread_most: Real
    set_of_device: Real
    set_of_cycle: Real
    set_of_pulse: Real
    set_rise: Real
    set_per_volt: Real
    set_shares_by_level: Real
    set_share_low: Real
    set_share_slope: Real
    set_pulse_variance: Real
    set_skewed: Real
    set_skew_low: Real
    set_skew_slope: Real
    set_lowering: Real
    onset: Real
    full: Real
    reset_log_top: Real
    reset_log_slope: Real
    reset_spread_onset: Real
    reset_spread_slope: Real
    reset_of_device: Real
    reset_of_cycle: Real
    reset_of_pulse: Real
    reset_state_spread: Real
    reset_break: Real
    reset_raise: Real
    reset_failure: Real
    closure_start: Real
    closure_slope: Real
    set_disturb_log: Real
    reset_disturb_log: Real
    joule_form: Real
    joule_set_per_us: Real
    joule_set_line: Real
    joule_reset_per_us_volt: Real
    joule_reset_line: Real
    joule_read_per_us: Real
    joule_read_line: Real
    line_capacitance: Real
    warmer: Real
    warm_at_rest: Real
    warm_slope: Real
    warm_span: Real
    read_noise: Real
    read_floor: Real
    flicker_share: Real
    flicker_per_decade: Real
    read_seconds: Real


class Relaxation(NamedTuple):
    """Numbers of a technology for ageing; each float32, in uS and s.

    A line through points is given as its start and the slopes of the segments between them. Tables and polynomials are
    padded to whole vectors, with segments of no length and coefficients of 0, so that few lengths are compiled for.
    """

    least: Real
    most: Real
    rest: Real
    points: tuple[Real, ...]
    spread_at_60_s: tuple[Real, ...]
    spread_per_decade: tuple[Real, ...]
    shift_per_decade: tuple[Real, ...]
    log_first: Real
    log_end: Real
    log_60_s: Real
    per_log_day: Real
    spread_1_s: tuple[Real, ...]
    spread_1_day: tuple[Real, ...]
    blend_start: Real
    blend_slope: Real
    lost_share_limit: Real
    lost_spread: Real
    lost_variance_factor: Real
    lost_per_second: Real


def switching_at_operation(parameters: CellParameters) -> CellParameters:
    """Return the parameters with which cells switch at the temperature of operation. Rows hold at 25 degrees Celsius.

    A SET reaches ``1 + c (T - 25)`` times its conductance, because the compliance current of the transistor
    moves; RESET voltages shift by ``d (T - 25)`` (they fall with temperature: Ram et al., Appl. Phys. Lett. 128
    (2026) 173501).
    """
    warmer = parameters.operating_temperature - ROOM_CELSIUS
    factor = max(0.01, 1 + parameters.set_temperature_coefficient * warmer)
    shift = max(parameters.reset_temperature_coefficient * warmer, -parameters.reset_source_voltages[0])
    low, high = parameters.set_conductances
    onset, full = parameters.reset_source_voltages
    return dataclasses.replace(
        parameters,
        set_conductances=(low * factor, high * factor),
        reset_source_voltages=(onset + shift, full + shift),
    )


def forming_yield(parameters: CellParameters) -> float:
    """Share of the cells whose own forming voltage lies below the voltage of the FORM pulse.

    Forming voltages are taken as normal around ``form_onset_voltage``: assumed, Perez et al. (2021) find that an
    Erlang law fits three HfO2 technologies best.
    """
    reserve = parameters.form_voltage - parameters.form_onset_voltage
    if parameters.form_onset_spread == 0:
        return 1.0 if reserve >= 0 else 0.0
    return 0.5 * math.erfc(-reserve / parameters.form_onset_spread / math.sqrt(2))


def line_energy(voltage: float, parameters: CellParameters) -> float:
    """Energy in J of charging one line from the supply to a voltage in V: ``C V^2``."""
    return parameters.line_capacitance * voltage**2


@functools.lru_cache
def technology(parameters: CellParameters) -> Technology:
    """Return the numbers of a technology; it switches as at its temperature of operation."""
    values = {
        **_window(parameters),
        **_fabrication(parameters),
        **_switching(switching_at_operation(parameters)),
        **_set_laws(switching_at_operation(parameters)),
        **_reset_laws(parameters),
        **_energies(parameters),
        **_reading(parameters),
    }
    return Technology(**{name: F32(value) for name, value in values.items()})


def _window(p: CellParameters) -> dict[str, float]:
    return {"least": p.minimum_conductance, "most": p.maximum_conductance, "rest": p.reset_conductance}


def _fabrication(p: CellParameters) -> dict[str, float]:
    return {
        "stuck_low": p.stuck_low_share,
        "stuck": p.stuck_low_share + p.stuck_high_share,
        "forming_yield": forming_yield(p),
        "top": p.set_conductances[1],
        "life_scale": p.endurance_cycles,
        "life_exponent": 1 / p.endurance_shape,
        "trap_share": p.telegraph_share,
        "trap_amplitude": p.telegraph_amplitude,
        "trap_empty": p.telegraph_dwell_times[0],
        "trap_filled": p.telegraph_dwell_times[1],
        "trap_spread": p.telegraph_log_spread,
        "trap_limit": p.telegraph_limit,
    }


def _switching(p: CellParameters) -> dict[str, float]:
    (gate_low, gate_high), (low, high), (spread_low, spread_high) = (
        p.set_gate_voltages,
        p.set_conductances,
        p.set_spread,
    )
    (onset, full), (width_low, width_high) = p.reset_source_voltages, p.reset_log_spread
    worn = max(p.endurance_cycles / p.endurance_closure_start, 1.0)
    return {
        "form_median": p.form_conductance,
        "gate_low": gate_low,
        "set_low": low,
        "set_high": high,
        "set_slope": (high - low) / (gate_high - gate_low),
        "set_spread_low": spread_low,
        "set_spread_slope": (spread_high - spread_low) / (high - low),
        "set_spread_least": min(spread_low, spread_high),
        "set_spread_most": max(spread_low, spread_high),
        "set_of_device": math.sqrt(p.set_device_share),
        "set_of_cycle": math.sqrt(max(0.0, 1 - p.set_device_share - p.set_pulse_share)),
        "set_of_pulse": math.sqrt(p.set_pulse_share),
        "onset": onset,
        "full": full,
        "reset_log_top": math.log(high),
        "reset_log_slope": (math.log(p.reset_conductance) - math.log(high)) / (full - onset),
        "reset_spread_onset": width_low,
        "reset_spread_slope": (width_high - width_low) / (full - onset),
        "reset_of_device": math.sqrt(p.reset_device_share),
        "reset_of_cycle": math.sqrt(max(0.0, 1 - p.reset_device_share - p.reset_pulse_share)),
        "reset_of_pulse": math.sqrt(p.reset_pulse_share),
        "closure_start": p.endurance_closure_start if worn > 1 else math.inf,
        "closure_slope": 1 / math.log(worn) if worn > 1 else 0.0,
        "set_disturb_log": _log_kept(p.set_disturb),
        "reset_disturb_log": _log_kept(p.reset_disturb),
    }


def _set_laws(p: CellParameters) -> dict[str, float]:
    """Laws of SET that only some technologies have rows for; 0 switches them off."""
    (gate_low, gate_high), (low, high) = p.set_gate_voltages, p.set_conductances
    per_volt = 1 / p.set_saturation_voltage if p.set_saturation_voltage else 0.0
    shares, skews = p.set_device_shares or (0.0, 0.0), [log_slope(each) for each in p.set_skewness or (0.0, 0.0)]
    return {
        "set_rise": (high - low) / -math.expm1((gate_low - gate_high) * per_volt) if per_volt else 0.0,
        "set_per_volt": per_volt,
        "set_shares_by_level": float(p.set_device_shares is not None),
        "set_share_low": shares[0],
        "set_share_slope": (shares[1] - shares[0]) / (high - low),
        "set_pulse_variance": p.set_pulse_share,
        "set_skewed": float(p.set_skewness is not None),
        "set_skew_low": skews[0],
        "set_skew_slope": (skews[1] - skews[0]) / (high - low),
        "set_lowering": p.set_lowering or 0.0,
    }


def _reset_laws(p: CellParameters) -> dict[str, float]:
    """Laws of RESET that only some technologies have rows for; 0 switches them off."""
    return {
        "reset_state_spread": p.reset_state_log_spread or 0.0,
        "reset_break": p.reset_break or 0.0,
        "reset_raise": p.reset_raise or 0.0,
        "reset_failure": p.reset_failure_share or 0.0,
    }


def log_slope(skewness: float) -> float:
    """Number k for which ``exp(k n)`` of a standard normal number n has this skewness; negative to the left.

    With ``w = exp(k^2)`` the skewness of a lognormal number is ``(w + 2) sqrt(w - 1)``; its square is a cubic in w.
    """
    square = skewness**2
    root = (1 + square / 2 + abs(skewness) * math.sqrt(1 + square / 4)) ** (1 / 3)
    return math.copysign(math.sqrt(math.log(root + 1 / root - 1)), skewness)


def _energies(p: CellParameters) -> dict[str, float]:
    ampere = p.compliance_per_conductance * AMPERES_PER_MICROAMPERE
    form_current = p.form_conductance * ampere
    return {
        "joule_form": p.form_voltage * form_current * p.form_width + line_energy(p.form_voltage, p),
        "joule_set_per_us": p.set_bit_line_voltage * ampere * p.set_width,
        "joule_set_line": line_energy(p.set_bit_line_voltage, p),
        "joule_reset_per_us_volt": ampere * p.reset_current_factor * p.reset_width / 2,
        "joule_reset_line": line_energy(p.reset_gate_voltage, p),
        "joule_read_per_us": p.read_voltage**2 * 1e-6 * p.read_width,
        "joule_read_line": line_energy(p.read_voltage, p),
        "line_capacitance": p.line_capacitance,
    }


def _reading(p: CellParameters) -> dict[str, float]:
    at_reset, at_top = p.conductance_temperature_coefficients
    low, high = p.reset_conductance, p.set_conductances[1]
    return {
        "warmer": p.operating_temperature - ROOM_CELSIUS,
        "warm_at_rest": at_reset,
        "warm_slope": (at_top - at_reset) / (high - low),
        "warm_span": high - low,
        "read_noise": p.read_noise,
        "read_floor": p.read_noise_floor or 0.0,
        "flicker_share": p.flicker_noise_share,
        "flicker_per_decade": p.flicker_noise_per_decade / math.log(10),
        "read_seconds": p.read_width,
    }


def _log_kept(share: float) -> float:
    """ln of the share of a gap that one half-selected pulse leaves; as good as none for a disturb of 1."""
    return math.log1p(-share) if share < 1 else -87.0


@functools.lru_cache
def relaxation(parameters: CellParameters) -> Relaxation:
    """Return the numbers of the ageing of a technology."""
    p, points = parameters, parameters.relaxation_conductances
    reached = 1 - (1 - p.retention_loss) ** 2
    constant = retention_time_constant(p)
    start, end = p.reset_relaxation_blend
    values: dict[str, Any] = {
        **_window(p),
        "points": padded(points, points[-1], 4),
        "spread_at_60_s": slopes(points, p.relaxation_spread_at_60_s),
        "spread_per_decade": slopes(points, p.relaxation_spread_per_decade),
        "shift_per_decade": slopes(points, p.relaxation_shift_per_decade),
        "log_first": math.log10(p.relaxation_shift_start),
        "log_end": math.log10(p.relaxation_saturation),
        "log_60_s": math.log10(60.0),
        "per_log_day": 1 / math.log10(DAY_S),
        "spread_1_s": padded(p.reset_relaxation_spread_1_s, 0.0, 5),
        "spread_1_day": padded(p.reset_relaxation_spread_1_day, 0.0, 5),
        "blend_start": start,
        "blend_slope": 1 / (end - start),
        "lost_share_limit": p.retention_spread_limit,
        "lost_spread": p.retention_spread,
        "lost_variance_factor": 1 / reached if reached > 0 else 0.0,
        "lost_per_second": 1 / constant,
    }
    numbers: dict[str, Any] = {
        name: tuple(F32(each) for each in value) if isinstance(value, tuple) else F32(value)
        for name, value in values.items()
    }
    return Relaxation(**numbers)


def retention_time_constant(parameters: CellParameters) -> float:
    """Time constant of the thermal loss in s at the reference temperature; infinite where nothing is lost."""
    if parameters.retention_loss == 0:
        return math.inf
    return -parameters.retention_reference_time / math.log1p(-parameters.retention_loss)


def slopes(points: tuple[float, ...], values: tuple[float, ...]) -> tuple[float, ...]:
    """Value at the first point, then the slope of each segment, padded like the points."""
    slopes = [(values[i + 1] - values[i]) / (points[i + 1] - points[i]) for i in range(len(points) - 1)]
    return padded((values[0], *slopes), 0.0, 4)


def padded(values: tuple[float, ...], with_value: float, multiple: int) -> tuple[float, ...]:
    """A table with as many more of a value as make whole vectors."""
    return (*values, *[with_value] * (-len(values) % multiple))
