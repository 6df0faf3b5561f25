"""Software references: the updates with exact weights, and the nearest class mean."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Head
from ohmshot.foundation.chunks import ranges

AT_ONCE = 100
"""Tasks of one batch; bounds the memory."""


def software_heads(bundle: Bundle, support: Tensor, labels: Tensor) -> Iterator[Head]:
    """The head with exact weights, before the first update and after each.

    Args:
        bundle: the learned initialisation.
        support: standardised features, [..., examples, features].
        labels: int64 [examples].
    """
    tasks = support.shape[:-2]
    head: Head = tuple(weights.expand(*tasks, *weights.shape) for weights in bundle.head)
    yield head
    for rates in bundle.rates:
        head = heads.updated(head, heads.gradients(heads.forward(head, support), labels, head), rates)
        yield head


def software_right(bundle: Bundle, tasks: Tasks) -> Tensor:
    """Right answers with exact weights, before the first update and after each: bool [tasks, updates + 1, queries]."""
    parts = []
    for numbers in ranges(len(tasks.episodes), AT_ONCE):
        task = tasks.batch(numbers)
        standard = bundle.standard(task.support)
        query = standard(task.query)
        reached = software_heads(bundle, standard(task.support), task.support_labels)
        answers = torch.stack([heads.forward(head, query).logits.argmax(-1) for head in reached], 1)
        parts.append(answers == task.query_labels)
    return torch.cat(parts)


def nearest_mean_right(bundle: Bundle, tasks: Tasks) -> Tensor:
    """Right answers of the nearest class mean (Snell et al. 2017) on the same features: bool [tasks, queries].

    Features are standardised as for the head; the distance is Euclidean. Nothing learns and nothing is on the chip.
    """
    shape, parts = tasks.episodes.shape, []
    for numbers in ranges(len(tasks.episodes), AT_ONCE):
        task = tasks.batch(numbers)
        standard = bundle.standard(task.support)
        support = standard(task.support)
        means = support.reshape(len(support), shape.ways, shape.shots, -1).mean(2)
        parts.append(torch.cdist(standard(task.query), means).argmin(-1) == task.query_labels)
    return torch.cat(parts)
