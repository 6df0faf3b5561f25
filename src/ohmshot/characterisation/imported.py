"""A tester's file, or another group's table, into our long table (`ohmshot.characterisation.measurements`)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from ohmshot.characterisation.columns import NAMES, Read, read_as, unit_of
from ohmshot.characterisation.form import Form
from ohmshot.characterisation.testers.keithley import WORKBOOKS, workbook_sheets
from ohmshot.characterisation.testers.keysight import easyexpert_sheets, is_easyexpert
from ohmshot.characterisation.testers.sheet import Sheet, text_cells
from ohmshot.foundation.errors import MeasurementError

LEAST_VOLTAGE = 0.02
"""V; a current at less than this tells no conductance, and is left out."""
OURS = tuple(name for name in NAMES if name not in ("resistance", "resistance_before", "current", "voltage"))
"""Columns of our table, experiment and device first."""


@dataclass
class Imported:
    """A table on its way to ours.

    Attributes:
        table: columns of text or numbers under our names.
        lines: line of each row in the file.
        notes: what was assumed or left out, for people.
    """

    table: pl.DataFrame
    lines: list[int]
    notes: list[str] = field(default_factory=list)
    theirs: list[str] = field(default_factory=list)
    """Heads of the columns as they were, for messages on what is missing."""

    def keep(self, which: pl.Series, reason: str) -> None:
        """Leave out the rows where ``which`` is false, and count them."""
        which = which.fill_null(False)
        gone = len(which) - int(which.sum())
        if gone:
            self.notes.append(f"{gone} of {len(which)} rows left out: {reason}")
            self.table = self.table.filter(which)
            self.lines = [line for line, kept in zip(self.lines, which, strict=True) if kept]


def import_file(path: Path, form: Form, unit_row: Callable[[list[str], list[str], str], bool]) -> Imported:
    """Read a file in any of the forms that `ohmshot.characterisation.testers` knows.

    Args:
        path: the file.
        form: what its table does not say by itself.
        unit_row: tells a row of units below the heads of a plain table (our names, cells, place for messages).

    Raises:
        OSError: it cannot be read.
        ValueError: it is none of these forms.
        MeasurementError: a column cannot be read, or is there twice.
    """
    if path.suffix.lower() in WORKBOOKS:
        sheets = workbook_sheets(path)
    else:
        cells = text_cells(path)
        if not cells.rows:
            raise MeasurementError(f"{path} has no rows.")
        if is_easyexpert(cells):
            sheets = easyexpert_sheets(cells)
            if not sheets:
                raise ValueError("no block of it holds a DataValue")
        elif form.names:
            sheets = [Sheet("", list(form.names), cells.rows, cells.lines)]
        else:
            sheets = [Sheet("", cells.rows[0], cells.rows[1:], cells.lines[1:])]
            return _finished(_one(sheets[0], form, str(path), unit_row), form, path)
    parts = [_one(sheet, form, str(path), None) for sheet in sheets]
    for number, (part, sheet) in enumerate(zip(parts, sheets, strict=True)):
        if "cycle" not in part.table.columns and "cycle" not in form.constants and len(sheets) > 1:
            part.table = part.table.with_columns(pl.lit(float(number)).alias("cycle"))
        if "device" not in part.table.columns and "device" not in form.constants:
            part.table = part.table.with_columns(pl.lit(path.stem).alias("device"))
            part.notes.append(f"the device is named after the file: {path.stem}")
        if sheet.title and len(sheets) > 1:
            part.notes.append(f"cycle {number} is '{sheet.title}'")
    notes = list(dict.fromkeys(note for part in parts for note in part.notes))
    if len(notes) > 6:
        notes = [*notes[:5], f"and {len(notes) - 5} more such notes"]
    whole = Imported(
        pl.concat([part.table for part in parts], how="diagonal_relaxed"),
        [line for part in parts for line in part.lines],
        notes,
        parts[0].theirs,
    )
    return _finished(whole, form, path)


def _one(
    sheet: Sheet, form: Form, origin: str, unit_row: Callable[[list[str], list[str], str], bool] | None
) -> Imported:
    """One sheet under our names."""
    heads = list(sheet.names)
    while heads and not heads[-1] and all(len(row) < len(heads) or not row[len(heads) - 1] for row in sheet.rows):
        heads.pop()
    if form.series is not None:
        return _series(sheet, form, origin)
    reads = _reads(heads, form, origin)
    rows, lines = sheet.rows, sheet.lines
    ours = [read.ours if read else head.lower() for head, read in zip(heads, reads, strict=True)]
    if unit_row is not None and rows and unit_row(ours, rows[0], f"{origin}, line {lines[0]}"):
        rows, lines = rows[1:], lines[1:]
    for row, line in zip(rows, lines, strict=True):
        if any(row[len(heads) :]):
            raise MeasurementError(f"{origin}, line {line}: {len(row)} columns, where the first row has {len(heads)}.")
    columns = {}
    for place, (head, read) in enumerate(zip(heads, reads, strict=True)):
        if read is None and not (form.levels and head.strip().lower() == "range"):
            continue
        cells = [row[place] if place < len(row) and row[place] else None for row in rows]
        columns[read.ours if read else "range"] = _scaled(cells, read)
    table = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String), strict=False)
    if not columns:
        raise MeasurementError(
            f"{origin}: no column of it is known: {', '.join(heads)}. Say which is which by --column."
        )
    return Imported(table, list(lines), theirs=heads)


def _reads(heads: list[str], form: Form, origin: str) -> list[Read | None]:
    """How each column is read: as a person says, by our own name, or by a name that we know."""
    said = {theirs: ours for ours, theirs in form.columns.items()}
    if absent := [theirs for theirs in said if theirs not in heads]:
        raise MeasurementError(f"{origin}: there is no column '{absent[0]}'; the table has {', '.join(heads)}.")
    lower = [head.lower() for head in heads]
    for head in heads:
        if head != "-" and lower.count(head.lower()) > 1:
            raise MeasurementError(f"{origin}: the column {head.lower() or 'without a name'} is there twice.")
    reads: list[Read | None] = []
    for head in heads:
        try:
            found = read_as(head, said.get(head)) if head not in ("", "-") else None
        except MeasurementError as error:
            raise MeasurementError(f"{origin}: {error}") from error
        reads.append(found)
    for ours in {read.ours for read in reads if read}:
        places = [place for place, read in enumerate(reads) if read and read.ours == ours]
        first = [place for place in places if heads[place] in said] or [
            place for place in places if heads[place].strip().lower() == ours
        ]
        if len(places) > 1 and len(first) != 1:
            names = " and ".join(f"'{heads[place]}'" for place in places)
            raise MeasurementError(
                f"{origin}: the columns {names} both look like {ours}; say which by --column {ours}=NAME."
            )
        for place in places:
            if len(places) > 1 and place != first[0]:
                reads[place] = None
    return reads


def _scaled(cells: list[str | None], read: Read | None) -> list[str | None]:
    """Cells in our unit; what is no number stays as it is, to be named with its line."""
    if read is None or (read.factor == 1 and read.shift == 0):
        return cells
    scaled: list[str | None] = []
    for cell in cells:
        try:
            scaled.append(None if cell is None else repr(float(cell) * read.factor + read.shift))
        except ValueError:
            scaled.append(cell)
    return scaled


def _series(sheet: Sheet, form: Form, origin: str) -> Imported:
    """Rows of many readings each."""
    assert form.series is not None
    unit, step = form.series
    factor, _ = unit_of(unit, "s", "series")
    device = list(form.names).index("address") if "address" in form.names else 0
    devices, times, values, lines = [], [], [], []
    for row, line in zip(sheet.rows, sheet.lines, strict=True):
        try:
            numbers = np.array([cell for cell in row[len(form.names) :] if cell], dtype=float) * factor
        except ValueError as error:
            raise MeasurementError(f"{origin}, line {line}: {error}.") from error
        devices += [f"{row[device]}-{line}"] * len(numbers)
        times.append(np.arange(len(numbers)) * step)
        values.append(numbers)
        lines += [line] * len(numbers)
    table = {"device": devices, "time_s": np.concatenate(times), "conductance_microsiemens": np.concatenate(values)}
    return Imported(pl.DataFrame(table), lines)


def _finished(seen: Imported, form: Form, path: Path) -> Imported:
    """Constants, conductances from resistances and currents, levels, sequences and filters."""
    origin = str(path)
    for name, value in form.constants.items():
        if name not in OURS:
            raise MeasurementError(f"There is no column {name}; ours are {', '.join(OURS)}.")
        seen.table = seen.table.with_columns(pl.lit(value).alias(name))
    _conductances(seen, origin)
    for name in ("gate_voltage_v", "source_voltage_v"):
        if name in seen.table.columns and (form.names or form.ramp):
            seen.table = seen.table.with_columns(_number(seen.table, name).abs().alias(name))
    if form.levels is not None and "range" in seen.table.columns:
        width, ranges = form.levels
        middle = ((pl.col("range").cast(pl.Float64, strict=False) / ranges).floor() + 0.5) * ranges * width
        seen.table = seen.table.with_columns(middle.alias("target_microsiemens")).drop("range")
    if form.ramp == "row":
        seen.table = seen.table.with_columns(pl.int_range(pl.len()).cast(pl.Float64).alias("cycle"))
    elif form.ramp:
        fell = _number(seen.table, form.ramp).diff() <= 0
        other = seen.table["device"] != seen.table["device"].shift(1)
        seen.table = seen.table.with_columns((fell | other).fill_null(True).cum_sum().cast(pl.Float64).alias("cycle"))
    for name, (least, most) in form.keep.items():
        if name in seen.table.columns:
            number = _number(seen.table, name)
            seen.keep(number.is_between(least, most), f"{name} outside {least:g} to {most:g}")
    if form.duplicates == "last":
        key = [
            name
            for name in ("device", "cycle", "target_microsiemens", "temperature_celsius", "time_s")
            if name in seen.table.columns
        ]
        seen.keep(
            seen.table.select(pl.struct(key).is_last_distinct().alias("k"))["k"], "the same cell and moment again"
        )
    return seen


def _conductances(seen: Imported, origin: str) -> None:
    columns = seen.table.columns
    for ours, theirs in (
        ("conductance_microsiemens", "resistance"),
        ("conductance_before_microsiemens", "resistance_before"),
    ):
        if theirs in columns and ours not in columns:
            resistance = _number(seen.table, theirs)
            seen.keep(resistance > 0, "the resistance is not above 0")
            seen.table = seen.table.with_columns((1e6 / _number(seen.table, theirs)).alias(ours))
    if "conductance_microsiemens" not in seen.table.columns and "current" in columns:
        if "voltage" not in columns:
            raise MeasurementError(
                f"{origin}: a current tells a conductance only beside a voltage; say which: --column voltage=NAME."
            )
        seen.keep(
            _number(seen.table, "voltage").abs() >= LEAST_VOLTAGE, f"less than {LEAST_VOLTAGE:g} V tell no conductance"
        )
        seen.keep(_number(seen.table, "current").abs() > 0, "there is no current")
        volts, amperes = _number(seen.table, "voltage").abs(), _number(seen.table, "current").abs()
        seen.table = seen.table.with_columns((amperes / volts).alias("conductance_microsiemens"))
    sweep = "voltage" in seen.table.columns and not {"gate_voltage_v", "source_voltage_v"} & set(seen.table.columns)
    if sweep and "experiment" in seen.table.columns and seen.table["experiment"].eq("ramp").any():
        seen.table = seen.table.with_columns(_number(seen.table, "voltage").abs().alias("source_voltage_v"))
    seen.table = seen.table.drop(
        [name for name in ("resistance", "resistance_before", "current", "voltage") if name in seen.table.columns]
    )


def _number(table: pl.DataFrame, name: str) -> pl.Series:
    return table[name].cast(pl.Float64, strict=False)
