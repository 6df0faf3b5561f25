"""The set `skywater_130nm`: 1T1R HfO2 cells of SkyWater's 130 nm process, from the raw data behind RADAR.

Bakes and reads at 400 Hz are of the archive's technology A, which is the RADAR chip as far as we can tell (the same
range and programming group); the onset of relaxation is technology B's, since A has no reads from 10 ms on.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import polars as pl

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.open_data import log_time, loss, ramps, reset_laws, retention_runs, set_laws
from ohmshot.characterisation.open_data.archive import RADAR, RELAXATION, changes_at_room, changes_in_bakes, digest
from ohmshot.characterisation.open_data.raw_set import RawRow, RawSet, Status
from ohmshot.characterisation.open_data.resampling import fitted_row
from ohmshot.characterisation.rows import FittedRow

RADAR_DOI, SAME_CHIP = "10.1109/TED.2021.3097975", "technology A is taken for the RADAR chip (inference)"
A_EDGES = np.array([1.0, 8.0, 16.0, 30.0, 50.0, 70.0, 90.0, 110.0, 130.0, 160.0, 200.0, 240.0])
B_EDGES = np.array([1.0, 8.0, 20.0, 32.0, 44.0, 56.0, 68.0, 80.0, 98.0, 122.0])
B_FILE = "relaxdata_10k.min.tsv.gz"
COOL_CELSIUS = 200.0
"""Bakes below this show relaxation alone; hotter ones show loss too."""


def skywater(folder: Path) -> RawSet:
    """Fit the set to the raw files in a folder.

    Raises:
        MeasurementError: a file is missing.
    """
    radar, relaxation = (digest(folder, each) for each in (RADAR, RELAXATION))
    base = load_parameter_set("leti_hfo2_130nm").values
    rows = _rows(set_laws.set_rows(set_laws.single_sets(folder)), f"{radar}, {set_laws.FILE}", RADAR_DOI)
    _, high = rows["set_conductances"].fit.interval or ((0, 0), (0, 0))
    top = rows["set_conductances"].fit.numbers[1]
    rows |= _rows(
        reset_laws.ramp_rows(folder, (top, (high[1] - high[0]) / 4 / top)), f"{radar}, {ramps.RESET_FILE}", RADAR_DOI
    )
    rows |= _rows(reset_laws.reset_state_rows(folder), f"{radar}, cycling-*.csv", RADAR_DOI)
    rows |= _rows(reset_laws.form_rows(folder), f"{radar}, form-*.csv", RADAR_DOI)
    rows |= _rows(reset_laws.read_noise_row(folder), f"{relaxation}, techA/tsdata; {SAME_CHIP}", None)
    rows |= _conditions(radar) | _window(rows, base)
    so_far = dataclasses.replace(base, **{name: row.fit.value for name, row in rows.items()})  # type: ignore[arg-type]
    rows |= _rows(ramps.reset_rows(ramps.reset_ramps(folder), so_far), f"{radar}, {ramps.RESET_FILE}", RADAR_DOI)
    rows |= _rows(ramps.set_rows(ramps.set_ramps(folder), so_far), f"{radar}, {ramps.SET_FILE}", RADAR_DOI)
    rows |= _rows(retention_runs.wear_row(folder), f"{radar}, readtest3bpc6 and 7", RADAR_DOI)
    ageing, fit, cool = _ageing(folder, radar, relaxation, rows["reset_conductance"].fit.numbers[0])
    return RawSet(
        "skywater_130nm",
        "HfO2 1T1R, SkyWater 130 nm, from raw data",
        "leti_hfo2_130nm",
        (RADAR_DOI,),
        "Relaxes in log time (rows log_relaxation_*, loss_*): the borrowed rows relaxation_*, reset_relaxation_* and "
        "retention_* are not used. 100 ns SETs, 200 ns RESETs of 50 cells of one chip. Which pulse came last is "
        "inferred from counts of pulses. Slow noise is part of relaxation, measured from read to read. Failed "
        "RESETs: the reset state is lognormal to its tail, so there is no row for them.",
        rows | ageing,
        fit,
        cool,
        A_EDGES,
    )


def _ageing(
    folder: Path, radar: str, relaxation: str, rest: float
) -> tuple[dict[str, RawRow], log_time.LogTimeFit, pl.DataFrame]:
    """Rows of relaxation and loss."""
    room = changes_at_room(folder, "B", B_FILE)
    of_b = log_time.fit_log_time(log_time.looks_of(room, B_EDGES))
    many = log_time.resampled_fits(room, B_EDGES, None, None)
    bakes = changes_in_bakes(folder, "A")
    cool = bakes.filter((pl.col("celsius") < COOL_CELSIUS) & pl.col("start").is_between(A_EDGES[0], A_EDGES[-1]))
    fit = log_time.fit_log_time(log_time.looks_of(cool, A_EDGES), of_b.onset)
    again = log_time.resampled_fits(cool, A_EDGES, of_b.onset, None)
    points = fit.looks.start
    between = retention_runs.drift_between_directions(retention_runs.runs(folder), of_b.onset, points)
    shifts = np.array([each.shift for each in again])
    source = f"{relaxation}, techA/bake at 100, 140 and 180 C; {SAME_CHIP}"
    rows = _rows(
        {
            "log_relaxation_variance": fitted_row(
                fit.variance, np.array([each.variance for each in again]), "variance a decade of log time at 25 C"
            )
        },
        source,
        None,
    )
    rows["log_relaxation_conductances"] = RawRow(
        FittedRow(tuple(map(float, points)), "mean conductance of the groups before the bake"), "derived", source
    )
    for name, sign in (("log_relaxation_shift_after_set", -0.5), ("log_relaxation_shift_after_reset", 0.5)):
        count = len(shifts)
        value = fitted_row(
            fit.shift + sign * between[0],
            shifts + sign * between[1 : 1 + count],
            "mean of all cells, less (SET) or plus (RESET) half of what the two directions differ by",
        )
        rows[name] = RawRow(
            value, "derived", f"{source}; direction: {radar}, writetest*.csv, inferred from counts of pulses", RADAR_DOI
        )
    of_b_source = f"{relaxation}, techB/{B_FILE}, another 130 nm HfO2 technology of the same archive"
    start = fitted_row(
        of_b.onset, np.array([each.onset for each in many]), "time from which relaxation counts in decades"
    )
    rows["log_relaxation_start"] = RawRow(start, "transferred", of_b_source)
    jumps = fitted_row(
        fit.jumps, np.array([each.jumps for each in again]), "jumps a decade, by robust over standard spread"
    )
    rows |= _rows({"log_relaxation_jumps": jumps}, source, None)
    known = loss.Relaxes(of_b.onset, points, fit.shift, rest)
    rows |= _rows(loss.loss_rows(bakes, known), f"{relaxation}, techA/bake; {SAME_CHIP}", None)
    return rows, fit, cool


def _conditions(radar: str) -> dict[str, RawRow]:
    """Voltages and widths that the tester applied."""
    applied: dict[str, tuple[float, str]] = {
        "set_bit_line_voltage": (2.0, set_laws.FILE),
        "set_width": (1e-7, set_laws.FILE),
        "reset_gate_voltage": (3.5, ramps.RESET_FILE),
        "reset_width": (2e-7, ramps.RESET_FILE),
    }
    return {
        name: RawRow(FittedRow(value, "applied by the tester"), "derived", f"columns of {file} of {radar}", RADAR_DOI)
        for name, (value, file) in applied.items()
    }


def _window(rows: Mapping[str, RawRow], base: CellParameters) -> dict[str, RawRow]:
    """Window and levels, which follow from the SET."""
    (low, high), (bottom, top) = rows["set_conductances"].fit.numbers, base.set_conductances
    levels = tuple(round(low + (high - low) * (each - bottom) / (top - bottom), 1) for each in base.level_conductances)
    return {
        "minimum_conductance": RawRow(
            FittedRow(0.2, "floor of the reset state"), "assumed", "far below the first level", sweep=(0.05, 1.0)
        ),
        "maximum_conductance": RawRow(
            FittedRow(260.0, "a little above the highest level that was programmed, 250 uS"),
            "derived",
            "README of the retention runs",
            RADAR_DOI,
        ),
        "level_conductances": RawRow(
            FittedRow(levels, "levels of leti_hfo2_130nm at the same places of the fitted SET curve"),
            "derived",
            "rows above",
            RADAR_DOI,
        ),
        "read_noise": RawRow(
            FittedRow(0.0, "no part in proportion to the conductance is seen; see read_noise_floor"),
            "derived",
            "reads at 400 Hz",
        ),
    }


def _rows(found: Mapping[str, FittedRow], source: str, doi: str | None) -> dict[str, RawRow]:
    """Rows with an interval are fitted; those without follow from what was applied or chosen."""

    def status(row: FittedRow) -> Status:
        return "fitted" if row.interval is not None else "derived"

    return {name: RawRow(row, status(row), source, doi) for name, row in found.items()}
