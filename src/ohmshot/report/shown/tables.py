"""Parameter sets, tables of numbers and pages."""

import html
import re
from collections.abc import Iterable

import polars as pl

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.measurements import EXPERIMENTS, Measurements, text_measurements, validated
from ohmshot.foundation.column_names import heading
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import parquet_of
from ohmshot.foundation.sentences import counted, in_column
from ohmshot.report.parameter_page import rows_table
from ohmshot.report.shown.content import Content
from ohmshot.report.table import Shown, terminal_table

ENDS = (0.0, 0.5, 1.0)
_HEADING = re.compile(r"<h[1-3][^>]*>(.*?)</h[1-3]>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def show_parameters(content: Content, width: int) -> list[Shown]:
    """Every row of a parameter set, with status and source."""
    loaded = load_parameter_set(str(content.path))
    return [rows_table(loaded), *(loaded.information.notes or "").splitlines()]


def show_measurements(content: Content, width: int) -> list[Shown]:
    """How many reads of which experiments a table of measurements holds."""
    if content.form == "Parquet":
        return _of_experiments(validated(_frame(content), str(content.path)))
    return _of_experiments(text_measurements(content.path))


def _of_experiments(measured: Measurements) -> list[Shown]:
    rows = [
        (name, f"{part.height:,}", f"{part['device'].n_unique():,}")
        for name, part in ((each, measured.of(each)) for each in EXPERIMENTS)
        if part.height
    ]
    return [terminal_table("Measurements", ("experiment", "reads", "devices"), rows), *measured.notes]


def show_frame(content: Content, width: int) -> list[Shown]:
    """Least, median and largest number of every column, and the texts of those that have few."""
    frame = _frame(content)
    rows = [(heading(name), *_ends(frame[name])) for name in frame.columns]
    title = f"{counted(frame.height, 'row')}, {counted(frame.width, 'column')}"
    return [terminal_table(title, ("column", "least", "median", "largest", "empty"), rows)]


def _ends(column: pl.Series) -> Iterable[str]:
    empty = str(column.null_count() or "")
    if not column.dtype.is_numeric():
        return f"{counted(column.n_unique(), 'value')}", "", "", empty
    found = [column.quantile(end, "nearest") for end in ENDS]
    return *("" if value is None else in_column(float(value), column.name) for value in found), empty


def _frame(content: Content) -> pl.DataFrame:
    try:
        return parquet_of(content.path)
    except ValueError as error:
        raise DataError(f"{content.path} is damaged: {error}.") from error


def show_page(content: Content, width: int) -> list[Shown]:
    """Headings of a page."""
    found = (" ".join(html.unescape(_TAG.sub("", each)).split()) for each in _HEADING.findall(content.text))
    return ["It is read in a browser. Its headings:", *(f"- {each}" for each in found if each)]
