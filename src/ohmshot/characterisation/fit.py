"""All experiments of a wafer, one after another, into the rows of a parameter set."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.characterisation.judgement import judged
from ohmshot.characterisation.measurements import EXPERIMENTS, Measurements
from ohmshot.characterisation.outliers import require_change, sifted
from ohmshot.characterisation.ramp import fit_ramps
from ohmshot.characterisation.read_noise import fit_read_noise
from ohmshot.characterisation.relaxation import RELAXATION_BEGINS, RelaxationTimes, fit_relaxation
from ohmshot.characterisation.reset_curve import fit_reset_curve
from ohmshot.characterisation.retention import RetentionReference, fit_retention
from ohmshot.characterisation.rows import ExperimentFit, FittedRow
from ohmshot.characterisation.set_curve import fit_set_curve
from ohmshot.foundation.errors import MeasurementError
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
        notes: what was assumed or left out as the table was read.
        failed: experiments that were measured and not fitted, with the reason and the lines of the file.
    """

    origin: str
    base: ParameterSet
    experiments: Mapping[str, ExperimentFit]
    rows: Mapping[str, FittedRow]
    failed: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person must know of the fits, each after its experiment's name."""
        said = [f"{name}: {each}" for name, fit in self.experiments.items() for each in fit.warnings]
        return (
            *self.notes,
            *said,
            *(
                f"{name}: {row} {why}; it stays as in {self.base.information.name}"
                for name, fit in self.experiments.items()
                for row, why in fit.refused.items()
            ),
        )

    @property
    def missing(self) -> tuple[str, ...]:
        """Experiments that were not measured; ramps stand for SETs or RESETs."""
        measured = {*self.experiments, *self.failed}
        ramps = {"reset" if "reset_conductance" in self.rows else "set"} if "ramp" in self.experiments else set()
        return tuple(name for name in EXPERIMENTS if name not in measured | ramps | {"ramp"})

    def value(self, name: str) -> float | tuple[float, ...]:
        """A row of the resulting set: fitted, or the base's."""
        return self.rows[name].value if name in self.rows else self.base.quantities[name].value


def fit_wafer(measurements: Measurements, base: ParameterSet) -> WaferFit:
    """Fit every experiment that was measured; one that cannot be fitted leaves the others as they are.

    The input of one experiment from another (read noise everywhere, the highest SET level for the RESET curve, the
    reset state for retention) is the fitted value where there is one, else the base's.

    Raises:
        MeasurementError: no experiment can be fitted; the message names each, its lines, and why.
    """
    known = base.values
    fits: dict[str, ExperimentFit] = {}
    failed: dict[str, str] = {}

    def attempt(experiment: str, fit: Callable[[pl.DataFrame], ExperimentFit]) -> None:
        if measurements.has(experiment):
            try:
                fits[experiment] = _fitted(experiment, measurements.of(experiment), fit)
            except MeasurementError as error:
                failed[experiment] = f"{measurements.where(experiment)}: {error}"

    def fitted_number(experiment: str, row: str, otherwise: float) -> float:
        rows = fits[experiment].rows if experiment in fits else {}
        return rows[row].numbers[-1] if row in rows else otherwise

    attempt("read", fit_read_noise)
    noise = fitted_number("read", "read_noise", known.read_noise)
    attempt("set", lambda rows: fit_set_curve(rows, noise))
    top = (known.set_conductances[1], 0.0)
    if "set" in fits and "set_conductances" in fits["set"].rows:
        top = _highest(fits["set"].rows["set_conductances"])
    attempt("reset", lambda rows: fit_reset_curve(rows, top, noise))
    attempt("ramp", lambda rows: fit_ramps(rows, top, noise))
    rest = fitted_number("ramp", "reset_conductance", known.reset_conductance)
    rest = fitted_number("reset", "reset_conductance", rest)
    times = RelaxationTimes(RELAXATION_BEGINS, known.relaxation_shift_start, known.relaxation_saturation)
    attempt("relaxation", lambda rows: fit_relaxation(rows, noise, times))
    reference = RetentionReference(
        rest,
        known.retention_reference_time,
        known.retention_reference_temperature,
        known.retention_activation_energy,
    )
    attempt("retention", lambda rows: fit_retention(rows, noise, reference))
    if not fits:
        said = [f"({note}.)" for note in measurements.notes]
        raise MeasurementError(" ".join([*failed.values(), *said]))
    # Where single pulses were measured too, they say more than ramps.
    inorder = sorted(fits.values(), key=lambda fit: fit.experiment != "ramp")
    rows = {name: row for fit in inorder for name, row in fit.rows.items()}
    return WaferFit(measurements.origin, base, fits, rows | _derived(rows, known), failed, measurements.notes)


def _fitted(experiment: str, rows: pl.DataFrame, fit: Callable[[pl.DataFrame], ExperimentFit]) -> ExperimentFit:
    """Leave outliers out, fit, and judge the fit."""
    require_change(experiment, rows)
    sieve = sifted(experiment, rows)
    found = fit(sieve.rows)
    return judged(dataclasses.replace(found, warnings=(*sieve.words, *found.warnings)))


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
