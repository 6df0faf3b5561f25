"""Studies by name. Adding one is one name here and one file ``study/NAME.py`` that defines ``STUDY``."""

import importlib

from ohmshot.foundation.errors import SettingsError
from ohmshot.study.study import Study

STUDIES = [
    "strategies",
    "levels",
    "retention",
    "endurance",
    "energy",
    "validation",
    "hardware-aware",
    "fleet",
    "users",
    "cloud",
    "faults",
]
"""A name with hyphens is a module with underscores; modules load when asked for."""


def study_named(name: str) -> Study:
    """Return a study by its name.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in STUDIES:
        raise SettingsError(f"There is no study '{name}'. Choose one of {', '.join(STUDIES)}.")
    study: Study = importlib.import_module(f"ohmshot.study.{name.replace('-', '_')}").STUDY
    return study
