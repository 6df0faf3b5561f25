"""Accuracy by the group that classes come from, and what it says of groups not seen: other alphabets, other people."""

import torch
from torch import Tensor

from ohmshot.data.episodes import Episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.statistics import half_interval_of_groups, half_interval_of_mixed_groups


def accuracy_by_group(examples: Examples, episodes: Episodes, right: Tensor) -> dict[str, float]:
    """Share of right answers to the queries of the classes of each group, by its name.

    Args:
        examples: data of the tasks.
        episodes: the tasks.
        right: bool [episodes, ways * queries], which answers are right.
    """
    group = examples.group[episodes.characters]
    shares = right.double().view(*group.shape, -1).mean(2)
    return {name: float(shares[group == n].mean()) for n, name in enumerate(examples.group_names) if (group == n).any()}


def half_interval_of_new_groups(examples: Examples, episodes: Episodes, accuracy: Tensor) -> float | None:
    """Half width of the 95 % interval of the mean accuracy, were the groups of the data drawn anew.

    Args:
        examples: data of the tasks.
        episodes: the tasks, of classes of one group each or of any groups (`EpisodeShape.scope`).
        accuracy: [episodes].

    Returns:
        None for fewer than two groups, which say nothing of others.
    """
    group = examples.group[episodes.characters]
    if episodes.shape.scope == "one group":
        return half_interval_of_groups(accuracy, group[:, 0])
    parts = torch.nn.functional.one_hot(group, len(examples.group_names)).sum(1)
    return half_interval_of_mixed_groups(accuracy, parts)
