"""One self-contained HTML page for any study: figures inside, nothing to load."""

from collections.abc import Sequence

import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.report.page import render_page
from ohmshot.study.study_result import StudyResult

ROWS_SHOWN = 40
"""Most rows of a table on a page; the JSON and the Parquet files hold all."""


def study_page(result: StudyResult, figures: Sequence[CaptionedFigure]) -> str:
    """Return the page."""
    tables = [_shown(name, frame) for name, frame in result.tables.items()]
    return render_page("study.html", result.citations, result=result, figures=figures, tables=tables)


def _shown(name: str, frame: pl.DataFrame) -> dict[str, object]:
    rows = [[cell_text(value) for value in row] for row in frame.head(ROWS_SHOWN).iter_rows()]
    return {"name": name.replace("_", " "), "columns": frame.columns, "rows": rows, "left": frame.height - len(rows)}


def cell_text(value: object) -> str:
    """Write a value of a table: four significant digits, nothing for what could not be measured."""
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
