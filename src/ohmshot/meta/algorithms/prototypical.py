"""Prototypical classification: the nearest mean, without gradients on the task."""

import torch
from torch import Tensor

from ohmshot.meta.algorithms.algorithm import Algorithm, Initialisation, Tasks, embedded, mean_cross_entropy
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
    return -torch.cdist(query, means).square()


def _logits(start: Initialisation, tasks: Tasks, errors: WriteErrors | None) -> Tensor:
    support, query = embedded(start.network, tasks)
    return prototype_logits(support, tasks.support_labels, query, tasks.ways)


def _loss(start: Initialisation, tasks: Tasks, errors: WriteErrors | None) -> Tensor:
    return mean_cross_entropy(_logits(start, tasks, errors), tasks.query_labels)


PROTOTYPICAL = Algorithm(
    name="prototypical",
    learns=frozenset({"network"}),
    moves=frozenset(),
    loss=_loss,
    logits=_logits,
)
"""Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", NeurIPS 2017.

The baseline that does not need a gradient on the device. It holds no weights of a head, so there is nothing for write
errors to change.
"""
