"""A study's result as files for people: page, Markdown, figures."""

import os
from collections.abc import Sequence
from pathlib import Path

from ohmshot.foundation.files import write_text
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import save_png
from ohmshot.report.study_markdown import study_markdown
from ohmshot.report.study_page import study_page
from ohmshot.study.registry import figures_of
from ohmshot.study.study_result import StudyResult


def write_shown(result: StudyResult, report: Path | None, markdown: Path | None, figures: Path | None) -> list[Path]:
    """Write what is asked for; returns the paths.

    Args:
        result: of a study.
        report: a page that needs nothing else.
        markdown: a page of Markdown, which shows the figures where they are written too.
        figures: folder for the figures as PNG.
    """
    drawn = figures_of(result) if report or figures else []
    written = []
    if report:
        write_text(report, study_page(result, drawn))
        written.append(report)
    if markdown:
        folder = os.path.relpath(figures, markdown.parent) if figures else "."
        write_text(markdown, study_markdown(result, drawn if figures else (), folder))
        written.append(markdown)
    return written + (save_figures(drawn, figures) if figures else [])


def save_figures(figures: Sequence[CaptionedFigure], folder: Path) -> list[Path]:
    """Write figures to a folder as PNG; returns their paths."""
    paths = [folder / f"{each.name}.png" for each in figures]
    for each, path in zip(figures, paths, strict=True):
        save_png(each.figure, path)
    return paths
