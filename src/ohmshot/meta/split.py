"""Which groups of classes (alphabets) are trained on, and which are held out to choose settings with."""

from dataclasses import dataclass

import torch

from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator


@dataclass(frozen=True)
class GroupSplit:
    """Indices of groups of classes, rising.

    Attributes:
        training: to learn from.
        held_out: to judge by.
    """

    training: tuple[int, ...]
    held_out: tuple[int, ...]


def split_groups(examples: Examples, held_out: int, seed: int) -> GroupSplit:
    """Draw the groups to hold out; the same seed holds out the same ones, in training and whenever it is asked again.

    Args:
        examples: of training classes in several groups.
        held_out: how many groups.
        seed: of the training run.

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
