"""The numbers of one cell technology as the physics uses them, each with the rule that it must keep."""

import math
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class RowRule:
    """The rule that a row of a parameter set must keep.

    Attributes:
        unit: the only unit accepted.
        length: how many numbers; None for one number, -1 for a list of any length.
        minimum: least value of each number.
        maximum: greatest value of each number.
        optional: a set may lack the row; the law that it belongs to is then no part of the technology.
    """

    unit: str
    length: int | None = None
    minimum: float = -math.inf
    maximum: float = math.inf
    optional: bool = False

    def violation(self, value: float | tuple[float, ...] | None) -> str | None:
        """Say what is wrong with a value in words that go on after the row's name, or None."""
        if value is None:
            return None if self.optional else "must be given"
        if (self.length is None) == isinstance(value, tuple):
            return "must be " + ("one number" if self.length is None else "a list of numbers")
        values = value if isinstance(value, tuple) else (value,)
        if self.length is not None and self.length > 0 and len(values) != self.length:
            return f"has {len(values)} numbers; it must have {self.length}"
        for each in values:
            if not self.minimum <= each <= self.maximum:
                return f"is {each} {self.unit}; it must lie between {self.minimum:g} and {self.maximum:g}"
        return None


def _number(unit: str, minimum: float = -math.inf, maximum: float = math.inf) -> Any:
    return field(metadata={"rule": RowRule(unit, None, minimum, maximum)})


def _numbers(unit: str, length: int = -1, minimum: float = -math.inf) -> Any:
    return field(metadata={"rule": RowRule(unit, length, minimum)})


def _number_of_a_law(unit: str, minimum: float = -math.inf, maximum: float = math.inf) -> Any:
    return field(default=None, metadata={"rule": RowRule(unit, None, minimum, maximum, optional=True)})


def _numbers_of_a_law(unit: str, length: int = -1, minimum: float = -math.inf, maximum: float = math.inf) -> Any:
    return field(default=None, metadata={"rule": RowRule(unit, length, minimum, maximum, optional=True)})


