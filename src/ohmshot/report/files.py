"""The result of a study or a sweep as files for people: page, Markdown, figures."""

import os
from pathlib import Path

from ohmshot.foundation.errors import DataError
from ohmshot.foundation.files import write_text
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import save_png
from ohmshot.report.shown.content import content_of
from ohmshot.report.shown.kinds import kind_of
from ohmshot.report.shown.results import record_of
from ohmshot.report.study_page import study_markdown, study_page
from ohmshot.report.sweep_figures import sweep_figures
from ohmshot.report.sweep_page import sweep_page
from ohmshot.study.registry import figures_of
from ohmshot.study.study_result import StudyResult
from ohmshot.sweep.result import SweepResult


def drawn_again(path: Path, markdown: Path | None) -> StudyResult | SweepResult:
    """Read what `write_files` can draw.

    Args:
        path: the result of a study or a sweep.
        markdown: page of Markdown that is asked for, which only studies have.

    Raises:
        DataError: it is something else.
    """
    content = content_of(path)
    if content.mark == "ohmshot-sweep" and markdown is None:
        return record_of(content, SweepResult)
    if content.mark == "ohmshot-study":
        return record_of(content, StudyResult)
    kind = kind_of(content)
    named = kind.name if kind is not None else "no result of ohmshot"
    raise DataError(
        f"{path} is {named}: --report and --figures draw results of `ohmshot study --json` and `ohmshot sweep "
        "--json`, --markdown those of a study. Leave them out to see what it holds."
    )


def write_files(
    result: StudyResult | SweepResult, report: Path | None, figures: Path | None, markdown: Path | None = None
) -> list[Path]:
    """Write what is asked for; returns the paths.

    Args:
        result: the result of a study or a sweep.
        report: a page that needs nothing else.
        figures: folder for the figures as PNG.
        markdown: a study's page of Markdown, which shows the figures where they are written too.
    """
    drawn: list[CaptionedFigure] = []
    written = []
    if report or figures:
        drawn = figures_of(result) if isinstance(result, StudyResult) else sweep_figures(result)
    if report:
        page = study_page(result, drawn) if isinstance(result, StudyResult) else sweep_page(result, drawn)
        write_text(report, page)
        written.append(report)
    if markdown and isinstance(result, StudyResult):
        folder = os.path.relpath(figures, markdown.parent) if figures else "."
        write_text(markdown, study_markdown(result, drawn if figures else (), folder))
        written.append(markdown)
    if figures:
        for each in drawn:
            written.append(figures / f"{each.name}.png")
            save_png(each.figure, written[-1])
    return written
