"""Leti's cells with the spreads of their nearest measured relative, and with all that is bad at once.

What Leti published stays; rows for which nothing of Leti's is known come from `skywater_130nm`, marked as derived from
another technology. Rows that depend on the level are taken at the same conductance, not at the same place of the range.
"""

from collections.abc import Mapping

import numpy as np

from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set
from ohmshot.characterisation.open_data.raw_set import RawRow, RawSet
from ohmshot.characterisation.rows import FittedRow

SAME = (
    "set_pulse_share",
    "set_lowering",
    "reset_conductance",
    "reset_log_spread",
    "reset_device_share",
    "reset_pulse_share",
    "reset_state_log_spread",
    "reset_break",
    "reset_raise",
    "read_noise",
    "read_noise_floor",
    "form_onset_spread",
    "log_relaxation_conductances",
    "log_relaxation_variance",
    "log_relaxation_shift_after_set",
    "log_relaxation_shift_after_reset",
    "log_relaxation_start",
    "log_relaxation_jumps",
    "loss_rate",
    "loss_activation_energy",
    "loss_temperature",
    "wear_widening",
)
BY_LEVEL = ("set_spread", "set_device_shares", "set_skewness")
WORSE_HIGH = (
    "set_spread",
    "set_pulse_share",
    "reset_conductance",
    "reset_log_spread",
    "reset_pulse_share",
    "reset_state_log_spread",
    "reset_break",
    "read_noise_floor",
    "log_relaxation_variance",
    "loss_rate",
    "wear_widening",
)
"""Rows whose upper end of the interval is the bad one."""
SOURCE = "SkyWater's 130 nm HfO2 cells, the nearest measured relative: the set skywater_130nm"


def leti_with_measured_spreads() -> RawSet:
    """The set in which Leti's unpublished rows are those of SkyWater's cells."""
    leti, other = load_parameter_set("leti_hfo2_130nm"), load_parameter_set("skywater_130nm")
    rows = {name: _moved(other, name, other.quantities[name].value) for name in SAME}
    at = np.array(leti.values.set_conductances)
    for name in BY_LEVEL:
        value = np.interp(at, other.values.set_conductances, other.quantities[name].value)
        rows[name] = _moved(other, name, tuple(float(each) for each in value), "at the conductances of Leti's SETs; ")
    return _set(
        "leti_with_measured_spreads",
        "HfO2 1T1R, 130 nm, CEA-Leti-like, with the spreads of SkyWater's cells",
        "leti_hfo2_130nm",
        "Levels, voltages and widths are Leti's; spreads, reset state, noise and ageing are of another technology. "
        "Rows relaxation_*, reset_relaxation_* and retention_* are not used.",
        rows,
    )


def leti_all_pessimistic(measured: Mapping[str, RawRow]) -> RawSet:
    """The bad ends of all of it at once: of SkyWater's intervals, and of the sweeps of what is assumed.

    Args:
        measured: rows of `leti_with_measured_spreads`.
    """
    other, corner = load_parameter_set("skywater_130nm"), load_parameter_set("pessimistic")
    rows = {}
    for name in WORSE_HIGH:
        row, interval = measured[name].fit, other.quantities[name].interval
        pairs = interval if interval and isinstance(interval[0], tuple) else (interval,)
        highs = np.array([pair[1] for pair in pairs])  # type: ignore[index]
        factors = highs / np.array(FittedRow(other.quantities[name].value, "").numbers)
        worse = tuple(float(each) for each in np.array(row.numbers) * factors)
        value = worse if isinstance(row.value, tuple) else worse[0]
        rows[name] = RawRow(FittedRow(value, "upper end of the 95 % interval"), "transferred", SOURCE)
    for name in set(corner.quantities) - set(corner.borrowed) - set(measured):
        rows[name] = RawRow(
            FittedRow(corner.quantities[name].value, "as in pessimistic"), "derived", "the set pessimistic"
        )
    return _set(
        "leti_all_pessimistic",
        "HfO2 1T1R, 130 nm, CEA-Leti-like, all that is known to be bad at once",
        "leti_with_measured_spreads",
        "A bound, not a device: upper ends of the intervals of SkyWater's cells, and the bad ends of the sweeps of "
        "what is assumed.",
        rows,
    )


def _moved(other: ParameterSet, name: str, value: float | tuple[float, ...], where: str = "") -> RawRow:
    row = other.quantities[name]
    return RawRow(FittedRow(value, f"{where}{row.status} there"), "transferred", SOURCE, row.doi)


def _set(name: str, title: str, base: str, notes: str, rows: dict[str, RawRow]) -> RawSet:
    return RawSet(name, title, base, ("10.1109/TED.2021.3097975",), notes, rows)
