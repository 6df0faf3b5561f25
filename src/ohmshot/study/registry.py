"""Studies by name. Adding one is one name here and one folder ``studies/NAME`` whose ``measure.py`` has ``STUDY``."""

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
"""A name with hyphens is a folder with underscores; folders load when asked for."""


def study_named(name: str) -> Study:
    """Return a study by its name.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in STUDIES:
        raise SettingsError(f"There is no study '{name}'. Choose one of {', '.join(STUDIES)}.")
    study: Study = importlib.import_module(f"ohmshot.studies.{name.replace('-', '_')}.measure").STUDY
    return study
