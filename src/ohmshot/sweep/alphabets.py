"""The classes of a sweep: settings are chosen on training alphabets that meta-training holds out.

Evaluation alphabets are for the last measurement of what has been chosen, or for sweeps that choose nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ohmshot.bundle.header import BundleHeader, Provenance
from ohmshot.data.examples import Examples
from ohmshot.data.source import SIGNAL_SOURCES, SOURCES, TRAINING_SOURCES, training_examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.meta.settings import MetaTrainingSettings
from ohmshot.meta.split import split_groups


@dataclass(frozen=True)
class HeldOutAlphabets:
    """Classes to choose settings with.

    Attributes:
        examples: examples of these classes.
        names: names of their alphabets.
        trained_on: whether the final training of a bundle has taken them in after all (``retrain_on_all``), which
            makes accuracies on them higher than on new ones.
    """

    examples: Examples
    names: tuple[str, ...]
    trained_on: bool


def require_source_with_both(source: str) -> None:
    """Make sure that a source has training alphabets to search on and evaluation alphabets to measure on.

    Raises:
        SettingsError: it has not.
    """
    both = [name for name in TRAINING_SOURCES if name in SOURCES or name in SIGNAL_SOURCES]
    if source not in both:
        raise SettingsError(
            f"A search needs training and evaluation alphabets; the source '{source}' has not both. "
            f"Choose one of {', '.join(both)}."
        )


def held_out_alphabets(source: str, location: Path | None, bundles: Sequence[BundleHeader]) -> HeldOutAlphabets:
    """Return the training alphabets that every bundle's meta-training held out.

    Args:
        source: name of a source of training data.
        location: folder that holds them, where they are not in their usual place.
        bundles: headers of the bundles of the sweep.

    Raises:
        DataError: the source is unknown, or its data are missing.
        SettingsError: no alphabet was held out for all bundles.
    """
    examples = training_examples(source, location)
    held_out = set(range(len(examples.group_names)))
    for header in bundles:
        held_out &= set(split_groups(examples, *_count_and_seed(header.provenance)).held_out)
    if not held_out:
        raise SettingsError("No alphabet was held out for all of these bundles. Sweep bundles of one training seed.")
    groups = sorted(held_out)
    return HeldOutAlphabets(
        examples.of_groups(groups),
        tuple(examples.group_names[group] for group in groups),
        any(_trained_on_all(header.provenance, examples.name) for header in bundles),
    )


def _count_and_seed(provenance: Provenance) -> tuple[int, int]:
    default = MetaTrainingSettings.model_fields["held_out_alphabets"].default
    count = provenance.settings.get("held_out_alphabets", default)
    return (count if isinstance(count, int) else default), provenance.seed


def _trained_on_all(provenance: Provenance, data: str) -> bool:
    return provenance.training_data.startswith(data) and bool(provenance.settings.get("retrain_on_all", False))