@dataclass(frozen=True, repr=False)
class CellParameters:
    """The numbers of one cell technology, as the physics uses them.

    Units: conductance in microsiemens, voltage in volts, time in seconds, energy in electronvolts,
    temperature in degrees Celsius, capacitance in farads; shares and relative spreads have none.
    The meaning and source of each are in the TOML files beside this module (docs/parameters.md).
    """

    minimum_conductance: float = _number("uS", 0)
    maximum_conductance: float = _number("uS", 0)
    reset_conductance: float = _number("uS", 0)
    level_conductances: tuple[float, ...] = _numbers("uS", minimum=0)
    form_voltage: float = _number("V", 0)
    form_width: float = _number("s", 0)
    form_conductance: float = _number("uS", 0)
    form_onset_voltage: float = _number("V", 0)
    form_onset_spread: float = _number("V", 0)
    set_bit_line_voltage: float = _number("V", 0)
    set_width: float = _number("s", 0)
    set_gate_voltages: tuple[float, ...] = _numbers("V", 2, 0)
    set_conductances: tuple[float, ...] = _numbers("uS", 2, 0)
    set_spread: tuple[float, ...] = _numbers("uS", 2, 0)
    set_device_share: float = _number("1", 0, 1)
    set_pulse_share: float = _number("1", 0, 1)
    set_disturb: float = _number("1", 0, 1)
    reset_source_voltages: tuple[float, ...] = _numbers("V", 2, 0)
    reset_gate_voltage: float = _number("V", 0)
    reset_width: float = _number("s", 0)
    reset_log_spread: tuple[float, ...] = _numbers("1", 2, 0)
    reset_device_share: float = _number("1", 0, 1)
    reset_pulse_share: float = _number("1", 0, 1)
    reset_disturb: float = _number("1", 0, 1)
    read_voltage: float = _number("V", 0)
    read_width: float = _number("s", 0)
    read_noise: float = _number("1", 0)
    flicker_noise_share: float = _number("1", 0)
    flicker_noise_per_decade: float = _number("uS", 0)
    telegraph_share: float = _number("1", 0, 1)
    telegraph_amplitude: float = _number("uS", 0)
    telegraph_limit: float = _number("1", 0, 1)
    telegraph_dwell_times: tuple[float, ...] = _numbers("s", 2, 0)
    telegraph_log_spread: float = _number("1", 0)
    operating_temperature: float = _number("C", -273)
    conductance_temperature_coefficients: tuple[float, ...] = _numbers("1/K", 2)
    set_temperature_coefficient: float = _number("1/K")
    reset_temperature_coefficient: float = _number("V/K")
    relaxation_conductances: tuple[float, ...] = _numbers("uS", minimum=0)
    relaxation_shift_per_decade: tuple[float, ...] = _numbers("uS")
    relaxation_shift_start: float = _number("s", 1e-9)
    relaxation_spread_at_60_s: tuple[float, ...] = _numbers("1", minimum=0)
    relaxation_spread_per_decade: tuple[float, ...] = _numbers("1", minimum=0)
    relaxation_saturation: float = _number("s", 60)
    reset_relaxation_spread_1_s: tuple[float, ...] = _numbers("uS")
    reset_relaxation_spread_1_day: tuple[float, ...] = _numbers("uS")
    reset_relaxation_blend: tuple[float, ...] = _numbers("uS", 2, 0)
    retention_activation_energy: float = _number("eV", 0)
    retention_reference_time: float = _number("s", 1)
    retention_reference_temperature: float = _number("C", -273)
    retention_loss: float = _number("1", 0, 0.999)
    retention_spread: float = _number("uS", 0)
    retention_spread_limit: float = _number("1", 0)
    endurance_cycles: float = _number("1", 1)
    endurance_shape: float = _number("1", 0.1)
    endurance_closure_start: float = _number("1", 1)
    lot_spread: float = _number("1", 0)
    wafer_spread: float = _number("1", 0)
    die_spread: float = _number("1", 0)
    wafer_edge_shift: float = _number("1")
    stuck_low_share: float = _number("1", 0, 1)
    stuck_high_share: float = _number("1", 0, 1)
    compliance_per_conductance: float = _number("V", 0)
    reset_current_factor: float = _number("1", 0)
    line_capacitance: float = _number("F", 0)
    # Laws that only some technologies have data for: without its rows a law is no part of a technology.
    set_saturation_voltage: float | None = _number_of_a_law("V", 1e-3)
    set_device_shares: tuple[float, ...] | None = _numbers_of_a_law("1", 2, 0, 1)
    set_skewness: tuple[float, ...] | None = _numbers_of_a_law("1", 2, -5, 5)
    set_lowering: float | None = _number_of_a_law("1", 0, 2)
    reset_break: float | None = _number_of_a_law("1", 0)
    reset_raise: float | None = _number_of_a_law("1", 0, 2)
    reset_state_log_spread: float | None = _number_of_a_law("1", 0)
    reset_failure_share: float | None = _number_of_a_law("1", 0, 1)
    read_noise_floor: float | None = _number_of_a_law("uS", 0)
    log_relaxation_conductances: tuple[float, ...] | None = _numbers_of_a_law("uS", minimum=0)
    log_relaxation_variance: tuple[float, ...] | None = _numbers_of_a_law("uS^2", minimum=0)
    log_relaxation_shift_after_set: tuple[float, ...] | None = _numbers_of_a_law("uS")
    log_relaxation_shift_after_reset: tuple[float, ...] | None = _numbers_of_a_law("uS")
    log_relaxation_start: float | None = _number_of_a_law("s", 1e-15)
    log_relaxation_jumps: float | None = _number_of_a_law("1", 1e-2, 10)
    loss_rate: float | None = _number_of_a_law("1/s", 0)
    loss_activation_energy: float | None = _number_of_a_law("eV", 0)
    loss_temperature: float | None = _number_of_a_law("C", -273)
    wear_widening: tuple[float, ...] | None = _numbers_of_a_law("1", 2, 1)

    def __repr__(self) -> str:
        """As a dataclass has it, without the rows that the technology lacks."""
        values = ((each.name, getattr(self, each.name)) for each in fields(self))
        return f"CellParameters({', '.join(f'{name}={value!r}' for name, value in values if value is not None)})"


