"""The page of a sweep."""

from collections.abc import Sequence

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.report.page import render_page
from ohmshot.report.sweep_table import setting_cells, setting_headings
from ohmshot.report.sweep_words import sweep_words
from ohmshot.sweep.result import SweepResult


def sweep_page(result: SweepResult, figures: Sequence[CaptionedFigure]) -> str:
    """Return the page."""
    return render_page(
        "sweep.html",
        result.citations,
        result=result,
        words=sweep_words(result),
        figures=figures,
        headings=setting_headings(result),
        rows=[setting_cells(result, each) for each in result.settings],
        evaluation=[setting_cells(result, each) for each in (result.search.evaluation if result.search else ())],
    )
