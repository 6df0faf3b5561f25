"""RESET, reset state, FORM and read noise of SkyWater cells.

Raw: RADAR RESET ramps (the fit of `ohmshot.characterisation.ramp`), ``cycling-*.csv`` (10 to 256 cells, SET and RESET
by one pulse pair, 100 or 300 times), ``form-*.csv`` (38,573 cells), and reads of technology A at 400 Hz.
"""

import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from ohmshot.characterisation.form import load_form
from ohmshot.characterisation.measurements import load_measurements
from ohmshot.characterisation.open_data.archive import RADAR, RELAXATION, Floats, member, numbers
from ohmshot.characterisation.open_data.ramps import RESET_FILE
from ohmshot.characterisation.open_data.resampling import RESAMPLES, fitted_row
from ohmshot.characterisation.ramp import fit_ramps
from ohmshot.characterisation.rows import FittedRow

CYCLED = tuple(
    f"cycling-{each}.csv" for each in ("4-14-20", "4-24-20", "5-1-20", "5-5-20", "5-10-20", "5-21-20", "5-25-20")
)
FORMED = tuple(f"form-{each}.csv" for each in ("5-23-20", "6-10-20", "6-11-20", "6-15-20", "chip2-6-11-20"))


def ramp_rows(folder: Path, top: tuple[float, float]) -> dict[str, FittedRow]:
    """Onset, curve and spread of RESET ramps, by the likelihood of `ohmshot.characterisation.ramp`.

    Args:
        folder: of the raw files.
        top: highest SET in uS and the standard error of its logarithm.
    """
    with tempfile.TemporaryDirectory() as own:
        path = Path(own) / RESET_FILE
        path.write_bytes(member(folder, RADAR, f"exptdata/sweeps/data/{RESET_FILE}"))
        rows = load_measurements(path, load_form("radar_reset_ramp")).of("ramp")
    found = fit_ramps(rows, top, 0.005).rows
    return {name: found[name] for name in ("reset_source_voltages", "reset_log_spread", "reset_device_share")}


def reset_state_rows(folder: Path) -> dict[str, FittedRow]:
    """Median of the reset state and spread of its logarithm, after one RESET of cells that one pulse pair cycles."""
    cells = [np.log(1e6 / values[:, 1::2]) for values in _cycled(folder)]
    medians, variances = (np.concatenate([f(each, axis=1) for each in cells]) for f in (np.median, np.var))
    means = np.concatenate([each.mean(axis=1) for each in cells])
    draw = np.random.default_rng(0)
    picks = [np.arange(len(means)), *(draw.integers(len(means), size=(RESAMPLES, len(means))))]
    median = np.array([np.exp(np.median(medians[each])) for each in picks])
    spread = np.array([np.sqrt(variances[each].mean() + means[each].var()) for each in picks])
    note = f"{len(means)} cells cycled by one pulse pair"
    return {
        "reset_conductance": fitted_row(median[0], median[1:], f"median after a RESET; {note}"),
        "reset_state_log_spread": fitted_row(spread[0], spread[1:], f"cycles and cells together; {note}"),
    }


def form_rows(folder: Path) -> dict[str, FittedRow]:
    """Mean and spread of the bit line voltage at which cells form, and the median that they form to."""
    rows = np.concatenate([numbers(folder, RADAR, f"exptdata/misc/forming/data/{name}") for name in FORMED])
    volts = rows[rows[:, 4] == 1, 2]
    reached = 1e6 / rows[rows[:, 4] == 1, 3]
    draws = np.random.default_rng(0).integers(len(volts), size=(RESAMPLES, len(volts)))
    means, spreads = volts[draws].mean(axis=1), volts[draws].std(axis=1)
    note = f"bit line voltage at which {len(volts)} cells formed"
    return {
        "form_onset_voltage": fitted_row(float(volts.mean()), means, note),
        "form_conductance": fitted_row(
            float(np.median(reached)), np.median(reached[draws], axis=1), f"median after the FORM of {len(volts)} cells"
        ),
        "form_onset_spread": fitted_row(float(volts.std()), spreads, note),
    }


def read_noise_row(folder: Path) -> dict[str, FittedRow]:
    """White noise of one read, the same at every conductance, from successive reads of five cells at 400 Hz."""
    noise = []
    for line in member(folder, RELAXATION, "data/techA/tsdata.min.tsv.gz").splitlines():
        reads = 1e6 * np.array(line.split(b"\t")[2:], float)
        steps = np.diff(reads)
        noise.append(1.4826 * np.median(np.abs(steps - np.median(steps))) / np.sqrt(2))
    squares = np.array(noise) ** 2
    draws = squares[np.random.default_rng(0).integers(len(squares), size=(RESAMPLES, len(squares)))]
    note = "successive reads of five cells at 9.5 to 253 uS; no trend with the conductance"
    return {"read_noise_floor": fitted_row(float(np.sqrt(squares.mean())), np.sqrt(draws.mean(axis=1)), note)}


def reset_states(folder: Path) -> pl.DataFrame:
    """Reset states of cycled cells, uS, for pictures: ``conductance``."""
    return pl.DataFrame(
        {"conductance": np.concatenate([(1e6 / values[:, 1::2]).ravel() for values in _cycled(folder)])}
    )


def _cycled(folder: Path) -> list[Floats]:
    return [numbers(folder, RADAR, f"exptdata/misc/cycling/data/{name}") for name in CYCLED]
