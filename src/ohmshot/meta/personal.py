"""Initialisations for tasks of one person: meta-trained here, from other people's data, and kept.

Recordings of people come under licences that do not let them into the package, so no such initialisation does either.
One takes less than a minute to make, once on a machine.
"""

import contextlib
import hashlib
import tempfile
from pathlib import Path

from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import load_bundle, save_bundle
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import cache_folder
from ohmshot.meta.phase import Progress
from ohmshot.meta.run import meta_train
from ohmshot.meta.settings import preset

PRESETS = {"emg": "emg", "speech": "speech"}
"""Preset by the kind of the examples."""


def personal_bundle(training: Examples, progress: Progress) -> Bundle:
    """Return the initialisation for people like these: kept from before, or meta-trained now and kept.

    Args:
        training: classes of people to learn from, of a kind in `PRESETS`; none of them is among those to judge by.
        progress: function to report to while it is trained.

    Raises:
        OhmshotError: training fails.
    """
    settings = preset(PRESETS[training.kind])
    settings = settings.model_copy(update={"held_out_alphabets": min(settings.held_out_alphabets, _most(training))})
    given = hashlib.sha256(settings.model_dump_json().encode() + training.values.numpy().tobytes())
    kept = cache_folder() / f"bundle-{settings.name}-{given.hexdigest()[:16]}.safetensors"
    try:
        return load_bundle(kept)
    except OhmshotError:
        pass  # not there, or damaged: it is made anew
    with tempfile.TemporaryDirectory() as folder:
        bundle = meta_train(settings, training, Path(folder), progress)
    with contextlib.suppress(OhmshotError):  # a cache that cannot be written to costs the next run the training
        save_bundle(bundle, kept)
    return bundle


def _most(training: Examples) -> int:
    """People that can be held out at most, so that twice as many are left to train on."""
    return max(1, len(training.group_names) // 3)
