"""Initialisations for tasks of one person: meta-trained here, from other people's data, and kept.

Recordings of people come under licences that do not let them into the package, so no such initialisation does either.
One takes less than a minute to make, once on a machine.
"""

from ohmshot.bundle.bundle import Bundle
from ohmshot.data.examples import Examples
from ohmshot.meta.kept import kept_bundle
from ohmshot.meta.phase import Progress
from ohmshot.meta.settings import preset


def personal_bundle(preset_name: str, training: Examples, progress: Progress) -> Bundle:
    """Return the initialisation for people like these: kept from before, or meta-trained now and kept.

    Args:
        preset_name: preset of the settings, by the source of the people in `ohmshot.data.source.PERSONAL`.
        training: classes of people to learn from; none of them is among those to judge by.
        progress: function to report to while it is trained.

    Raises:
        OhmshotError: training fails.
    """
    settings = preset(preset_name)
    settings = settings.model_copy(update={"held_out_alphabets": min(settings.held_out_alphabets, _most(training))})
    return kept_bundle(settings, training, progress)


def _most(training: Examples) -> int:
    """People that can be held out at most, so that twice as many are left to train on."""
    return max(1, len(training.group_names) // 3)
