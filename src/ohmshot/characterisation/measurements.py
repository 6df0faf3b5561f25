"""Measurements of a wafer as one long table: the meaning of its columns, and reading it from CSV or Parquet.

One row is one read. Which columns a row needs depends on its experiment (`EXPERIMENTS`); others stay empty, and
columns that are not listed are ignored (wafer, die, operator). docs/fitting.md describes each.
"""

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.files import replacing


@dataclass(frozen=True)
class Column:
    """A column of numbers.

    Attributes:
        meaning: meaning for people.
        minimum: smallest possible value.
        maximum: largest possible value.
        whole: true where only whole numbers are possible.
    """

    meaning: str
    minimum: float
    maximum: float
    whole: bool = False


COLUMNS: dict[str, Column] = {
    "cycle": Column("SET/RESET cycle of the device, or of its programming", 0, 1e12, whole=True),
    "gate_voltage_v": Column("gate (word line) voltage of the SET", 0, 10),
    "compliance_ua": Column("compliance current of the SET, where it was measured", 1e-3, 1e4),
    "target_us": Column("conductance that the cell was programmed to; rows of one target are one level", 1e-3, 1e5),
    "source_voltage_v": Column("source line voltage of the RESET", 0, 10),
    "conductance_before_us": Column("read just before the RESET", 1e-4, 1e5),
    "conductance_us": Column("the read", 1e-4, 1e5),
    "time_s": Column("since the pulse, since the first read, or of the bake", 0, 1e10),
    "temperature_celsius": Column("of the bake; else of the measurement", -273.15, 1000),
}
"""Columns of numbers; ``experiment`` and ``device`` are text."""

EXPERIMENTS: dict[str, tuple[str, ...]] = {
    "set": ("cycle", "conductance_us"),
    "reset": ("cycle", "source_voltage_v", "conductance_before_us", "conductance_us"),
    "read": ("time_s", "conductance_us"),
    "relaxation": ("cycle", "target_us", "time_s", "conductance_us"),
    "retention": ("cycle", "temperature_celsius", "time_s", "conductance_us"),
}
"""Columns that each experiment needs, beside ``experiment`` and ``device``; a SET needs its gate voltage or its
compliance current too."""

_MOMENT = ("cycle", "temperature_celsius", "time_s")
"""Columns that with the device tell the rows of an experiment apart, where it needs them: a SET row is a SET after its
own RESET, and so on."""


@dataclass(frozen=True)
class Measurements:
    """Validated measurements.

    Attributes:
        origin: name of the file, for messages and sources.
        table: all rows; ``experiment`` and ``device`` text, every column of `COLUMNS` Float64 (null where empty).
    """

    origin: str
    table: pl.DataFrame

    def of(self, experiment: str) -> pl.DataFrame:
        """Rows of one experiment, in the order of device, cycle and time."""
        rows = self.table.filter(pl.col("experiment") == experiment)
        return rows.sort("device", "cycle", "temperature_celsius", "time_s", nulls_last=False)

    def has(self, experiment: str) -> bool:
        """True if there is any row of an experiment."""
        return not self.of(experiment).is_empty()


def load_measurements(path: Path) -> Measurements:
    """Read and validate a table of measurements.

    Args:
        path: ``.csv``, or ``.parquet``.

    Raises:
        MeasurementError: no such file or format, a column is missing, or a row is impossible; the message names
            file, line and column.
    """
    if not path.is_file():
        raise MeasurementError(f"There is no file {path}.")
    try:
        if path.suffix.lower() == ".parquet":
            raw = pl.read_parquet(path)
        elif path.suffix.lower() == ".csv":
            # As text: a number that is none must be named with its line, not guessed to be a name.
            raw = pl.read_csv(path, infer_schema=False)
        else:
            raise MeasurementError(f"{path} is neither .csv nor .parquet.")
    except (pl.exceptions.PolarsError, OSError) as error:
        reason = str(error).strip().split("\n")[0]
        raise MeasurementError(f"{path} cannot be read as a table: {reason}.") from error
    return validated(raw, str(path), first_line=2 if path.suffix.lower() == ".csv" else 1)


