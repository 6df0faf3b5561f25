"""Figures of a study's result: drawn by ``figures(result)`` in ``studies/NAME/figures.py``."""

import importlib

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.study.study_result import StudyResult


def figures_of(result: StudyResult) -> list[CaptionedFigure]:
    """Draw the figures of a result in the common style; none where the study has no figure file."""
    from ohmshot.plot.style import paper_style

    module = f"ohmshot.studies.{result.name.replace('-', '_')}.figures"
    try:
        draw = importlib.import_module(module).figures
    except ModuleNotFoundError as error:
        if error.name == module:
            return []
        raise
    with paper_style():
        return list(draw(result))
