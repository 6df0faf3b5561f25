"""The page of a sweep."""

from collections.abc import Sequence

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.report.page import render_page
from ohmshot.report.sweep_table import setting_columns
from ohmshot.report.sweep_words import sweep_words
from ohmshot.sweep.result import JUDGED, SettingResult, SweepResult


def sweep_page(result: SweepResult, figures: Sequence[CaptionedFigure]) -> str:
    """Return the page; its settings are a table of all, and one of the winner and the baseline after a search."""
    tables = {"Settings": _table(result, result.settings)}
    if result.search and result.search.evaluation:
        tables = {"On evaluation alphabets, after the choice": _table(result, result.search.evaluation)} | tables
    words = sweep_words(result)
    return render_page("sweep.html", result.citations, result=result, words=words, figures=figures, tables=tables)


def _table(result: SweepResult, settings: Sequence[SettingResult]) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return headings and rows."""
    values, measured = setting_columns(result, settings, JUDGED)
    columns = values | measured
    return list(columns), list(zip(*columns.values(), strict=True))
