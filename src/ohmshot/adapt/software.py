"""Software references: the updates with exact weights, and the nearest mean without any update."""

from collections.abc import Iterator

import torch
from torch import Tensor

from ohmshot.adapt.tasks import TaskBatch, Tasks
from ohmshot.bundle import head as heads
from ohmshot.bundle import head_loops
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.head import Activations, Head
from ohmshot.bundle.nearest_mean import nearest_mean_logits
from ohmshot.foundation.chunks import ranges

AT_ONCE = 100
"""Tasks of one batch; bounds the memory."""


def software_heads(bundle: Bundle, support: Tensor, labels: Tensor) -> Iterator[Head]:
    """The head with exact weights, before the first update and after each.

    Weights that learn are held inside what pairs of cells can carry.

    Args:
        bundle: the learned initialisation.
        support: standardised features, [..., examples, features].
        labels: int64 [examples]; real vectors, [..., examples, outputs], where the bundle learns them.
    """
    tasks, header = support.shape[:-2], bundle.header
    head: Head = tuple(weights.expand(*tasks, *weights.shape) for weights in bundle.head)
    fixed = heads.fixed_layers(header.rates)
    hidden = heads.hidden(head[:fixed], support)  # by the layers that do not learn, once for all updates
    yield head
    if head_loops.serve(header.loss, len(head) - fixed, hidden[-1], head[-1]):
        yield from _compiled_heads(bundle, hidden[-1], labels)
        return
    for rates in header.rates:
        found = heads.forward(head[fixed:], hidden[-1])
        activations = Activations((*hidden[:-1], *found.inputs), found.logits)
        most = header.mapping.weight_full_scale
        head = heads.after_update(head, activations, labels, rates, most, header.loss, fixed)
        yield head


def _compiled_heads(bundle: Bundle, inputs: Tensor, labels: Tensor) -> Iterator[Head]:
    """The head after each update where its last layer learns alone, from the inputs of that layer."""
    *others, last = bundle.head
    tasks, rates = inputs.shape[:-2], [of_layers[-1] for of_layers in bundle.header.rates]
    most = bundle.header.mapping.weight_full_scale[-1]
    reached = head_loops.adapted(inputs.reshape(-1, *inputs.shape[-2:]), labels, last, rates, most)
    fixed = tuple(layer.expand(*tasks, *layer.shape) for layer in others)
    for layer in reached.view(len(rates), *tasks, *last.shape):
        yield (*fixed, layer)


def software_right(bundle: Bundle, tasks: Tasks) -> Tensor:
    """Right answers with exact weights, before the first update and after each: bool [tasks, updates + 1, queries]."""
    return torch.cat([batch_right(bundle, task) for task in _batches(tasks)])


def software_accuracy(bundle: Bundle, tasks: Tasks) -> Tensor:
    """Share of right answers with exact weights after the last update, float64 [tasks]."""
    return torch.cat([batch_accuracy(bundle, task) for task in _batches(tasks)])


def nearest_mean_right(bundle: Bundle, tasks: Tasks) -> Tensor:
    """Right answers of the nearest mean, bool [tasks, queries]; see `batch_nearest_mean_right`."""
    return torch.cat([batch_nearest_mean_right(bundle, task, tasks.episodes.shape.ways) for task in _batches(tasks)])


def batch_right(bundle: Bundle, task: TaskBatch) -> Tensor:
    """Right answers of a batch of tasks with exact weights: bool [tasks, updates + 1, queries]."""
    return _right(bundle, task, slice(None))


def batch_accuracy(bundle: Bundle, task: TaskBatch) -> Tensor:
    """`software_accuracy` of a batch of tasks, float64 [tasks]."""
    right = torch.cat([_right_at_last(bundle, part) for part in task.parts(AT_ONCE)])
    return right.double() / len(task.query_labels)


def _right_at_last(bundle: Bundle, task: TaskBatch) -> Tensor:
    """Number of right answers after the last update, int64 [tasks]."""
    header, standard = bundle.header, bundle.standard(task.support, task.support_labels)
    learning = len(bundle.head) - heads.fixed_layers(header.rates)
    if not head_loops.serve(header.loss, learning, task.support, *bundle.head):
        return _right(bundle, task, slice(-1, None)).sum((1, 2))
    support, query, most = standard(task.support), standard(task.query), header.mapping.weight_full_scale[-1]
    rates = [of_layers[-1] for of_layers in header.rates]
    labels, asked = task.support_labels, task.query_labels
    return head_loops.right_answers(support, labels, query, asked, bundle.head, rates, most)


def _right(bundle: Bundle, task: TaskBatch, moments: slice) -> Tensor:
    """Right answers at some moments, of which the first is before all updates: bool [tasks, moments, queries]."""
    standard = bundle.standard(task.support, task.support_labels)
    query = standard(task.query)
    reached = list(software_heads(bundle, standard(task.support), task.support_labels))
    fixed = heads.fixed_layers(bundle.header.rates)
    hidden = heads.hidden(reached[0][:fixed], query)[-1]  # by the layers that do not learn, once for all updates
    answers = torch.stack([heads.forward(head[fixed:], hidden).logits.argmax(-1) for head in reached[moments]], 1)
    return answers == task.query_labels


def batch_nearest_mean_right(bundle: Bundle, task: TaskBatch, ways: int) -> Tensor:
    """Right answers of the nearest mean of the support's features, which takes no update: bool [tasks, queries].

    The standard of a task is one shift and one scale for all its features, so it changes no answer; it is applied
    because distances of standardised features lose fewer digits.
    """
    standard = bundle.standard(task.support, task.support_labels)
    logits = nearest_mean_logits(standard(task.support), task.support_labels, standard(task.query), ways)
    return logits.argmax(-1) == task.query_labels


def _batches(tasks: Tasks) -> Iterator[TaskBatch]:
    return (tasks.batch(numbers) for numbers in ranges(len(tasks.episodes), AT_ONCE))
