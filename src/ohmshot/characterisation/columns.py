"""Other people's columns: which of ours one is, and how its numbers become ours.

A head is a name with a unit in brackets, after a slash or at its end (``G (uS)``, ``R [kOhm]``, ``time/ms``, ``g_uS``).
Each of our columns is known by some names and stands for a quantity; a conductance may also come as a resistance, or as
a current beside a voltage.
"""

import re
from dataclasses import dataclass

from ohmshot.foundation.column_names import current_name
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.units import ZERO_CELSIUS_K

PREFIXES = {"": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "meg": 1e6, "M": 1e6, "G": 1e9}
"""Of units; ``m`` and ``M`` alone are told apart by their case."""

BASES = {
    "s": "s",
    "sec": "s",
    "min": "min",
    "h": "h",
    "hr": "h",
    "v": "v",
    "a": "a",
    "ohm": "ohm",
    "ohms": "ohm",
    "c": "c",
    "k": "k",
}
"""Units as they are written, in small letters, and what they are; siemens and seconds share a letter (`unit_of`)."""

SPELLED = {"microsiemens": "uS", "millisiemens": "mS", "microseconds": "us", "milliseconds": "ms", "seconds": "s"}
"""Units written out."""

NAMES: dict[str, tuple[str, tuple[str, ...]]] = {
    "experiment": ("text", ("experiment", "test", "measurement")),
    "device": ("text", ("device", "cell", "address", "addr", "dut", "device_id", "cell_id")),
    "cycle": ("count", ("cycle", "cycle_number", "run", "loop", "iteration")),
    "gate_voltage_v": ("v", ("gate_voltage", "v_gate", "vgate", "vg", "v_wl", "vwl", "wl", "word_line")),
    "compliance_ua": ("a", ("compliance", "compliance_current", "icc", "i_cc", "icomp")),
    "target_microsiemens": ("s", ("target", "target_conductance", "goal", "g_target")),
    "source_voltage_v": ("v", ("source_voltage", "v_source", "vsource", "vs", "v_sl", "vsl", "sl", "source_line")),
    "conductance_before_microsiemens": ("s", ("conductance_before", "g_before", "g0", "g_initial")),
    "conductance_microsiemens": ("s", ("conductance", "g", "cond")),
    "time_s": ("s_time", ("time", "t", "timestamp", "time_stamp", "elapsed", "timept")),
    "temperature_celsius": ("c", ("temperature", "temp", "bake_temperature", "t")),
    "resistance": ("ohm", ("resistance", "r", "res")),
    "resistance_before": ("ohm", ("resistance_before", "r_before", "r0", "r_initial")),
    "current": ("a", ("current", "i", "ai", "id", "anodei", "i1", "iread")),
    "voltage": ("v", ("voltage", "v", "av", "vd", "anodev", "v1", "vread", "read_voltage")),
}
"""Quantity of each of our columns and of what becomes one, and the names it goes by."""

OURS = {"v": 1.0, "a": 1e6, "s": 1e6, "s_time": 1.0, "c": 1.0, "ohm": 1.0, "count": 1.0}
"""Our unit of a quantity, over its SI unit."""


@dataclass(frozen=True)
class Read:
    """How a column of theirs is read.

    Attributes:
        ours: our column, or resistance, current or voltage.
        factor: what their number is multiplied by.
        shift: what is added then.
    """

    ours: str
    factor: float = 1.0
    shift: float = 0.0


def split_head(head: str) -> tuple[str, str]:
    """Name (small letters, joined by underscores) and unit of a column's head; the unit may be empty."""
    text = (
        head.strip()
        .strip('"')
        .replace("\u00b5", "u")
        .replace("\u03bc", "u")
        .replace("\u03a9", "Ohm")
        .replace("\u2126", "Ohm")
    )
    text = text.replace("\u00b0", "")
    found = re.fullmatch(r"(.*?)\s*[\[(]\s*([^\])]*)\s*[\])]\s*", text) or re.fullmatch(
        r"(.*?)\s*/\s*([A-Za-z]+)", text
    )
    name, unit = (found[1], found[2]) if found else (text, "")
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_"), unit.strip()


def unit_of(unit: str, quantity: str, head: str) -> tuple[float, float]:
    """Factor and shift from a unit to ours.

    Raises:
        MeasurementError: it is no unit of this quantity.
    """
    if not unit or unit.lower() in ("1", "a.u.", "-", "none") or quantity in ("text", "count"):
        return 1.0, 0.0
    plain, unit = {"s_time": "s"}.get(quantity, quantity), SPELLED.get(unit.lower(), unit)
    for prefix, size in PREFIXES.items():
        rest = unit[len(prefix) :]
        if not unit.startswith(prefix) or not rest:
            continue
        known = BASES.get(rest.lower(), "")
        if quantity == "s" and rest in ("S", "s", "Siemens", "siemens", "mho", "A/V"):
            return size * OURS[quantity], 0.0
        if quantity == "s_time" and known in ("s", "min", "h"):
            return size * {"s": 1.0, "min": 60.0, "h": 3600.0}[known], 0.0
        if quantity == "c" and not prefix and known in ("c", "k"):
            return (1.0, -ZERO_CELSIUS_K) if known == "k" else (1.0, 0.0)
        if quantity == "c" and rest.lower() in ("deg c", "degc", "celsius"):
            return 1.0, 0.0
        if quantity in ("v", "a", "ohm") and known == plain:
            return size * OURS[quantity], 0.0
    raise MeasurementError(f"The column '{head}' has the unit '{unit}', which is none of {_said(quantity)}.")


def read_as(head: str, ours: str | None = None) -> Read | None:
    """How a column of this head is read; None where it is none that we know.

    A head without a unit is in ours (uS, V, uA, s, degrees Celsius), a resistance in ohms, a current in amperes.

    Args:
        head: theirs.
        ours: what a person says that it is, in place of a guess by its name.

    Raises:
        MeasurementError: an impossible unit, or no such column of ours.
    """
    name, unit = split_head(head)
    ours = None if ours is None else current_name(ours)
    if ours is not None and ours not in NAMES:
        raise MeasurementError(f"There is no column {ours}; ours are {', '.join(NAMES)}.")
    candidates = [ours] if ours is not None else [name] if name in NAMES else _known_as(name)
    if not candidates and not unit and "_" in name:
        # g_us and time_ms have their unit at their end, and so have the names that our columns once had.
        stem, _, unit = name.rpartition("_")
        candidates = _known_as(stem)
    wrong: MeasurementError | None = None
    for each in candidates:
        try:
            return Read(each, *unit_of(unit or ("A" if each == "current" else ""), NAMES[each][0], head))
        except MeasurementError as error:
            wrong = wrong or error
    if wrong is not None:
        raise wrong
    return None


def _known_as(name: str) -> list[str]:
    """Our columns that go by a name; where there are several, the unit decides."""
    return [ours for ours, (_, names) in NAMES.items() if name in names]


def _said(quantity: str) -> str:
    return {
        "s": "a conductance (S, mS, uS, nS)",
        "s_time": "a time (s, ms, us, min, h)",
        "v": "a voltage (V, mV)",
        "a": "a current (A, mA, uA)",
        "ohm": "a resistance (Ohm, kOhm)",
        "c": "a temperature (C, K)",
    }[quantity]
