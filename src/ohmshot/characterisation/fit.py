"""All experiments of a wafer, one after another, into the rows of a parameter set."""

from collections.abc import Mapping
from dataclasses import dataclass

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.characterisation.measurements import EXPERIMENTS, Measurements
from ohmshot.characterisation.read_noise import fit_read_noise
from ohmshot.characterisation.relaxation import RelaxationTimes, fit_relaxation
from ohmshot.characterisation.reset_curve import fit_reset_curve
from ohmshot.characterisation.retention import RetentionReference, fit_retention
from ohmshot.characterisation.rows import ExperimentFit, FittedRow
from ohmshot.characterisation.set_curve import fit_set_curve
from ohmshot.foundation.statistics import NORMAL_95

HEADROOM = 4.0
"""The window is widened so that it holds the highest level and this many of its standard deviations."""


@dataclass(frozen=True)
class WaferFit:
    """A parameter set in the making.

    Attributes:
        origin: name of the measured table.
        base: the set that gives what was not measured.
        experiments: fits by experiment.
        rows: fitted and derived rows by name; all others stay as in the base.
    """

    origin: str
    base: ParameterSet
    experiments: Mapping[str, ExperimentFit]
    rows: Mapping[str, FittedRow]

    @property
    def missing(self) -> tuple[str, ...]:
        """Experiments that were not measured."""
        return tuple(name for name in EXPERIMENTS if name not in self.experiments)

    def value(self, name: str) -> float | tuple[float, ...]:
        """A row of the resulting set: fitted, or the base's."""
        return self.rows[name].value if name in self.rows else self.base.quantities[name].value


def fit_wafer(measurements: Measurements, base: ParameterSet) -> WaferFit:
    """Fit every experiment that was measured.

    The input of one experiment from another (read noise everywhere, the highest SET level for the RESET curve, the
    reset state for retention) is the fitted value where there is one, else the base's.

    Raises:
        MeasurementError: an experiment has too few rows, or they contradict its law.
    """
    known, fits = base.values, {}
    noise = known.read_noise
    if measurements.has("read"):
        fits["read"] = fit_read_noise(measurements.of("read"))
        noise = fits["read"].rows["read_noise"].numbers[0]
    top = (known.set_conductances[1], 0.0)
    if measurements.has("set"):
        fits["set"] = fit_set_curve(measurements.of("set"), noise)
        top = _highest(fits["set"].rows["set_conductances"])
    rest = known.reset_conductance
    if measurements.has("reset"):
        fits["reset"] = fit_reset_curve(measurements.of("reset"), top, noise)
        rest = fits["reset"].rows["reset_conductance"].numbers[0]
    if measurements.has("relaxation"):
        times = RelaxationTimes(known.relaxation_shift_start, known.relaxation_saturation)
        fits["relaxation"] = fit_relaxation(measurements.of("relaxation"), noise, times)
    if measurements.has("retention"):
        reference = RetentionReference(
            rest,
            known.retention_reference_time,
            known.retention_reference_temperature,
            known.retention_activation_energy,
        )
        fits["retention"] = fit_retention(measurements.of("retention"), noise, reference)
    rows = {name: row for fit in fits.values() for name, row in fit.rows.items()}
    return WaferFit(measurements.origin, base, fits, rows | _derived(rows, known))


def _derived(rows: Mapping[str, FittedRow], known: CellParameters) -> dict[str, FittedRow]:
    """Rows derived from the fitted SET curve: the levels, and the window if they would leave it."""
    if "set_conductances" not in rows:
        return {}
    low, high = rows["set_conductances"].numbers
    bottom, top = known.set_conductances
    place = [(level - bottom) / (top - bottom) for level in known.level_conductances]
    levels = tuple(round(low + share * (high - low), 4) for share in place)
    derived = {
        "level_conductances": FittedRow(
            levels, "the base's levels at the same places of the fitted SET curve", status="derived"
        )
    }
    widest = max(high, levels[-1]) + HEADROOM * max(rows["set_spread"].numbers)
    if widest > known.maximum_conductance:
        note = f"highest level and {HEADROOM:g} standard deviations of its SET"
        derived["maximum_conductance"] = FittedRow(round(widest, 2), note, status="derived")
    return derived


def _highest(row: FittedRow) -> tuple[float, float]:
    """Highest SET level in uS with the standard error of its logarithm."""
    high = row.numbers[1]
    assert row.interval is not None
    return high, (row.interval[1][1] - row.interval[1][0]) / (2 * NORMAL_95) / high
