"""Figures of raw data that no set was fitted to, with intervals: what `ohmshot study validation` must predict.

    python benchmarks/raw_figures.py --raw FOLDER

The folder holds the archive behind RADAR (10.1109/TED.2021.3097975) and that of RRAM-Relaxation-Master-Model. The
figures are written to src/ohmshot/studies/validation/raw_figures.json; intervals are 95 %, devices drawn anew.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import polars as pl

from ohmshot.characterisation.open_data.archive import Floats, changes_in_bakes, sweep
from ohmshot.characterisation.open_data.resampling import interval, resampled
from ohmshot.characterisation.open_data.set_laws import RESET_BELOW_US
from ohmshot.foundation.files import write_text

OUT = Path(__file__).parents[1] / "src" / "ohmshot" / "studies" / "validation" / "raw_figures.json"
OTHER_CELLS = ("set-sweep-wl-deeper-7-3-20.csv", "SETs of 14 other cells", (2.36, 2.44, 2.52, 2.60))
OTHER_WIDTHS = (
    ("set-sweep-wl-noreset-200pw-7-16-20.csv", "SETs of 200 ns again and again, the gate raised by 10 mV"),
    ("set-sweep-wl-noreset-400pw-7-16-20.csv", "SETs of 400 ns again and again, the gate raised by 10 mV"),
)
SET_RAMP_VOLTS = (2.3, 2.4, 2.5)
OTHER_GATE = "reset-sweep-sl-200ns-step-0.05-7-30-20.csv"
FINE_RAMPS = "reset-sweep-sl-200ns-step-0.01-9-20-20.csv"
RAMP_VOLTS = (1.0, 1.25, 1.5, 1.75, 2.0)
TARGETS_US = (20.0, 44.6, 60.8, 81.9, 102.7)
WITHIN_US = 2.5
BAKES = ((220.0, (50.0, 70.0)), (220.0, (90.0, 110.0)), (260.0, (50.0, 70.0)), (260.0, (90.0, 110.0)))
TOP_US = 140.0
"""A RESET ramp counts as begun from the low resistance state above this."""

Statistic = Callable[[pl.DataFrame], Floats]


def figures(folder: Path) -> Iterator[dict[str, object]]:
    """Every figure as a record: what was done to cells, what was measured, value and interval."""
    yield from _sets(folder, *OTHER_CELLS)
    for name, what in OTHER_WIDTHS:
        yield from _set_ramps(folder, name, what)
    yield from _ramps(folder)
    yield from _hits(folder)
    yield from _bakes(folder)


def _sets(folder: Path, name: str, what: str, gates: tuple[float, ...]) -> Iterator[dict[str, object]]:
    rows = sweep(folder, name, "wl_v")
    for gate in gates:
        part = rows.filter((pl.col("before") < RESET_BELOW_US) & (pl.col("volts") - gate).abs().lt(1e-3))
        for statistic, column in (("median", pl.col("after").median()), ("standard deviation", pl.col("after").std())):
            yield _record("set", what, gate, "V", statistic, "uS", part, _one(column), name)


def _set_ramps(folder: Path, name: str, what: str) -> Iterator[dict[str, object]]:
    """Conductance that repeated SETs have come up to at a voltage."""
    rows = sweep(folder, name, "wl_v")
    for volts in SET_RAMP_VOLTS:
        part = rows.filter((pl.col("volts") - volts).abs().lt(1e-3))
        for statistic, column in (("median", pl.col("after").median()), ("standard deviation", pl.col("after").std())):
            yield _record("set ramp", what, volts, "V", statistic, "uS", part, _one(column), name)


def _ramps(folder: Path) -> Iterator[dict[str, object]]:
    """Conductance that a ramp from the low resistance state has come down to at a voltage."""
    rows = _of_ramps(sweep(folder, OTHER_GATE, "line_v"))
    what = "RESET ramps of 50 cells elsewhere on the wafer, gate at 4.0 V"
    for volts in RAMP_VOLTS:
        part = rows.filter((pl.col("volts") - volts).abs().lt(1e-3))
        for statistic, column in (
            ("median", pl.col("after").median()),
            ("standard deviation of ln G", pl.col("after").log().std()),
        ):
            unit = "uS" if statistic == "median" else "1"
            yield _record("ramp", what, volts, "V", statistic, unit, part, _one(column), OTHER_GATE)


def _hits(folder: Path) -> Iterator[dict[str, object]]:
    """Share of ramps with a read inside a window."""
    rows = _of_ramps(sweep(folder, FINE_RAMPS, "line_v"))
    for target in TARGETS_US:
        best = rows.group_by("device", "ramp", maintain_order=True).agg((pl.col("after") - target).abs().min())
        hit = (pl.col("after") <= WITHIN_US).mean()
        what = "RESET ramps in steps of 10 mV"
        yield _record(
            "hit", what, target, "uS", f"share with a read within {WITHIN_US:g} uS", "1", best, _one(hit), FINE_RAMPS
        )


def _bakes(folder: Path) -> Iterator[dict[str, object]]:
    """Change of cells by bakes that only their highest levels were fitted to."""
    rows = changes_in_bakes(folder, "A")
    for celsius, ends in BAKES:
        part = rows.filter((pl.col("celsius") == celsius) & pl.col("start").is_between(*ends))
        hours = float(part["seconds"].mean()) / 3600  # type: ignore[arg-type]
        what = f"bake of {hours:.1f} h at {celsius:g} C from {ends[0]:g} to {ends[1]:g} uS"
        for statistic, column in (
            ("mean change", pl.col("change").mean()),
            ("standard deviation of the change", pl.col("change").std()),
        ):
            yield _record(
                "bake", what, sum(ends) / 2, "uS", statistic, "uS", part, _one(column), "techA/bake.tsv.gz"
            ) | {
                "celsius": celsius,
                "hours": hours,
            }


def _of_ramps(rows: pl.DataFrame) -> pl.DataFrame:
    """Number the ramps of a sweep, which begin anew where the voltage falls, and keep those from above `TOP_US`."""
    numbered = rows.with_columns(((pl.col("volts").diff() < 0).fill_null(False)).cum_sum().alias("ramp"))
    first = numbered.group_by("ramp", maintain_order=True).first().filter(pl.col("before") > TOP_US)
    return numbered.join(first.select("ramp"), on="ramp", maintain_order="left")


def _one(expression: pl.Expr) -> Statistic:
    return lambda rows: np.array([rows.select(expression).item()], dtype=float)


def _record(
    kind: str, what: str, x: float, x_unit: str, statistic: str, unit: str, rows: pl.DataFrame, of: Statistic, file: str
) -> dict[str, object]:
    if rows.height < 10:
        sys.exit(f"{what}, {x:g} {x_unit}: only {rows.height} rows are left; the file is not as it was.")
    low, high = interval(resampled(of, rows))[0]
    return {
        "kind": kind,
        "what": what,
        "x": x,
        "x_unit": x_unit,
        "statistic": statistic,
        "unit": unit,
        "value": round(float(of(rows)[0]), 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "count": rows.height,
        "file": file,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raw", type=Path, required=True, help="folder with the raw archives")
    found = list(figures(parser.parse_args().raw))
    for each in found:
        print(
            f"{each['what']}, {each['x']:g} {each['x_unit']}, {each['statistic']}: {each['value']} "
            f"[{each['low']}, {each['high']}] ({each['count']})"
        )
    write_text(OUT, json.dumps(found, indent=1) + "\n")
    print(f"wrote {OUT}")


if __name__ == "__main__":
    main()
