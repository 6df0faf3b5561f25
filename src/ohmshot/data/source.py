"""Data sources by name, each giving characters that the bundle in the package has never seen."""

import functools
from collections.abc import Callable
from pathlib import Path

from ohmshot.data.emg import load_emg
from ohmshot.data.examples import Examples
from ohmshot.data.exercises import FOLDS, load_exercises
from ohmshot.data.feature_files import load_feature_examples
from ohmshot.data.gestures import invented_gestures
from ohmshot.data.invented import invented_alphabets
from ohmshot.data.invented_emg import invented_emg
from ohmshot.data.omniglot import load_omniglot
from ohmshot.data.speech import SPEAKERS, load_speech
from ohmshot.data.training_folder import load_training_folder
from ohmshot.data.vinyals import vinyals_test_characters
from ohmshot.foundation.errors import DataError, OhmshotError
from ohmshot.foundation.plugins import names_of_plugins, plugin, refused

FEATURES = "features"
"""The source of features that a person computed, in the file that --data names."""
INVENTED_SEED = 2025
"""Seed of everything invented that a bundle is judged by, whatever the seed of the run."""

SOURCES: dict[str, Callable[[Path | None], Examples]] = {
    "omniglot": lambda location: load_omniglot("evaluation", location),
    "omniglot-rotations": lambda location: load_omniglot("evaluation", location).with_rotations(),
    "omniglot-pairs": lambda location: load_omniglot("evaluation", location).in_pairs(),
    "omniglot-vinyals": lambda location: vinyals_test_characters(location).with_rotations(),
    "digits": lambda location: _digits(),
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
    FEATURES: load_feature_examples,
}
"""Sources of signals of any kind; they need a bundle that was trained on signals of this kind and shape. Features that
a person computed need none (`ohmshot.bundle.for_features`)."""


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
    """Return the drawings, the signals or the features of a source, which may be one of another package.

    Raises:
        DataError: no such source, or its data are missing or damaged.
        SettingsError: a package that adds the source is broken.
    """
    added = plugin("ohmshot.sources", name, (*SOURCES, *SIGNAL_SOURCES))
    if added is not None:
        return _of_another_package(name, added, location)
    if name in SIGNAL_SOURCES:
        return SIGNAL_SOURCES[name](location)
    return evaluation_drawings(name, location)


def _digits() -> Examples:
    from ohmshot.data.digits import load_digits  # loads scikit-learn, which nothing else here needs

    return load_digits()


def evaluation_drawings(name: str, location: Path | None = None) -> Examples:
    """Return the drawings of a source.

    Raises:
        DataError: no such source, or its data are missing or damaged.
    """
    if name not in SOURCES:
        raise DataError(f"There is no data source '{name}'. Choose one of {', '.join(source_names())}.")
    return SOURCES[name](location)


def source_names() -> tuple[str, ...]:
    """Names of all sources to be judged by, those of other packages last; nothing is loaded."""
    return (*SOURCES, *SIGNAL_SOURCES, *names_of_plugins("ohmshot.sources"))


def _of_another_package(name: str, load: object, location: Path | None) -> Examples:
    """Examples of a source that another package adds, made by its function of the folder given with --data."""
    if not callable(load):
        raise refused("ohmshot.sources", name, "a function of the folder given with --data")
    try:
        examples = load(location)
    except OhmshotError:
        raise
    except Exception as error:  # whatever a foreign function does
        raise DataError(f"The data source '{name}' failed: {type(error).__name__}: {error}.") from error
    if not isinstance(examples, Examples):
        raise refused("ohmshot.sources", name, f"a function that returns Examples, but {type(examples).__name__}")
    return examples


def training_examples(name: str, location: Path | None = None) -> Examples:
    """Return the classes to meta-train on; none of them is among `evaluation_examples`.

    Raises:
        DataError: no such source, or its data are missing or damaged.
    """
    if name not in TRAINING_SOURCES:
        raise DataError(f"There are no training data '{name}'. Choose one of {', '.join(TRAINING_SOURCES)}.")
    return TRAINING_SOURCES[name](location)
