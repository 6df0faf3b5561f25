"""Names of columns: the last words say the unit, and no unit is written in a way that could be read as another.

`accuracy_percent`, `busy_microseconds`, `chip_mj_a_day`, `hours_to_90_percent_right_at_150_celsius`: what is measured,
its unit, and perhaps of what or until when. Microsiemens and microseconds are written out, as both would be ``us``; an
accuracy of a table is in per cent, a share of 1 ends in ``_share``. Numbers without a unit (counts, ratios) have none
in their name.

Tables of version 1 had other names; `current_name` and `with_current_columns` are the one place that knows them.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # names alone do without the tables
    import polars as pl

UNITS: Mapping[str, str] = {
    "microsiemens": "µS",
    "microseconds": "µs",
    "milliseconds": "ms",
    "s": "s",
    "h": "h",
    "hours": "h",
    "days": "days",
    "years": "years",
    "percent": "%",
    "share": "of 1",
    "celsius": "°C",
    "v": "V",
    "ev": "eV",
    "ua": "µA",
    "j": "J",
    "mj": "mJ",
    "uj": "µJ",
    "nj": "nJ",
    "pj": "pJ",
    "nw": "nW",
    "mm2": "mm²",
    "cm": "cm",
    "bytes": "bytes",
    "mse": "squared error",
}
"""Words that end a name, and the sign of their unit."""

AMBIGUOUS = ("us", "ms", "pct")
"""Words that no name may hold: microseconds or microsiemens, milliseconds or millisiemens, and per cent of what."""

PER_CENT = ("accuracy", "yield")
"""What is always in per cent in a table: a name with one of these words has `percent` in it too."""

_SAID_IN_WORDS = ("share", "hours", "mse")
"""Units whose word says more than their sign."""

_QUALIFIER = re.compile(r"_(a|at|per|to)_.+$")
"""What may follow the unit, as in `mj_a_day`."""


def unit_of(name: str) -> str | None:
    """Sign of the unit that the name of a column says; None for a number without one.

    Examples:
        >>> unit_of("busy_microseconds"), unit_of("device_mj_a_day"), unit_of("pulses")
        ('µs', 'mJ', None)
    """
    return UNITS.get(_QUALIFIER.sub("", name).rpartition("_")[2]) or UNITS.get(name.rpartition("_")[2])


def heading(name: str) -> str:
    """A column's name over a table for people: words apart, units by their signs.

    Examples:
        >>> heading("level_error_after_1_h_microsiemens"), heading("device_mj_a_day"), heading("cells_written")
        ('level error after 1 h µS', 'device mJ a day', 'cells written')
    """
    return " ".join(word if word in _SAID_IN_WORDS else UNITS.get(word, word) for word in name.split("_"))


def named_with(name: str, word: str) -> str:
    """The name of another column in the same unit, with a word before the unit.

    Examples:
        >>> named_with("accuracy_baked_percent", "ci95"), named_with("pulses", "ci95")
        ('accuracy_baked_ci95_percent', 'pulses_ci95')
    """
    stem, _, last = name.rpartition("_")
    return f"{stem}_{word}_{last}" if last in UNITS else f"{name}_{word}"


def faults_of(name: str) -> list[str]:
    """What the name of a column does that none may; nothing for a good one."""
    words = name.split("_")
    found = [f"{name}: '{word}' can be read in two ways" for word in AMBIGUOUS if word in words]
    if any(word in words for word in PER_CENT) and not {"percent", "share"} & set(words):
        found.append(f"{name}: say that it is in per cent")
    return found


_FIRST_NAMES = {
    "busy_us": "busy_microseconds",
    "extra_busy_ms": "extra_busy_milliseconds",
    "worst_1_pct": "worst_hundredth",
    "years_to_90_pct": "years_to_90_percent_right",
    "hours_to_90_pct_at_150_c": "hours_to_90_percent_right_at_150_celsius",
    "bake_h_at_150_c": "bake_h_at_150_celsius",
    "equivalent_years_at_75_c": "equivalent_years_at_75_celsius",
    "missed": "missed_share",
    "misread": "misread_share",
    "explained": "explained_share",
    "own": "own_share",
    "own_high": "own_high_share",
    "signal": "signal_share",
    "clipped_conversions": "clipped_conversions_share",
    "clipped_inputs": "clipped_inputs_share",
}
_FIRST_PATTERNS = (
    (re.compile(r"(tasks_to_[\d.]+)_pct"), r"\1_percent_failed"),
    (re.compile(r"(misread_.+(?<!_share))"), r"\1_share"),
    (re.compile(r"(.+)_pct"), r"\1_percent"),
    (re.compile(r"(.+)_us"), r"\1_microsiemens"),
)
_WAS_A_SHARE = re.compile(
    r"(accuracy(_(after_bake|before|adapted|baked|exact|software|nearest_mean|of_cells))?|lost_by_bake)(_ci95)?"
)
"""Of version 1: accuracies and losses that were shares of 1 and are now in per cent."""


def current_name(name: str) -> str:
    """Today's name of a column of version 1; any other name as it is.

    Examples:
        >>> current_name("busy_us"), current_name("sigma_us"), current_name("accuracy_pct"), current_name("pulses")
        ('busy_microseconds', 'sigma_microsiemens', 'accuracy_percent', 'pulses')
    """
    if name in _FIRST_NAMES:
        return _FIRST_NAMES[name]
    if _WAS_A_SHARE.fullmatch(name):
        return f"{name}_percent"
    for pattern, new in _FIRST_PATTERNS:
        if pattern.fullmatch(name):
            return pattern.sub(new, name)
    return name


def current_factor(name: str) -> float:
    """What numbers of a column of version 1 are multiplied by to be in today's unit."""
    return 100.0 if _WAS_A_SHARE.fullmatch(name) else 1.0


def current_value(name: str, value: Any) -> Any:
    """A number of a column of version 1, or a record of such numbers (a mean with its interval), in today's unit."""
    factor = current_factor(name)
    if factor == 1 or value is None:
        return value
    if isinstance(value, Mapping):
        return {key: current_value(name, each) for key, each in value.items()}
    return factor * value


def with_current_names(by_column: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers, or records of them, by column of version 1, with today's names and units."""
    return {current_name(name): current_value(name, value) for name, value in by_column.items()}


def with_current_columns(frame: "pl.DataFrame") -> "pl.DataFrame":
    """A table of version 1 with today's names and units; one of today is not changed."""
    import polars as pl

    return frame.select(
        (pl.col(name) * factor if (factor := current_factor(name)) != 1 else pl.col(name)).alias(current_name(name))
        for name in frame.columns
    )
