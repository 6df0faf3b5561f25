"""Studies by name, and their figures.

Adding one is one name here and one folder ``studies/NAME`` whose ``measure.py`` has ``STUDY``.
"""

import importlib
from typing import TYPE_CHECKING

from ohmshot.foundation.errors import SettingsError
from ohmshot.study.study import Study
from ohmshot.study.study_result import StudyResult

if TYPE_CHECKING:  # matplotlib is slow to load
    from ohmshot.plot.captioned import CaptionedFigure

STUDIES = [
    "strategies",
    "levels",
    "retention",
    "endurance",
    "energy",
    "validation",
    "hardware-aware",
    "many-ways",
    "incremental",
    "regression",
    "fleet",
    "users",
    "cloud",
    "faults",
    "controller",
]
"""A name with hyphens is a folder with underscores; folders load when asked for."""


def study_named(name: str) -> Study:
    """Return a study by its name.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in STUDIES:
        raise SettingsError(f"There is no study '{name}'. Choose one of {', '.join(STUDIES)}.")
    study: Study = importlib.import_module(f"{_folder(name)}.measure").STUDY
    return study


def figures_of(result: StudyResult) -> "list[CaptionedFigure]":
    """Draw the figures of a result in the common style; none where the study has no ``figures.py``."""
    from ohmshot.plot.style import paper_style

    name = f"{_folder(result.name)}.figures"
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name:
            raise
        return []
    with paper_style():
        return list(module.figures(result))


def _folder(name: str) -> str:
    return f"ohmshot.studies.{name.replace('-', '_')}"
