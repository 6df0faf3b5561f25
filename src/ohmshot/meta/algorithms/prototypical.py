"""Prototypical classification: the nearest mean, without gradients on the task."""

import torch
from torch import Tensor

from ohmshot.meta.algorithms.algorithm import Algorithm, EpisodeBatch, Initialisation, embedded, outer_cross_entropy
from ohmshot.meta.hardware import WriteErrors


def prototype_logits(support: Tensor, labels: Tensor, query: Tensor, ways: int) -> Tensor:
    """Minus the squared distance of each query to the mean of each class, [..., queries, ways].

    Args:
        support: [..., examples, features].
        labels: int64 [examples].
        query: [..., queries, features].
        ways: number of classes.
    """
    member = torch.nn.functional.one_hot(labels, ways).to(support)
    means = (member / member.sum(0)).mT @ support
    return -squared_distances(query, means)


def squared_distances(points: Tensor, centres: Tensor) -> Tensor:
    """Squared Euclidean distances, [..., points, centres], of [..., points, n] to [..., centres, n]."""
    sizes = points.square().sum(-1)[..., :, None] + centres.square().sum(-1)[..., None, :]
    return sizes - 2 * points @ centres.mT


def _logits(start: Initialisation, tasks: EpisodeBatch, errors: WriteErrors | None) -> Tensor:
    support, query = embedded(start, tasks)
    return prototype_logits(support, tasks.support_labels, query, tasks.ways)


PROTOTYPICAL = Algorithm(
    name="prototypical",
    learns=frozenset({"network", "temperature"}),
    moves=frozenset(),
    loss=outer_cross_entropy(_logits),
    logits=_logits,
)
"""Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", NeurIPS 2017.

The baseline that does not need a gradient on the device. It holds no weights of a head, so there is nothing for write
errors to change.
"""
