"""A sweep as files for people: page and figures."""

from pathlib import Path

from ohmshot.foundation.files import write_text
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import svg
from ohmshot.report.references import page_environment
from ohmshot.report.shown import save_figures
from ohmshot.report.sweep_figures import sweep_figures
from ohmshot.report.sweep_table import setting_cells, setting_headings
from ohmshot.report.sweep_words import sweep_words
from ohmshot.sweep.result import SweepResult


def write_sweep(result: SweepResult, report: Path | None, figures: Path | None) -> list[Path]:
    """Write what is asked for; returns the paths.

    Args:
        result: of a sweep.
        report: a page that needs nothing else.
        figures: folder for the figures as PNG.
    """
    drawn = sweep_figures(result) if report or figures else []
    written = []
    if report:
        write_text(report, sweep_page(result, drawn))
        written.append(report)
    return written + (save_figures(drawn, figures) if figures else [])


def sweep_page(result: SweepResult, figures: list[CaptionedFigure]) -> str:
    """Return the page."""
    template = page_environment().get_template("sweep.html")
    return template.render(
        result=result,
        words=sweep_words(result),
        figures=[{"svg": svg(each.figure), "caption": each.caption} for each in figures],
        headings=setting_headings(result),
        rows=[setting_cells(result, each) for each in result.settings],
        evaluation=[setting_cells(result, each) for each in (result.search.evaluation if result.search else ())],
    )
