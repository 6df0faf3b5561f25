"""Data sources by name, each giving characters that the bundle in the package has never seen."""

import functools
from collections.abc import Callable
from pathlib import Path

from ohmshot.data.digits import load_digits
from ohmshot.data.emg import load_emg
from ohmshot.data.examples import Examples
from ohmshot.data.exercises import FOLDS, load_exercises
from ohmshot.data.gestures import invented_gestures
from ohmshot.data.invented import invented_alphabets
from ohmshot.data.invented_emg import invented_emg
from ohmshot.data.omniglot import load_omniglot
from ohmshot.data.speech import SPEAKERS, load_speech
from ohmshot.data.training_folder import load_training_folder
from ohmshot.data.vinyals import vinyals_test_characters
from ohmshot.foundation.errors import DataError

INVENTED_SEED = 2025
"""Seed of everything invented that a bundle is judged by, whatever the seed of the run."""

SOURCES: dict[str, Callable[[Path | None], Examples]] = {
    "omniglot": lambda location: load_omniglot("evaluation", location),
    "omniglot-rotations": lambda location: load_omniglot("evaluation", location).with_rotations(),
    "omniglot-pairs": lambda location: load_omniglot("evaluation", location).in_pairs(),
    "omniglot-vinyals": lambda location: vinyals_test_characters(location).with_rotations(),
    "digits": lambda location: load_digits(),
    "invented": lambda location: invented_alphabets(INVENTED_SEED, 20, 10, 20),
}
"""Adding one is one entry: a name and a function of the folder given with --data."""

TRAINING_SOURCES: dict[str, Callable[[Path | None], Examples]] = {
    "omniglot": lambda location: load_omniglot("background", location),
    "invented": lambda location: invented_alphabets(INVENTED_SEED + 1, 30, 20, 20),
    "gestures": lambda location: invented_gestures(INVENTED_SEED + 1, 30, 20, 20),
    "emg": lambda location: load_emg("training", location),
    "invented-emg": lambda location: invented_emg(INVENTED_SEED + 1, 12, 1),
    "emg-pairs": lambda location: load_emg("training", location).in_pairs(),
    "invented-emg-pairs": lambda location: invented_emg(INVENTED_SEED + 1, 12, 1).in_pairs(),
    **{f"exercises-{fold}": functools.partial(load_exercises, fold, "training") for fold in FOLDS},
    **{f"speech-{speaker}": functools.partial(load_speech, speaker, "training") for speaker in SPEAKERS},
    "folder": lambda location: load_training_folder(location),
}


SIGNAL_SOURCES: dict[str, Callable[[Path | None], Examples]] = {
    "gestures": lambda location: invented_gestures(INVENTED_SEED, 10, 10, 20),
    "emg": lambda location: load_emg("evaluation", location),
    "invented-emg": lambda location: invented_emg(INVENTED_SEED, 8, 3),
    "emg-pairs": lambda location: load_emg("evaluation", location).in_pairs(),
    "invented-emg-pairs": lambda location: invented_emg(INVENTED_SEED, 8, 3).in_pairs(),
    **{f"exercises-{fold}": functools.partial(load_exercises, fold, "evaluation") for fold in FOLDS},
    **{f"speech-{speaker}": functools.partial(load_speech, speaker, "evaluation") for speaker in SPEAKERS},
}
"""Sources of signals of any kind; they need a bundle that was trained on signals of this kind and shape."""


PERSONAL = {
    "emg": "emg",
    "invented-emg": "emg",
    "emg-pairs": "emg-pairs",
    "invented-emg-pairs": "emg-pairs",
    **{f"exercises-{fold}": "exercises" for fold in FOLDS},
    **{f"speech-{speaker}": "speech" for speaker in SPEAKERS},
}
"""Sources whose groups are people, each with the preset (`ohmshot.meta.presets`) that learns an initialisation for it.

A task is of one of the people (of two, in pairs), and the initialisation is learned from others."""


def evaluation_examples(name: str, location: Path | None = None) -> Examples:
    """Return the drawings or the signals of a source.

    Raises:
        DataError: no such source, or its data are missing or damaged.
    """
    if name in SIGNAL_SOURCES:
        return SIGNAL_SOURCES[name](location)
    return evaluation_drawings(name, location)


def evaluation_drawings(name: str, location: Path | None = None) -> Examples:
    """Return the drawings of a source.

    Raises:
        DataError: no such source, or its data are missing or damaged.
    """
    if name not in SOURCES:
        raise DataError(f"There is no data source '{name}'. Choose one of {', '.join(SOURCES)}.")
    return SOURCES[name](location)


def training_examples(name: str, location: Path | None = None) -> Examples:
    """Return the classes to meta-train on; none of them is among `evaluation_examples`.

    Raises:
        DataError: no such source, or its data are missing or damaged.
    """
    if name not in TRAINING_SOURCES:
        raise DataError(f"There are no training data '{name}'. Choose one of {', '.join(TRAINING_SOURCES)}.")
    return TRAINING_SOURCES[name](location)
