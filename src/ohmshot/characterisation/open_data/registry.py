"""The sets that one command fits again, by name."""

from collections.abc import Callable
from pathlib import Path

from ohmshot.characterisation.open_data.leti import leti_all_pessimistic, leti_with_measured_spreads
from ohmshot.characterisation.open_data.neurram import neurram
from ohmshot.characterisation.open_data.raw_set import RawSet
from ohmshot.characterisation.open_data.skywater import skywater
from ohmshot.foundation.errors import ParameterError

RAW_SETS: dict[str, Callable[[Path], RawSet]] = {
    "skywater_130nm": skywater,
    "neurram_40us": neurram,
    "leti_with_measured_spreads": lambda _: leti_with_measured_spreads(),
    "leti_all_pessimistic": lambda _: leti_all_pessimistic(leti_with_measured_spreads().rows),
}


def refitted(name: str, folder: Path) -> RawSet:
    """Fit a set to the raw files in a folder.

    Raises:
        ParameterError: no such set.
        MeasurementError: a raw file is missing.
    """
    if name not in RAW_SETS:
        raise ParameterError(f"'{name}' is not fitted to raw data. Choose one of {', '.join(RAW_SETS)}.")
    return RAW_SETS[name](folder)
