"""The nearest-mean classifier: what features alone answer, without a head and without an update.

Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", NeurIPS 2017.
"""

import torch
from torch import Tensor


def nearest_mean_logits(support: Tensor, labels: Tensor, query: Tensor, ways: int) -> Tensor:
    """Minus the squared distance of each query to the mean of each class, [..., queries, ways].

    Args:
        support: [..., examples, features].
        labels: int64 [examples].
        query: [..., queries, features].
        ways: number of classes.
    """
    return -squared_distances(query, class_means(support, labels, ways))


def class_means(features: Tensor, labels: Tensor, ways: int) -> Tensor:
    """Mean features of each class, [..., ways, features], of examples [..., examples, features], int64 [examples]."""
    member = torch.nn.functional.one_hot(labels, ways).to(features)
    return (member / member.sum(0)).mT @ features


def squared_distances(points: Tensor, centres: Tensor) -> Tensor:
    """Squared Euclidean distances, [..., points, centres], of [..., points, n] to [..., centres, n]."""
    sizes = points.square().sum(-1)[..., :, None] + centres.square().sum(-1)[..., None, :]
    return sizes - 2 * points @ centres.mT
