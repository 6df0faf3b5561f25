"""Measurements of a wafer as one long table: the meaning of its columns, and reading it from CSV or Parquet.

One row is one read. Which columns a row needs depends on its experiment (`EXPERIMENTS`); others stay empty, and
columns that are not listed are ignored (wafer, die, operator). docs/fitting.md describes each.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ohmshot.characterisation.form import Form
from ohmshot.characterisation.imported import import_file
from ohmshot.characterisation.testers.keithley import WORKBOOKS
from ohmshot.foundation.column_names import with_current_columns
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.foreign_files import parquet_of
from ohmshot.foundation.frame_files import write_csv, write_parquet
from ohmshot.foundation.units import ZERO_CELSIUS_K


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
    "target_microsiemens": Column(
        "conductance that the cell was programmed to; rows of one target are one level", 1e-3, 1e5
    ),
    "source_voltage_v": Column("source line voltage of the RESET", 0, 10),
    "conductance_before_microsiemens": Column("read just before the RESET", 1e-4, 1e5),
    "conductance_microsiemens": Column("the read", 1e-4, 1e5),
    "time_s": Column("since the pulse, since the first read, or of the bake", 0, 1e10),
    "temperature_celsius": Column("of the bake; else of the measurement", -273.15, 1000),
}
"""Columns of numbers; ``experiment`` and ``device`` are text."""

_USUAL = {
    "conductance_microsiemens": (0.1, 2000.0, "millisiemens or siemens", "nanosiemens"),
    "conductance_before_microsiemens": (0.1, 2000.0, "millisiemens or siemens", "nanosiemens"),
    "target_microsiemens": (0.1, 2000.0, "millisiemens or siemens", "nanosiemens"),
    "temperature_celsius": (-100.0, 272.0, "another scale than Celsius", "kelvin"),
}
"""Medians of a wafer between which nothing is said (our choice: cells of 0.1 uS to 2 mS, bakes below 273 degrees), and
what lies below and above looks like."""

EXPERIMENTS: dict[str, tuple[str, ...]] = {
    "set": ("cycle", "conductance_microsiemens"),
    "reset": ("cycle", "source_voltage_v", "conductance_before_microsiemens", "conductance_microsiemens"),
    "ramp": ("cycle", "conductance_microsiemens"),
    "read": ("time_s", "conductance_microsiemens"),
    "relaxation": ("cycle", "target_microsiemens", "time_s", "conductance_microsiemens"),
    "retention": ("cycle", "temperature_celsius", "time_s", "conductance_microsiemens"),
}
"""Columns that each experiment needs, beside ``experiment`` and ``device``; a SET needs its gate voltage or its
compliance current too."""

TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
"""Endings of the names of tables as text."""

_SIGNS_OF_UNITS = str.maketrans({"\u00b5": "u", "\u03bc": "u", "\u00b0": None})
"""Both signs for micro, and that of a degree."""

_NO_UNIT = ("-", "\u2013", "1", "[]", "()", "[-]", "(-)", "n/a", "none", "None")
"""What stands in a row of units below a column that has none."""

_MOMENT = ("cycle", "temperature_celsius", "time_s")
"""Columns that with the device tell the rows of an experiment apart, where it needs them: a SET row is a SET after its
own RESET, and so on."""


@dataclass(frozen=True)
class Measurements:
    """Validated measurements.

    Attributes:
        origin: name of the file, for messages and sources.
        table: all rows; ``experiment`` and ``device`` text, every column of `COLUMNS` Float64 (null where empty), and
            ``line``, the number of the row as a person counts it in the file.
        notes: what was assumed or left out as the file was read, for people.
    """

    origin: str
    table: pl.DataFrame
    notes: tuple[str, ...] = ()

    def of(self, experiment: str) -> pl.DataFrame:
        """Rows of one experiment, in the order of device, cycle and time."""
        rows = self.table.filter(pl.col("experiment") == experiment)
        return rows.sort("device", "cycle", "temperature_celsius", "time_s", nulls_last=False, maintain_order=True)

    def where(self, experiment: str) -> str:
        """Name the lines of an experiment."""
        lines = self.table.filter(pl.col("experiment") == experiment)["line"].sort()
        return f"{self.origin}, lines {lines[0]} to {lines[-1]}"

    def has(self, experiment: str) -> bool:
        """True if there is any row of an experiment."""
        return not self.of(experiment).is_empty()


def load_measurements(path: Path, form: Form | None = None) -> Measurements:
    """Read and validate a table of measurements.

    Args:
        path: ``.parquet``; text (`TEXT_SUFFIXES`, also compressed by gzip) in any form that
            `ohmshot.foundation.table_files` reads, with or without a row of units below the names, and with other
            people's names and units (`ohmshot.characterisation.columns`); an export of Keysight EasyEXPERT; or a
            workbook of a Keithley 4200.
        form: what the file does not say by itself.

    Raises:
        MeasurementError: no such file or format, a column is missing, or a row is impossible; the message names
            file, line and column.
    """
    if not path.is_file():
        raise MeasurementError(f"There is no file {path}.")
    suffix = Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    try:
        if suffix == ".parquet":
            return validated(with_current_columns(parquet_of(path)), str(path))
        if suffix in (*TEXT_SUFFIXES, *WORKBOOKS):
            return text_measurements(path, form)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:
        reason = str(error).strip().split("\n")[0]
        raise MeasurementError(f"{path} cannot be read as a table: {reason}.") from error
    raise MeasurementError(
        f"{path} is neither text ({', '.join(TEXT_SUFFIXES)}) nor a workbook ({', '.join(WORKBOOKS)}) nor .parquet."
    )


def text_measurements(path: Path, form: Form | None = None) -> Measurements:
    """Read and validate a table of text or a workbook, whatever it is called; see `load_measurements`."""
    seen = import_file(path, form or Form(), _is_row_of_units)
    return validated(seen.table, str(path), seen.lines, tuple(seen.notes), tuple(seen.theirs))


def _is_row_of_units(names: list[str], row: list[str], where: str) -> bool:
    """Whether a row below the names says units alone; they must be those of the names.

    Raises:
        MeasurementError: a unit is another than the column's.
    """
    cells = {name: "" if cell in _NO_UNIT else cell for name, cell in zip(names, row, strict=False)}
    said = {
        name: cell.strip("()[] ").replace("\u00b5", "u").replace("\u03bc", "u") for name, cell in cells.items() if cell
    }
    numbers = [name for name in said if name in COLUMNS]
    if cells.get("experiment") or not numbers or any(_is_number(said[name]) for name in numbers):
        return False
    for name in numbers:
        unit = name.rsplit("_", 1)[-1]
        meant = said[name].lower().translate(_SIGNS_OF_UNITS).replace("deg", "").strip()
        if meant not in (unit, {"celsius": "c", "microsiemens": "us"}.get(unit, unit)):
            raise MeasurementError(f"{where}: the unit '{cells[name]}' for {name}. Convert the column, or correct it.")
    return True


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
    if suffix == ".csv":  # readings to six digits, as a tester writes them
        write_csv(path, ordered.with_columns(pl.col(pl.Float64).round_sig_figs(6)))
    else:
        write_parquet(path, ordered)


def validated(
    raw: pl.DataFrame,
    origin: str,
    lines: Sequence[int] | None = None,
    notes: tuple[str, ...] = (),
    theirs: tuple[str, ...] = (),
) -> Measurements:
    """Check a table of measurements.

    Args:
        raw: with the columns of the module's documentation, as text or numbers.
        origin: names the table in messages.
        lines: number of each row, as a person counts them in the file; by default from 1.
        notes: what was assumed or left out before.
        theirs: heads of the file's columns, for messages; by default those of ``raw``.

    Raises:
        MeasurementError: see `load_measurements`.
    """
    where = _Place(origin, range(1, 1 + raw.height) if lines is None else lines)
    heads = theirs or tuple(raw.columns)
    _require_columns(raw, ("experiment", "device"), origin, "every table", heads)
    if raw.is_empty():
        raise MeasurementError(f"{origin} has no rows.")
    table = raw.with_columns(pl.col("experiment", "device").cast(pl.String).str.strip_chars())
    table = table.with_columns(pl.col("experiment").str.to_lowercase())
    unknown = ~pl.col("experiment").is_in(list(EXPERIMENTS)) | pl.col("experiment").is_null()
    where.require(table, "experiment", unknown, f"must be one of {', '.join(EXPERIMENTS)}")
    where.require(table, "device", pl.col("device").is_null() | (pl.col("device") == ""), "is empty; name the device")
    for experiment in table["experiment"].unique(maintain_order=True):
        _require_columns(table, EXPERIMENTS[experiment], origin, f"experiment '{experiment}'", heads)
    table = table.with_columns(_numbers(table, name, where) for name in COLUMNS)
    table = table.select("experiment", "device", *COLUMNS).with_columns(
        pl.Series("line", list(where.lines), dtype=pl.Int64)
    )
    for experiment, needed in EXPERIMENTS.items():
        here = pl.col("experiment") == experiment
        for name in needed:
            where.require(table, name, here & pl.col(name).is_null(), f"is empty; experiment '{experiment}' needs it")
        if experiment == "ramp":
            bare = here & pl.col("gate_voltage_v").is_null() & pl.col("source_voltage_v").is_null()
            where.require(table, "source_voltage_v", bare, "is empty; a ramp needs it, or gate_voltage_v")
        if experiment == "set":
            bare = here & pl.col("gate_voltage_v").is_null() & pl.col("compliance_ua").is_null()
            where.require(table, "gate_voltage_v", bare, "is empty; a SET needs it, or compliance_ua")
        if experiment == "ramp":
            # The rows of one sequence share device and cycle; their order is that of the file.
            continue
        key = ("device", *(name for name in _MOMENT if name in needed))
        again = here & pl.struct("experiment", *key).is_duplicated()
        same = " and ".join(key)
        where.require(table, "experiment", again, f"'{experiment}': another row has the same {same}")
    return Measurements(origin, table, (*notes, *_doubts(table)))


def _doubts(table: pl.DataFrame) -> list[str]:
    """What may be in another unit than its column says, though it may also be right."""
    doubts = []
    for name, (low, high, below, above) in _USUAL.items():
        middle = table[name].median()
        if isinstance(middle, float) and not low <= middle <= high:
            looks = below if middle < low else above
            doubts.append(
                f"the median of {name} is {middle:.4g}: these look like {looks}; correct the column if they are"
            )
    return doubts


@dataclass(frozen=True)
class _Place:
    """Names places of a table for people."""

    origin: str
    lines: Sequence[int]

    def require(self, table: pl.DataFrame, column: str, wrong: pl.Expr, message: str) -> None:
        """Raise for the first row where ``wrong`` is true."""
        rows = table.select(wrong.fill_null(False).arg_true().alias("row"))["row"]
        if len(rows):
            raise MeasurementError(f"{self.origin}, line {self.lines[int(rows[0])]}: {column} {message}.")


def _require_columns(
    table: pl.DataFrame, names: tuple[str, ...], origin: str, who: str, heads: tuple[str, ...]
) -> None:
    if missing := [name for name in names if name not in table.columns]:
        raise MeasurementError(
            f"{origin}: the column {', '.join(missing)} is missing; {who} needs it. The table has "
            f"{', '.join(heads)}. Say which is which by --column OURS=THEIRS, or what every row has by --constant."
        )


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
    if name.endswith("_microsiemens"):
        siemens = (number > 0) & (number < rule.minimum) & (number * 1e6).is_between(rule.minimum, rule.maximum)
        where.require(cast, name, siemens, "looks like siemens; give microsiemens, 1e6 times as much")
    if name.endswith("_celsius"):
        kelvin = (number > 200) & ((number - ZERO_CELSIUS_K) - (number - ZERO_CELSIUS_K).round()).abs().lt(1e-6)
        where.require(cast, name, kelvin, f"looks like kelvin; give degrees Celsius, {ZERO_CELSIUS_K} less")
    outside = (number < rule.minimum) | (number > rule.maximum)
    where.require(cast, name, outside, f"must lie between {rule.minimum:g} and {rule.maximum:g}")
    if rule.whole:
        where.require(cast, name, number != number.floor(), "must be a whole number")
    return cast["number"].alias(name)
