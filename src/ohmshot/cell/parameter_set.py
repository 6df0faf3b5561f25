"""Loading and validating the parameter sets of a cell."""

import dataclasses
import importlib.resources
import math
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError, model_validator

from ohmshot.foundation.errors import ParameterError
from ohmshot.foundation.records import Record

Model = TypeVar("Model", bound=Record)


class Quantity(Record):
    """One row of a parameter set: a number and where it comes from."""

    value: float | tuple[float, ...]
    unit: Literal["uS", "V", "s", "eV", "C", "F", "1"]
    status: Literal["measured", "derived", "assumed"]
    """Read in the source, computed from measured rows, or assumed for want of a source."""
    source: str = Field(min_length=5)
    doi: str | None = None

    @model_validator(mode="after")
    def _finite(self) -> "Quantity":
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if not values or not all(math.isfinite(value) for value in values):
            raise ValueError("value must be a finite number or a list of them")
        return self


class SetInformation(Record):
    """What a parameter set is called and which works it rests on."""

    name: str = Field(pattern=r"^[a-z0-9_]+$")
    title: str
    citations: tuple[str, ...]
    """DOIs."""


def _number(unit: str, minimum: float = -math.inf, maximum: float = math.inf) -> Any:
    return field(metadata={"unit": unit, "minimum": minimum, "maximum": maximum, "length": None})


def _numbers(unit: str, length: int | None = None, minimum: float = -math.inf) -> Any:
    return field(metadata={"unit": unit, "minimum": minimum, "maximum": math.inf, "length": length or -1})


@dataclass(frozen=True)
class CellParameters:
    """The numbers of one cell technology, as the physics uses them.

    Units: conductance in microsiemens, voltage in volts, time in seconds, energy in electronvolts,
    temperature in degrees Celsius, capacitance in farads; shares and relative spreads have none.
    The meaning and source of each are in the TOML file beside this module.
    """

    minimum_conductance: float = _number("uS", 0)
    maximum_conductance: float = _number("uS", 0)
    reset_conductance: float = _number("uS", 0)
    level_conductances: tuple[float, ...] = _numbers("uS", minimum=0)
    form_voltage: float = _number("V", 0)
    form_width: float = _number("s", 0)
    form_conductance: float = _number("uS", 0)
    set_bit_line_voltage: float = _number("V", 0)
    set_width: float = _number("s", 0)
    set_gate_voltages: tuple[float, ...] = _numbers("V", 2, 0)
    set_conductances: tuple[float, ...] = _numbers("uS", 2, 0)
    set_spread: tuple[float, ...] = _numbers("uS", 2, 0)
    set_device_share: float = _number("1", 0, 1)
    set_pulse_share: float = _number("1", 0, 1)
    reset_source_voltages: tuple[float, ...] = _numbers("V", 2, 0)
    reset_gate_voltage: float = _number("V", 0)
    reset_width: float = _number("s", 0)
    reset_log_spread: tuple[float, ...] = _numbers("1", 2, 0)
    reset_device_share: float = _number("1", 0, 1)
    reset_pulse_share: float = _number("1", 0, 1)
    read_voltage: float = _number("V", 0)
    read_width: float = _number("s", 0)
    read_noise: float = _number("1", 0)
    relaxation_shift_per_decade: tuple[float, ...] = _numbers("uS")
    relaxation_spread_at_60_s: tuple[float, ...] = _numbers("1", minimum=0)
    relaxation_spread_per_decade: tuple[float, ...] = _numbers("1", minimum=0)
    relaxation_saturation: float = _number("s", 60)
    reset_relaxation_spread_1_s: tuple[float, ...] = _numbers("uS")
    reset_relaxation_spread_1_day: tuple[float, ...] = _numbers("uS")
    retention_activation_energy: float = _number("eV", 0)
    retention_reference_time: float = _number("s", 1)
    retention_reference_temperature: float = _number("C", -273.15)
    retention_loss: float = _number("1", 0, 0.999)
    retention_spread: float = _number("uS", 0)
    retention_spread_limit: float = _number("1", 0)
    endurance_cycles: float = _number("1", 1)
    endurance_shape: float = _number("1", 0.1)
    endurance_closure_start: float = _number("1", 1)
    stuck_low_share: float = _number("1", 0, 1)
    stuck_high_share: float = _number("1", 0, 1)
    compliance_per_conductance: float = _number("V", 0)
    reset_current_factor: float = _number("1", 0)
    line_capacitance: float = _number("F", 0)


@dataclass(frozen=True)
class ParameterSet:
    """A parameter set with its sources.

    Attributes:
        information: name, title and citations.
        quantities: every row with unit, status and source, by name.
        values: the numbers alone, as the physics uses them.
    """

    information: SetInformation
    quantities: dict[str, Quantity]
    values: CellParameters