LOG_RELAXATION_TABLE = (
    "log_relaxation_variance",
    "log_relaxation_shift_after_set",
    "log_relaxation_shift_after_reset",
)
"""Rows with one number for each of ``log_relaxation_conductances``."""
ROWS_OF_LAWS = (
    ("log_relaxation_conductances", *LOG_RELAXATION_TABLE, "log_relaxation_start", "log_relaxation_jumps"),
    ("loss_rate", "loss_activation_energy", "loss_temperature"),
)
"""Rows that say nothing one by one: a set has all of a law or none."""


REPLACED_ROWS = {
    "set_device_shares": ("set_device_share",),
    "log_relaxation_conductances": (
        "relaxation_conductances",
        "relaxation_shift_per_decade",
        "relaxation_shift_start",
        "relaxation_spread_at_60_s",
        "relaxation_spread_per_decade",
        "relaxation_saturation",
        "reset_relaxation_spread_1_s",
        "reset_relaxation_spread_1_day",
        "reset_relaxation_blend",
        "retention_activation_energy",
        "retention_reference_time",
        "retention_reference_temperature",
        "retention_loss",
        "retention_spread",
        "retention_spread_limit",
    ),
}
"""Rows that no law looks at any more where a technology has the row of another law."""


def rows_not_used(values: CellParameters) -> frozenset[str]:
    """Rows whose law another law of this technology replaces: what stands in them changes nothing."""
    laws = (rows for row, rows in REPLACED_ROWS.items() if getattr(values, row) is not None)
    return frozenset(name for rows in laws for name in rows)


def disagreement(values: CellParameters) -> tuple[str, str] | None:
    """Find rows that are each possible but not together: (row to look at, what it must be), or None."""
    window = (values.minimum_conductance, values.reset_conductance, values.maximum_conductance)
    if list(window) != sorted(window) or window[1] >= window[2]:
        return "reset_conductance", "must lie between minimum_conductance and maximum_conductance"
    levels = values.level_conductances
    if not levels or list(levels) != sorted(set(levels)) or not window[1] < levels[0] or levels[-1] > window[2]:
        return "level_conductances", "must rise, above the reset state and inside the window"
    table = values.relaxation_conductances
    if not table or list(table) != sorted(set(table)):
        return "relaxation_conductances", "must rise"
    for name in ("relaxation_shift_per_decade", "relaxation_spread_at_60_s", "relaxation_spread_per_decade"):
        if len(getattr(values, name)) != len(table):
            return name, f"must have one number for each of {len(table)} relaxation_conductances"
    for name in ("set_gate_voltages", "set_conductances", "reset_source_voltages", "reset_relaxation_blend"):
        low, high = getattr(values, name)
        if not low < high:
            return name, "must rise"
    if values.set_conductances[1] > window[2]:
        return "set_conductances", "must lie inside the window"
    for kind in ("set", "reset"):
        if getattr(values, f"{kind}_device_share") + getattr(values, f"{kind}_pulse_share") > 1:
            return f"{kind}_device_share", f"and {kind}_pulse_share add up to more than 1"
    if values.stuck_low_share + values.stuck_high_share > 1:
        return "stuck_low_share", "and stuck_high_share add up to more than 1"
    if values.telegraph_share > 0 and min(values.telegraph_dwell_times) <= 0:
        return "telegraph_dwell_times", "must be above 0 s"
    return _disagreement_of_laws(values)


def _disagreement_of_laws(values: CellParameters) -> tuple[str, str] | None:
    """The same of the rows of laws that a technology may lack."""
    for rows in ROWS_OF_LAWS:
        given = [name for name in rows if getattr(values, name) is not None]
        if given and len(given) < len(rows):
            return given[0], f"needs {min(set(rows) - set(given))} beside it"
    table = values.log_relaxation_conductances
    for name in ("loss_rate", "wear_widening"):
        if getattr(values, name) is not None and table is None:
            return name, "needs the rows of log_relaxation beside it"
    if table is not None:
        if not table or list(table) != sorted(set(table)):
            return "log_relaxation_conductances", "must rise"
        for name in LOG_RELAXATION_TABLE:
            if len(getattr(values, name)) != len(table):
                return name, f"must have one number for each of {len(table)} log_relaxation_conductances"
    if values.set_device_shares is not None and max(values.set_device_shares) + values.set_pulse_share > 1:
        return "set_device_shares", "and set_pulse_share add up to more than 1"
    return None
