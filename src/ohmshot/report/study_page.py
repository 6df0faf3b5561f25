"""The result of any study as one page of HTML, or of Markdown for the documentation."""

from collections.abc import Sequence

import polars as pl

from ohmshot.foundation.column_names import heading
from ohmshot.foundation.sentences import in_column
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.report.page import render_page
from ohmshot.study.study_result import DRAWN_HERE, StudyResult

ROWS_SHOWN = 40
"""Most rows of a table on a page; the JSON and the Parquet files hold all."""


def study_page(result: StudyResult, figures: Sequence[CaptionedFigure]) -> str:
    """Return the page as HTML, with the figures inside."""
    return render_page("study.html", result.citations, result=result, figures=figures, tables=_tables(result))


def study_markdown(result: StudyResult, figures: Sequence[CaptionedFigure] = (), folder: str = ".") -> str:
    """Return title, question, findings, figures, tables and assumptions, and the command that makes it again.

    Args:
        result: the result of the study.
        figures: figures that lie as PNG in a folder.
        folder: path of that folder from the page.
    """
    run = result.run
    source = "" if run.data == DRAWN_HERE else f" --source {run.data.split()[0]}"
    command = (
        f"ohmshot study {result.name}{source} --chips {run.chips} --episodes {run.episodes} "
        f"--seed {run.seed} --strategy {run.strategy} --parameters {run.parameters} --size {run.size}"
    ) + "".join(f" --assume {each}" for each in run.assume)
    shown = {"result": result, "figures": figures, "tables": _tables(result)}
    return render_page("study.md", result.citations, command=command, folder=folder, **shown)


def _tables(result: StudyResult) -> list[dict[str, object]]:
    """Name, columns, rows as text, and the number of rows that are left out, of each table."""
    return [
        {
            "name": name.replace("_", " "),
            "columns": [heading(column) for column in frame.columns],
            "rows": [list(map(cell_text, row, frame.columns)) for row in shown.iter_rows()],
            "left": frame.height - shown.height,
        }
        for name, frame in result.tables.items()
        for shown in (rows_shown(frame),)
    ]


def rows_shown(frame: pl.DataFrame) -> pl.DataFrame:
    """Rows that a page has room for; of a long table, rows whose measured numbers are all 0 go first."""
    if frame.height <= ROWS_SHOWN:
        return frame
    numbers = [name for name, kind in frame.schema.items() if kind.is_float() and frame[name].n_unique() > 1]
    telling = frame.filter(pl.any_horizontal(pl.col(numbers).fill_null(0.0) != 0)) if numbers else frame
    return _some_of_each(telling if telling.height else frame)


def _some_of_each(frame: pl.DataFrame) -> pl.DataFrame:
    """As many rows as are shown, the first ones of each kind.

    Kinds are told by the leading columns of text, as far as these tell no more kinds than rows are shown.
    """
    kinds: list[str] = []
    for name, kind in frame.schema.items():
        if kind == pl.String and frame.select(*kinds, name).n_unique() <= ROWS_SHOWN:
            kinds.append(name)
    if not kinds:
        return frame.head(ROWS_SHOWN)
    place = frame.select(place=pl.int_range(pl.len()).over(kinds)).with_row_index("row")
    shown = place.sort("place", "row").head(ROWS_SHOWN)["row"].sort()
    return frame[shown.to_list()]


def cell_text(value: object, column: str = "") -> str:
    """Write a value of a column: four significant digits, nothing for what could not be measured."""
    if value is None:
        return ""
    return in_column(value, column) if isinstance(value, float) else str(value)
