"""SET of SkyWater cells: curve that saturates, spread, device share and skewness by level, from single SETs.

Raw: RADAR ``set-sweep-wl-inner-5-31-20.csv``, 50 cells, about 17 SETs from the reset state at each word line voltage.
"""

from pathlib import Path

import numpy as np
import polars as pl
from scipy.optimize import least_squares

from ohmshot.characterisation.open_data.archive import Floats, sweep
from ohmshot.characterisation.open_data.resampling import fitted_row, resampled
from ohmshot.characterisation.rows import FittedRow

FILE = "set-sweep-wl-inner-5-31-20.csv"
GATES_V = (2.30, 2.58)
"""Where the SET fixes a level of the window: below hardly any cell switches, above the curve is flat."""
RESET_BELOW_US = 1e6 / 60e3
"""A cell counts as reset before its SET at more than 60 kOhm, as the tester had it."""


def single_sets(folder: Path) -> pl.DataFrame:
    """SETs from the reset state: device, volts, before, after."""
    rows = sweep(folder, FILE, "wl_v")
    low, high = GATES_V
    return rows.filter((pl.col("before") < RESET_BELOW_US) & pl.col("volts").is_between(low - 1e-3, high + 1e-3))


def set_rows(rows: pl.DataFrame) -> dict[str, FittedRow]:
    """Fitted rows of the SET."""
    best, many = set_statistics(rows), resampled(set_statistics, rows)
    notes: dict[str, tuple[slice | int, str]] = {
        "set_conductances": (slice(0, 2), "median at these gate voltages, on the curve that saturates"),
        "set_saturation_voltage": (2, "least squares of the medians at 29 gate voltages"),
        "set_spread": (slice(3, 5), "standard deviation at these gate voltages, linear in the median"),
        "set_device_shares": (slice(5, 7), "share of the variance between devices, linear in the median"),
        "set_skewness": (slice(7, 9), "skewness, linear in the median"),
    }
    found = {name: fitted_row(best[at], many[:, at], note) for name, (at, note) in notes.items()}
    found["set_gate_voltages"] = FittedRow(
        GATES_V, "ends of the range of the word line that fixes a level", status="derived"
    )
    return found


def set_statistics(rows: pl.DataFrame) -> Floats:
    """The nine numbers of the rows: two conductances, saturation, spread, device share and skewness at both ends."""
    g = pl.col("after")
    by_cell = rows.group_by("volts", "device", maintain_order=True).agg(
        g.mean().alias("mean"), g.var().alias("within"), pl.len().alias("n")
    )
    parts = (
        by_cell.filter(pl.col("n") > 1)
        .group_by("volts", maintain_order=True)
        .agg(pl.col("within").mean(), (pl.col("mean").var() - (pl.col("within") / pl.col("n")).mean()).alias("between"))
    )
    whole = rows.group_by("volts").agg(g.median().alias("median"), g.std().alias("spread"), g.skew().alias("skew"))
    at = whole.join(parts, on="volts").sort("volts")
    volts, median = at["volts"].to_numpy(), at["median"].to_numpy()
    curve = _saturating(volts, median)
    between = at["between"].clip(0, None).to_numpy()
    share = between / (between + at["within"].to_numpy())
    ends = [_at_ends(median, values, curve[:2]) for values in (at["spread"].to_numpy(), share, at["skew"].to_numpy())]
    return np.concatenate([curve, *ends])


def _saturating(volts: Floats, median: Floats) -> Floats:
    """Conductances at both ends and the saturation voltage (`ohmshot.cell.switching.set_median`)."""
    low, high = GATES_V

    def away(u: Floats) -> Floats:
        way = np.expm1((low - volts) / u[2]) / np.expm1((low - high) / u[2])
        return np.asarray(u[0] + (u[1] - u[0]) * way - median)

    found = least_squares(away, [median[0], median[-1], 0.3], bounds=([0, 0, 0.02], [np.inf, np.inf, 20.0]))
    return np.asarray(found.x)


def _at_ends(median: Floats, values: Floats, ends: Floats) -> Floats:
    slope, offset = np.polyfit(median, values, 1)
    return np.asarray(offset + slope * ends)
