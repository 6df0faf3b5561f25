"""Split of the groups of classes (alphabets) into those trained on and those held out to choose settings with."""

from dataclasses import dataclass

import torch

from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator


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
