"""Bundles that are meta-trained when they are first needed, and kept in the cache for the next time."""

import contextlib
import hashlib
import tempfile
from collections.abc import Callable
from pathlib import Path

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import read_bundle, save_bundle
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import cache_folder
from ohmshot.meta.phase import Progress
from ohmshot.meta.run import meta_train
from ohmshot.meta.settings import MetaTrainingSettings


def kept_bundle(settings: MetaTrainingSettings, training: Examples, progress: Progress) -> Bundle:
    """Return the bundle of a training run: kept from before, or trained now and kept.

    A bundle is kept by its settings and by the values trained on, so that none of other data is ever returned.

    Args:
        settings: settings of the run.
        training: training classes in several groups.
        progress: function to report to while it is trained.

    Raises:
        OhmshotError: training fails.
    """
    given = settings.model_dump_json().encode() + training.values.numpy().tobytes()

    def train() -> Bundle:
        with tempfile.TemporaryDirectory() as folder:
            return meta_train(settings, training, Path(folder), progress)

    return kept(settings.name, given, train)


def kept(name: str, given: bytes, made: Callable[[], Bundle]) -> Bundle:
    """Return the bundle of this name that was made of the same, kept from before, or made now and kept.

    Args:
        name: name of the bundle.
        given: all that the bundle depends on.
        made: makes it.
    """
    path = cache_folder() / f"bundle-{name}-{hashlib.sha256(given).hexdigest()[:16]}.safetensors"
    try:
        return read_bundle(path).bundle
    except OhmshotError:
        pass  # not there, or damaged: it is made anew
    bundle = made()
    with contextlib.suppress(OhmshotError):  # a cache that cannot be written to costs the next run the training
        save_bundle(bundle, path)
    return bundle
