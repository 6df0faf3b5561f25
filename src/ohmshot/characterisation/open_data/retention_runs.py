"""What RADAR's retention runs add: drift by the direction of the last pulse, and wear.

Raw: ``writetest*.csv`` (pulses that each cell was given), ``readtest*-prebake.csv`` and ``-postbake.csv`` (30 minutes
at 80 to 157 degrees; the folder's README says which). The log counts SETs and RESETs without their order, so which one
came last is inferred: a cell that one kind has pulsed more than three times as often as the other ended by it.
"""

from pathlib import Path

import numpy as np
import polars as pl

from ohmshot.cell.log_relaxation_numbers import warmth
from ohmshot.characterisation.open_data.archive import RADAR, Floats, numbers
from ohmshot.characterisation.open_data.resampling import RESAMPLES, fitted_row
from ohmshot.characterisation.rows import FittedRow

BAKE_S = 1800.0
RUNS = (
    ("3bpc1", "writetest1", 31024, 80.0),
    ("2bpc1", "writetest2bpc1", 1024, 157.0),
    ("2bpc2", "writetest2bpc2", 1024, 127.0),
    ("2bpc4", "writetest2bpc4", 1024, 127.0),
)
"""Reads, log, address of the first read, degrees Celsius: the runs whose reads match their log cell by cell."""
FRESH, WORN, WORN_CYCLES = "3bpc6", "3bpc7", 5000.0
DIRECTION_EDGES = np.array([80.0, 110.0, 140.0, 170.0, 200.0, 260.0])
CLEAR = 3.0


def runs(folder: Path) -> pl.DataFrame:
    """Cells whose last pulse is clear: start and change in uS, by_reset, celsius."""
    parts = []
    for reads, log, first, celsius in RUNS:
        before, after = _read(folder, f"readtest{reads}-prebake"), _read(folder, f"readtest{reads}-postbake")
        pulses = _table(folder, log)
        cells = pl.DataFrame({"cell": pulses[:, 0].astype(int) - first, "sets": pulses[:, 2], "resets": pulses[:, 3]})
        cells = cells.unique("cell", keep="last", maintain_order=True).filter(
            pl.col("cell").is_between(0, len(before) - 1)
        )
        at = cells["cell"].to_numpy()
        cells = cells.with_columns(start=before[at], change=after[at] - before[at], celsius=pl.lit(celsius))
        sets, resets = pl.col("sets"), pl.col("resets")
        clear = (resets > CLEAR * sets) | (sets > CLEAR * resets)
        parts.append(cells.filter(clear).select("start", "change", "celsius", by_reset=resets > sets))
    return pl.concat(parts)


def drift_between_directions(cells: pl.DataFrame, onset: float, points: Floats) -> Floats:
    """Shift after RESET less shift after SET, uS a decade, at some conductances; [1 + resamples, points].

    The first row is the estimate, the others are of cells drawn anew; flat outside the levels that both ended at.
    """
    start, change = cells["start"].to_numpy(), cells["change"].to_numpy()
    w = np.array([warmth(celsius) for celsius in cells["celsius"]])
    a_decade = change / (w * np.log10(1 + BAKE_S / onset))
    by_reset, group = cells["by_reset"].to_numpy(), np.digitize(start, DIRECTION_EDGES) - 1
    middles = (DIRECTION_EDGES[1:] + DIRECTION_EDGES[:-1]) / 2
    draw, found = np.random.default_rng(0), []
    for n in range(1 + RESAMPLES):
        pick = np.arange(len(start)) if n == 0 else draw.integers(len(start), size=len(start))
        g, r, d = group[pick], by_reset[pick], a_decade[pick]
        between = [d[(g == k) & r].mean() - d[(g == k) & ~r].mean() for k in range(len(middles))]
        found.append(np.interp(points, middles, between))
    return np.array(found)


def wear_row(folder: Path) -> dict[str, FittedRow]:
    """Factor of the spread of relaxation after 5,000 cycles: geometric mean over the levels of two equal runs."""
    changes = [_changes(folder, reads) for reads in (FRESH, WORN)]
    draw, ratios = np.random.default_rng(0), []
    for n in range(1 + RESAMPLES):
        logs = []
        for start, change in changes:
            pick = np.arange(len(start)) if n == 0 else draw.integers(len(start), size=len(start))
            group = np.digitize(start[pick], DIRECTION_EDGES) - 1
            logs.append([np.log(change[pick][group == k].std()) for k in range(len(DIRECTION_EDGES) - 1)])
        ratios.append(float(np.exp(np.mean(np.subtract(logs[1], logs[0])))))
    values = np.array([[WORN_CYCLES, max(each, 1.0)] for each in ratios])
    note = "spread of the change in a bake after 5,000 cycles over that of fresh cells, five levels (experiments 6, 7)"
    return {"wear_widening": fitted_row(values[0], values[1:], note)}


def _changes(folder: Path, reads: str) -> tuple[Floats, Floats]:
    before, after = _read(folder, f"readtest{reads}-prebake"), _read(folder, f"readtest{reads}-postbake")
    both = min(len(before), len(after))
    return before[:both], after[:both] - before[:both]


def _read(folder: Path, name: str) -> Floats:
    return np.asarray(1e6 / _table(folder, name)[:, 0])


def _table(folder: Path, name: str) -> Floats:
    return numbers(folder, RADAR, f"exptdata/retention/data/{name}.csv")
