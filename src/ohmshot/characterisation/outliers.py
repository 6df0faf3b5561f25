"""Cells and readings that are far from all others made alike: named and left out, so that one cannot decide a spread.

Robust by medians: a reading's distance from the median of its group, in units of the group's median absolute
deviation (times 1.4826, a normal's standard deviation; never below half of what the groups have in the middle, since
that of five readings is hardly known). What lies beyond `FAR` is one of 1.7 million in a normal law.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from ohmshot.characterisation.rows import ALIKE_TIME
from ohmshot.foundation.errors import MeasurementError

FAR = 5.0
"""Robust standard deviations from which on a reading of a large group is an outlier; ``FAR (1 + 2 / sqrt(n))`` of one
of n, whose median absolute deviation is itself known only so well."""
MOST = 1 / 8
"""More outliers than this share are no outliers but a law with tails: all stay, and the misfit tells."""
_NORMAL = 1.4826

_ALIKE: dict[str, tuple[str, ...]] = {
    "set": ("gate_voltage_v", "compliance_ua"),
    "reset": ("source_voltage_v",),
    "relaxation": ("target_microsiemens", "time_s"),
}
"""Columns that readings made alike share."""


@dataclass(frozen=True)
class Sifted:
    """Rows of an experiment without outliers.

    Attributes:
        rows: what is left.
        words: what was left out, for people; empty where nothing was.
    """

    rows: pl.DataFrame
    words: tuple[str, ...]


def sifted(experiment: str, rows: pl.DataFrame) -> Sifted:
    """Leave outliers out.

    A cell of a relaxation whose reads lie far off in one look, and a cell of which half of all readings do, goes as a
    whole; of others the readings alone go.

    Args:
        experiment: whose rows these are.
        rows: of it (`Measurements.of`).
    """
    if experiment == "read":
        return _noisy(rows)
    if experiment == "retention":
        return _baked(rows)
    if experiment not in _ALIKE:
        return Sifted(rows, ())
    alike = [name for name in _ALIKE[experiment] if rows[name].null_count() < rows.height]
    value = pl.col("conductance_microsiemens").log() if experiment == "reset" else pl.col("conductance_microsiemens")
    rows, alike = rows.with_columns(ALIKE_TIME.alias("look")), [{"time_s": "look"}.get(each, each) for each in alike]
    table = rows.with_columns((value - value.median().over(alike)).alias("off"))
    table = table.with_columns((pl.col("off").abs().median().over(alike) * _NORMAL).alias("width"))
    usual = _usual(table, alike)
    if usual <= 0:
        return Sifted(rows, ())
    far = pl.col("off").abs() > _reach(alike) * pl.max_horizontal("width", 0.5 * usual)
    table = table.with_columns(far.alias("far"))
    share = pl.lit(0.0) if experiment == "relaxation" else pl.lit(0.5)
    whole = table.group_by("device", maintain_order=True).agg(pl.col("far").mean(), pl.col("line").first())
    bad = whole.filter((pl.col("far") > share) | (pl.col("far") == 1))
    single = table.filter(pl.col("far") & ~pl.col("device").is_in(bad["device"].to_list()))
    if bad.height > MOST * whole.height or single.height > MOST * table.height:
        words = f"{bad.height} of {whole.height} devices and {single.height} other readings lie farther than {FAR:g} "
        return Sifted(rows, (words + "robust standard deviations from the rest: too many for outliers, all are kept",))
    words_of = [*_devices(bad, whole.height, f"farther than {FAR:g} robust standard deviations from the other cells")]
    if single.height:
        lines = _few(str(line) for line in single["line"])
        words_of.append(f"{single.height} of {table.height} readings left out as outliers: lines {lines}")
    kept = rows.drop("look").filter(
        ~pl.col("device").is_in(bad["device"].to_list()) & ~pl.col("line").is_in(single["line"].to_list())
    )
    return Sifted(kept, tuple(words_of))


def _noisy(rows: pl.DataFrame) -> Sifted:
    """Leave out cells whose steps from read to read are many times those of others (telegraph noise, loose pins)."""
    step = pl.col("conductance_microsiemens").diff().over("device", order_by="time_s")
    size = pl.col("step").pow(2).mean().sqrt() / pl.col("conductance_microsiemens").mean()
    by_device = rows.with_columns(step.alias("step")).group_by("device", maintain_order=True)
    sizes = by_device.agg(size.alias("size"), pl.col("line").first())
    usual = float(sizes["size"].drop_nulls().median() or 0.0)  # type: ignore[arg-type]
    if usual <= 0:
        return Sifted(rows, ())
    bad = sizes.filter(pl.col("size") > FAR * usual)
    if bad.height > MOST * sizes.height:
        return Sifted(rows, ())
    words = _devices(bad, sizes.height, f"more than {FAR:g} times as noisy as the cell in the middle")
    return Sifted(rows.filter(~pl.col("device").is_in(bad["device"].to_list())), tuple(words))


def _baked(rows: pl.DataFrame) -> Sifted:
    """Leave out cells that a bake moved far more than others of the same bake, by the change since the first read."""
    alike, key = ["temperature_celsius", "look"], ["device", "cycle", "temperature_celsius"]
    first = pl.col("conductance_microsiemens").sort_by("time_s").first().over(key)
    table = rows.with_columns((pl.col("conductance_microsiemens") - first).alias("change"), ALIKE_TIME.alias("look"))
    table = table.with_columns((pl.col("change") - pl.col("change").median().over(alike)).alias("off"))
    table = table.with_columns((pl.col("off").abs().median().over(alike) * _NORMAL).alias("width"))
    moved = table.filter(pl.col("width") > 0)
    if moved.is_empty():
        return Sifted(rows, ())
    usual = pl.col("width").median().over("temperature_celsius")
    far = pl.col("off").abs() > _reach(alike) * pl.max_horizontal("width", 0.5 * usual)
    seen = moved.with_columns(far.alias("far")).group_by("device", maintain_order=True)
    devices = seen.agg(pl.col("far").any(), pl.col("line").first())
    bad = devices.filter("far")
    if bad.height > MOST * devices.height:
        words = f"{bad.height} of {devices.height} devices moved farther than {FAR:g} robust standard deviations from "
        return Sifted(rows, (words + "the rest: too many for outliers, all are kept",))
    words_of = _devices(bad, devices.height, f"moved farther than {FAR:g} robust standard deviations from the others")
    return Sifted(rows.filter(~pl.col("device").is_in(bad["device"].to_list())), tuple(words_of))


def _reach(alike: list[str]) -> pl.Expr:
    return FAR * (1 + 2 / pl.len().over(alike).sqrt())


def _usual(table: pl.DataFrame, alike: list[str]) -> float:
    """The median of the groups' widths."""
    return float(table.group_by(alike).agg(pl.col("width").first())["width"].median() or 0.0)  # type: ignore[arg-type]


def _devices(bad: pl.DataFrame, count: int, why: str) -> list[str]:
    if bad.is_empty():
        return []
    named = _few(f"{device} (line {line})" for device, line in bad.select("device", "line").iter_rows())
    return [f"{bad.height} of {count} devices left out as outliers, {why}: {named}"]


def _few(words: Iterable[str], most: int = 8) -> str:
    every = list(words)
    return ", ".join(every[:most]) + (f" and {len(every) - most} more" if len(every) > most else "")


def require_change(experiment: str, rows: pl.DataFrame) -> None:
    """Refuse readings that are all the same: they tell of the instrument's resolution, not of cells.

    Raises:
        MeasurementError: every reading of the experiment is the same number.
    """
    if rows.height > 1 and rows["conductance_microsiemens"].n_unique() == 1:
        value = rows["conductance_microsiemens"][0]
        raise MeasurementError(
            f"Experiment '{experiment}': all {rows.height} readings are {value:g} uS; a spread cannot be had from them."
        )