def parameter_set_names() -> tuple[str, ...]:
    """Names of the parameter sets that come with the package."""
    folder = importlib.resources.files("ohmshot.cell.parameters")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def load_parameter_set(name_or_path: str) -> ParameterSet:
    """Load a parameter set by its name or from a TOML file of one's own.

    Raises:
        ParameterError: no such set, or a row is missing, unknown, has the wrong unit or an impossible value;
            the message names file and row.
    """
    if name_or_path in parameter_set_names():
        text = (importlib.resources.files("ohmshot.cell.parameters") / f"{name_or_path}.toml").read_text("utf-8")
        return parse_parameter_set(text, f"{name_or_path}.toml")
    path = Path(name_or_path)
    if not path.is_file():
        raise ParameterError(
            f"There is no parameter set '{name_or_path}'. Give one of {', '.join(parameter_set_names())} "
            "or the path of a TOML file."
        )
    try:
        return parse_parameter_set(path.read_text("utf-8"), str(path))
    except UnicodeDecodeError as error:
        raise ParameterError(f"{path} is not a text file in UTF-8.") from error


def parse_parameter_set(text: str, origin: str) -> ParameterSet:
    """Read a parameter set from TOML text; ``origin`` names the file in messages."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"{origin} is not valid TOML: {error}.") from error
    fields = {each.name: each for each in dataclasses.fields(CellParameters)}
    _require_same_names(origin, set(tables) - {"set_information"}, set(fields))
    information = _validated(SetInformation, tables.get("set_information", {}), origin, "set_information")
    quantities = {name: _validated(Quantity, tables[name], origin, name) for name in fields}
    for name, each in fields.items():
        _check_row(origin, name, quantities[name], each.metadata)
    values = CellParameters(**{name: quantities[name].value for name in fields})  # type: ignore[arg-type]
    _check_together(origin, values)
    return ParameterSet(information, quantities, values)


def _validated(model: type[Model], table: object, origin: str, name: str) -> Model:
    try:
        return model.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join([name, *(str(part) for part in first["loc"])])
        raise ParameterError(f"{origin}: {where}: {first['msg']}.") from error


def _require_same_names(origin: str, found: set[str], wanted: set[str]) -> None:
    if missing := sorted(wanted - found):
        raise ParameterError(f"{origin}: the rows {', '.join(missing)} are missing.")
    if unknown := sorted(found - wanted):
        raise ParameterError(f"{origin}: the rows {', '.join(unknown)} are not known; check their spelling.")


def _check_row(origin: str, name: str, quantity: Quantity, rules: Any) -> None:
    if quantity.unit != rules["unit"]:
        raise ParameterError(f"{origin}: {name} is in {quantity.unit}; it must be in {rules['unit']}.")
    length = rules["length"]
    values = quantity.value if isinstance(quantity.value, tuple) else (quantity.value,)
    if (length is None) == isinstance(quantity.value, tuple):
        raise ParameterError(f"{origin}: {name} must be {'one number' if length is None else 'a list of numbers'}.")
    if length is not None and length > 0 and len(values) != length:
        raise ParameterError(f"{origin}: {name} has {len(values)} numbers; it must have {length}.")
    for value in values:
        if not rules["minimum"] <= value <= rules["maximum"]:
            raise ParameterError(
                f"{origin}: {name} is {value} {quantity.unit}; "
                f"it must lie between {rules['minimum']:g} and {rules['maximum']:g}."
            )


def _check_together(origin: str, values: CellParameters) -> None:
    window = (values.minimum_conductance, values.reset_conductance, values.maximum_conductance)
    if list(window) != sorted(window) or window[1] >= window[2]:
        raise ParameterError(f"{origin}: minimum, reset and maximum conductance must rise in this order.")
    levels = values.level_conductances
    if list(levels) != sorted(set(levels)) or not window[1] < levels[0] or levels[-1] > window[2]:
        raise ParameterError(f"{origin}: level_conductances must rise, above the reset state and in the window.")
    for name in ("relaxation_shift_per_decade", "relaxation_spread_at_60_s", "relaxation_spread_per_decade"):
        if len(getattr(values, name)) != len(levels):
            raise ParameterError(f"{origin}: {name} must have one number for each of {len(levels)} levels.")
    for name in ("set_gate_voltages", "set_conductances", "reset_source_voltages"):
        low, high = getattr(values, name)
        if not low < high:
            raise ParameterError(f"{origin}: {name} must rise.")
    if values.set_device_share + values.set_pulse_share > 1 or values.reset_device_share + values.reset_pulse_share > 1:
        raise ParameterError(f"{origin}: device share and pulse share of a spread add up to more than 1.")
    if values.stuck_low_share + values.stuck_high_share > 1:
        raise ParameterError(f"{origin}: stuck_low_share and stuck_high_share add up to more than 1.")
