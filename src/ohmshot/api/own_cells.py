"""Cells of one's own: a parameter set from a wafer's measurements."""

import warnings
from pathlib import Path

import polars as pl

from ohmshot.api.loading import load_parameters
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.characterisation.form import form_of
from ohmshot.characterisation.measurements import write_measurements
from ohmshot.characterisation.parameter_file import fit_to_file
from ohmshot.characterisation.wafer import WaferTest, simulated_wafer
from ohmshot.chip.simulated_chips import DEFAULT_TECHNOLOGY


def measure_wafer(
    output: str | Path, technology: str | Path = DEFAULT_TECHNOLOGY, *, devices: int = 64, seed: int = 0
) -> pl.DataFrame:
    """Test a simulated wafer by pulses, reads and bakes, and write the table that a tester would: docs/fitting.md.

    Args:
        output: table to write, .csv or .parquet.
        technology: parameter set of the cells: its name or a TOML file.
        devices: devices of each experiment.
        seed: equal seeds give equal wafers.

    Returns:
        The table: one row a read; `experiment`, `device` and what the experiment needs, units in the columns' names.

    Raises:
        ParameterError: no such parameter set.
        MeasurementError: a file of another kind.

    Examples:
        >>> import ohmshot as oh, pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "wafer.csv"
        >>> table = oh.measure_wafer(file, devices=3)
        >>> sorted(table["experiment"].unique())
        ['read', 'relaxation', 'reset', 'retention', 'set']
    """
    table = simulated_wafer(load_parameters(technology).values, seed, WaferTest(devices=devices))
    write_measurements(table, Path(output))
    return table


def fit_parameters(
    measurements: str | Path,
    output: str | Path,
    *,
    base: str | Path = DEFAULT_TECHNOLOGY,
    title: str = "Fitted to measurements of our own",
    form: str | Path | None = None,
) -> ParameterSet:
    """Fit a parameter set with 95 % intervals to measurements of a wafer: `ohmshot parameters fit`, without its page.

    Args:
        measurements: table of measurements or a tester's file; columns and forms are in docs/fitting.md.
        output: TOML file to write, whole or not at all; the set is named after it. `SimulatedChips` takes it.
        base: set that gives what was not measured: its name or a TOML file.
        title: of the new set, for people.
        form: how another group's table becomes ours: a form by its name, or a TOML file.

    Returns:
        The set, with the rows of all experiments that could be fitted; what could not, and what else there is to
        know of the fits, is said as Python's warnings. A row's ``source`` says what it was fitted to, or
        that it is the base's.

    Raises:
        MeasurementError: something in the table is wrong, or nothing can be fitted; the message names file and line.
        ParameterError: no such base, or the fitted numbers make no possible set.

    Examples:
        >>> import ohmshot as oh, pathlib, polars, tempfile
        >>> folder = pathlib.Path(tempfile.mkdtemp())
        >>> table = oh.measure_wafer(folder / "all.csv", devices=8, seed=1)
        >>> table.filter(polars.col("experiment") == "read").write_csv(folder / "reads.csv")
        >>> cells = oh.fit_parameters(folder / "reads.csv", folder / "lot7.toml")
        >>> cells.information.name, 0.005 < cells.quantities["read_noise"].value < 0.02
        ('lot7', True)
        >>> oh.SimulatedChips(folder / "lot7.toml", chips=5)
        SimulatedChips('lot7': 5 chips of 32 x 64 cells)
    """
    output = Path(output)
    said = form_of(None if form is None else str(form))
    fit = fit_to_file(Path(measurements), output, base=str(base), name=output.stem, title=title, form=said)
    for reason in (*fit.failed.values(), *fit.warnings):
        warnings.warn(reason, UserWarning, stacklevel=2)
    return load_parameters(output)