def write_measurements(table: pl.DataFrame, path: Path) -> None:
    """Write a table of measurements as ``.csv`` or ``.parquet``, whole or not at all.

    Raises:
        MeasurementError: another format.
    """
    columns = ["experiment", "device", *(name for name in COLUMNS if name in table.columns)]
    ordered = table.select(columns).with_columns(pl.col("cycle").cast(pl.Int64))
    suffix = path.suffix.lower()
    if suffix not in (".csv", ".parquet"):
        raise MeasurementError(f"{path} is neither .csv nor .parquet.")
    with replacing(path) as temporary:
        if suffix == ".csv":
            # Readings to six digits, as a tester writes them.
            ordered.with_columns(pl.col(pl.Float64).round_sig_figs(6)).write_csv(temporary)
        else:
            ordered.write_parquet(temporary)


def validated(raw: pl.DataFrame, origin: str, first_line: int = 1) -> Measurements:
    """Check a table of measurements.

    Args:
        raw: with the columns of the module's documentation, as text or numbers.
        origin: names the table in messages.
        first_line: number of the first row, as a person counts it in the file.

    Raises:
        MeasurementError: see `load_measurements`.
    """
    where = _Place(origin, first_line)
    _require_columns(raw, ("experiment", "device"), origin, "every table")
    if raw.is_empty():
        raise MeasurementError(f"{origin} has no rows.")
    table = raw.with_columns(pl.col("experiment", "device").cast(pl.String).str.strip_chars())
    unknown = ~pl.col("experiment").is_in(list(EXPERIMENTS)) | pl.col("experiment").is_null()
    where.require(table, "experiment", unknown, f"must be one of {', '.join(EXPERIMENTS)}")
    where.require(table, "device", pl.col("device").is_null() | (pl.col("device") == ""), "is empty; name the device")
    for experiment in table["experiment"].unique(maintain_order=True):
        _require_columns(table, EXPERIMENTS[experiment], origin, f"experiment '{experiment}'")
    table = table.with_columns(_numbers(table, name, where) for name in COLUMNS)
    table = table.select("experiment", "device", *COLUMNS)
    for experiment, needed in EXPERIMENTS.items():
        here = pl.col("experiment") == experiment
        for name in needed:
            where.require(table, name, here & pl.col(name).is_null(), f"is empty; experiment '{experiment}' needs it")
        if experiment == "set":
            bare = here & pl.col("gate_voltage_v").is_null() & pl.col("compliance_ua").is_null()
            where.require(table, "gate_voltage_v", bare, "is empty; a SET needs it, or compliance_ua")
        key = ("device", *(name for name in _MOMENT if name in needed))
        again = here & pl.struct("experiment", *key).is_duplicated()
        same = " and ".join(key)
        where.require(table, "experiment", again, f"'{experiment}': another row has the same {same}")
    return Measurements(origin, table)


@dataclass(frozen=True)
class _Place:
    """Names places of a table for people."""

    origin: str
    first_line: int

    def require(self, table: pl.DataFrame, column: str, wrong: pl.Expr, message: str) -> None:
        """Raise for the first row where ``wrong`` is true."""
        rows = table.select(wrong.fill_null(False).arg_true().alias("row"))["row"]
        if len(rows):
            raise MeasurementError(f"{self.origin}, line {self.first_line + int(rows[0])}: {column} {message}.")


def _require_columns(table: pl.DataFrame, names: tuple[str, ...], origin: str, who: str) -> None:
    if missing := [name for name in names if name not in table.columns]:
        raise MeasurementError(f"{origin}: the column {', '.join(missing)} is missing; {who} needs it.")


def _numbers(table: pl.DataFrame, name: str, where: _Place) -> pl.Series:
    """One column as Float64, checked; all null where the table does not have it."""
    if name not in table.columns:
        return pl.Series(name, [None] * table.height, dtype=pl.Float64)
    column = pl.col(name)
    if table.schema[name] == pl.String:
        table = table.with_columns(column.str.strip_chars().replace("", None))
    cast = table.with_columns(column.cast(pl.Float64, strict=False).alias("number"))
    where.require(cast, name, column.is_not_null() & pl.col("number").is_null(), "is not a number")
    number, rule = pl.col("number"), COLUMNS[name]
    where.require(cast, name, number.is_not_null() & ~number.is_finite(), "is not a finite number")
    outside = (number < rule.minimum) | (number > rule.maximum)
    where.require(cast, name, outside, f"must lie between {rule.minimum:g} and {rule.maximum:g}")
    if rule.whole:
        where.require(cast, name, number != number.floor(), "must be a whole number")
    return cast["number"].alias(name)
