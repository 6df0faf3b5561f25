"""Split of the groups of classes (alphabets) into those trained on and those held out to choose settings with."""

from dataclasses import dataclass

import torch

from ohmshot.bundle.header import Provenance
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.meta.settings import MetaTrainingSettings


@dataclass(frozen=True)
class GroupSplit:
    """Indices of groups of classes, rising.

    Attributes:
        training: groups that are trained on.
        held_out: groups that judge.
    """

    training: tuple[int, ...]
    held_out: tuple[int, ...]


def split_groups(examples: Examples, held_out: int, seed: int) -> GroupSplit:
    """Draw the groups to hold out; they depend on the seed alone, so that a later evaluation can find them again.

    Args:
        examples: training classes in several groups.
        held_out: number of groups to hold out.
        seed: seed of the training run.

    Raises:
        SettingsError: no group would be left to train on.
    """
    count = len(examples.group_names)
    if held_out >= count:
        raise SettingsError(
            f"{held_out} groups of classes cannot be held out: {examples.name} has {count}. Hold out fewer."
        )
    groups = torch.randperm(count, generator=generator(seed, "held-out alphabets")).tolist()
    return GroupSplit(tuple(sorted(groups[held_out:])), tuple(sorted(groups[:held_out])))


def require_enough_to_train(settings: MetaTrainingSettings, examples: Examples, split: GroupSplit) -> None:
    """See before anything is trained that tasks can be drawn from what is left to train on.

    Raises:
        SettingsError: there are fewer classes than a task has.
    """
    left = examples.of_groups(split.training).classes
    if left < settings.ways:
        raise SettingsError(
            f"{examples.name} has {examples.classes} classes; {len(split.held_out)} of {len(examples.group_names)} "
            f"groups are held out to judge by, which leaves {left} to train on, and {settings.ways}-way tasks need "
            f"{settings.ways}. Give more classes, or settings with fewer held_out_alphabets."
        )


def trained_on(provenance: Provenance, examples: Examples) -> bool:
    """Whether a bundle was trained on groups of these examples."""
    return provenance.training_data.startswith(examples.name)


def split_of(provenance: Provenance, examples: Examples) -> GroupSplit:
    """Draw the groups again that the training of a bundle held out.

    Raises:
        SettingsError: no group would be left to train on.
    """
    default = MetaTrainingSettings.model_fields["held_out_alphabets"].default
    count = provenance.settings.get("held_out_alphabets", default)
    return split_groups(examples, count if isinstance(count, int) else default, provenance.seed)


def retrained_on_all(provenance: Provenance, examples: Examples) -> bool:
    """Whether a bundle's last training took in the held-out groups of these examples after all.

    That is ``retrain_on_all``; accuracies on those groups are then higher than on new ones.
    """
    return trained_on(provenance, examples) and bool(provenance.settings.get("retrain_on_all", False))
