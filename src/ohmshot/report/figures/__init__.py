"""Figures of the studies: one file ``report/figures/NAME.py`` a study, with ``figures(result)``.

A study's figures are found by the study's name, so registering the study registers them.
"""

import importlib
import importlib.util
from dataclasses import dataclass

from matplotlib.figure import Figure

from ohmshot.study.study_result import StudyResult


@dataclass(frozen=True)
class CaptionedFigure:
    """A figure as a page shows it.

    Attributes:
        name: of its file, without an ending.
        figure: drawn inside `ohmshot.report.style.paper_style`.
        caption: what is drawn and what the bars mean; numbers only where they come from the result.
    """

    name: str
    figure: Figure
    caption: str


def figures_of(result: StudyResult) -> list[CaptionedFigure]:
    """Draw the figures of a result in the common style; none where the study has no figure file."""
    from ohmshot.report.style import paper_style

    module = f"ohmshot.report.figures.{result.name.replace('-', '_')}"
    try:
        draw = importlib.import_module(module).figures
    except ModuleNotFoundError as error:
        if error.name == module:
            return []
        raise
    with paper_style():
        return list(draw(result))
