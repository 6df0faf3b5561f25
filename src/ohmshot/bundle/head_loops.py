"""Compiled updates of a last layer that learns alone, with the cross-entropy: what a host computes again and again.

It computes on some hundred numbers, where tensor operations cost ten times their arithmetic: an update on the host
takes 90 us of them and 8 us here, five updates with exact weights and the answers after them 960 and 110 us. Training
differentiates twice through the tensor operations of `ohmshot.bundle.head`, which therefore stay, and serve all other
heads; tests hold both together. Sums are taken in the order of their terms, so that a result does not depend on the
batch or on the processor.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ohmshot.bundle.class_balance import divide, rows_of
from ohmshot.foundation.compiled import F32, Real, kernel, law
from ohmshot.foundation.devices import array_of
from ohmshot.foundation.philox import clip, exp
from ohmshot.foundation.products import add_rows, turn
from ohmshot.foundation.scratch import integers, reals

Array = np.ndarray


def serve(loss: str, learning: int, *values: Tensor) -> bool:
    """Whether these loops can make an update.

    Args:
        loss: what it lowers (`ohmshot.bundle.head.Loss`).
        learning: number of layers that learn.
        values: what it is made from: float32 on the processor, and not to be differentiated.
    """
    plain = (each.device.type == "cpu" and each.dtype == torch.float32 and not each.requires_grad for each in values)
    return loss == "cross-entropy" and learning == 1 and all(plain)


def learned(inputs: Tensor, logits: Tensor, labels: Tensor, layer: Tensor, rate: float, most: float) -> Tensor:
    """Make one update, from logits that were measured.

    Args:
        inputs: of the layer, [tasks, examples, n].
        logits: [tasks, examples, ways].
        labels: int64 [examples] or [tasks, examples].
        layer: weights before, [tasks, n + 1, ways]; the last row is the bias.
        rate: of learning.
        most: weights are held between minus and plus this.

    Returns:
        Weights after it, [tasks, n + 1, ways].

    Raises:
        ValueError: a label is none of the ways.
    """
    found = layer.clone(memory_format=torch.contiguous_format)
    _update(_reals(inputs), _reals(logits), rows_of(labels), rate, most, found.numpy())
    return found


def adapted(inputs: Tensor, labels: Tensor, layer: Tensor, rates: Sequence[float], most: float) -> Tensor:
    """Make all updates with exact weights.

    Args:
        inputs: of the layer, [tasks, examples, n].
        labels: int64 [examples] or [tasks, examples].
        layer: weights before, [n + 1, ways]; the last row is the bias.
        rates: of learning, one an update.
        most: weights are held between minus and plus this.

    Returns:
        Weights after each update, [updates, tasks, n + 1, ways].

    Raises:
        ValueError: a label is none of the ways.
    """
    found = torch.empty(len(rates), len(inputs), *layer.shape)
    _adapt(_reals(inputs), rows_of(labels), np.array(rates, F32), most, _reals(layer), found.numpy())
    return found


def right_answers(
    support: Tensor,
    labels: Tensor,
    query: Tensor,
    query_labels: Tensor,
    layers: Sequence[Tensor],
    rates: Sequence[float],
    most: float,
) -> Tensor:
    """Make all updates with exact weights and count the right answers after the last.

    Args:
        support: standardised features to learn from, [tasks, examples, features].
        labels: int64 [examples].
        query: standardised features to be judged by, [tasks, queries, features].
        query_labels: int64 [queries].
        layers: weights of the whole head, [n + 1, outputs] each; the last one learns.
        rates: of learning, one an update.
        most: weights of the last layer are held between minus and plus this.

    Returns:
        int64 [tasks].

    Raises:
        ValueError: a label is none of the ways.
    """
    found = torch.zeros(len(support), dtype=torch.int64)
    *fixed, last = (_reals(layer) for layer in layers)
    flat = np.concatenate([layer.ravel() for layer in fixed]) if fixed else np.zeros(0, F32)
    widths = np.array([support.shape[-1], *(layer.shape[1] for layer in fixed)])
    asked = _reals(query), array_of(query_labels, torch.int64)
    _judge(
        _reals(support),
        array_of(labels, torch.int64),
        *asked,
        flat,
        widths,
        last,
        np.array(rates, F32),
        most,
        found.numpy(),
    )
    return found


def _reals(values: Tensor) -> Array:
    return array_of(values, torch.float32)


@law
def _through(columns: Array, layer: Array, weights: Array, found: Array) -> None:
    """Outputs [outputs, examples] of a layer [n + 1, outputs] for inputs [n, examples]; the bias comes first.

    ``weights`` is room for at least n numbers.
    """
    given = columns.shape[0]
    for o in range(layer.shape[1]):
        for i in range(given):
            weights[i] = layer[i, o]
        for e in range(columns.shape[1]):
            found[o, e] = layer[given, o]
        add_rows(weights[:given], columns, found[o])


@law
def _errors(logits: Array, labels: Array, divisors: Array) -> None:
    """Gradient of the cross-entropy by the logits, in their place: shares of the classes, less 1 for the right one.

    Args:
        logits: [ways, examples].
        labels: [examples].
        divisors: that the errors of examples are divided by, [examples] (`ohmshot.bundle.class_balance.divisors`).
    """
    ways, examples = logits.shape
    most, total = reals(1, examples)[0], reals(1, examples)[0]
    for e in range(examples):
        most[e], total[e] = logits[0, e], F32(0)
    for j in range(1, ways):
        for e in range(examples):
            most[e] = max(most[e], logits[j, e])
    for j in range(ways):
        for e in range(examples):
            logits[j, e] = exp(logits[j, e] - most[e])
            total[e] += logits[j, e]
    for j in range(ways):
        for e in range(examples):
            right = F32(1) if j == labels[e] else F32(0)
            logits[j, e] = (logits[j, e] / total[e] - right) / F32(divisors[e])


@law
def _descend(inputs: Array, errors: Array, rate: Real, most: Real, sums: Array, layer: Array) -> None:
    """Move weights [n + 1, ways] against their gradient: the sum of inputs [examples, n] times errors [ways, examples].

    ``sums`` is room for n numbers.
    """
    examples, given = inputs.shape
    for o in range(layer.shape[1]):
        bias = F32(0)
        for e in range(examples):
            bias += errors[o, e]
        for i in range(given):
            sums[i] = F32(0)
        add_rows(errors[o], inputs, sums)
        for i in range(given):
            layer[i, o] = clip(layer[i, o] - rate * sums[i], -most, most)
        layer[given, o] = clip(layer[given, o] - rate * bias, -most, most)


@law
def _update_all(
    inputs: Array,
    columns: Array,
    labels: Array,
    divisors: Array,
    rates: Array,
    most: Real,
    before: Array,
    layers: Array,
) -> None:
    """All updates of one task, [updates, n + 1, ways], from inputs [examples, n] and the same as [n, examples]."""
    (examples, given), ways = inputs.shape, before.shape[1]
    errors, room = reals(ways, examples), reals(1, given)[0]
    for update in range(len(rates)):
        last, layer = layers[max(update - 1, 0)], layers[update]
        for i in range(given + 1):
            for o in range(ways):
                layer[i, o] = before[i, o] if update == 0 else last[i, o]
        _through(columns, layer, room, errors)
        _errors(errors, labels, divisors)
        _descend(inputs, errors, rates[update], most, room, layer)


@law
def _hidden(features: Array, flat: Array, widths: Array, room: Array) -> Array:
    """Hidden activations [n, examples] behind layers that end in a rectifier, of features [examples, features].

    Args:
        features: [examples, features].
        flat: weights of the layers one after another.
        widths: number of features, then of the outputs of each layer.
        room: for as many numbers as a layer has inputs.
    """
    columns = reals(widths[0], features.shape[0])
    turn(features, columns)
    first = 0
    for number in range(1, len(widths)):
        given, width = widths[number - 1], widths[number]
        layer, found = reals(given + 1, width), reals(width, features.shape[0])
        for i in range(given + 1):
            for o in range(width):
                layer[i, o] = flat[first + i * width + o]
        _through(columns, layer, room, found)
        for o in range(width):
            for e in range(features.shape[0]):
                found[o, e] = max(found[o, e], F32(0))
        columns, first = found, first + (given + 1) * width
    return columns


def _one_update(inputs: Array, logits: Array, labels: Array, rate: float, most: float, layers: Array) -> None:
    (tasks, examples, given), ways = inputs.shape, logits.shape[2]
    counts, divisors = integers(1, ways)[0], integers(1, examples)[0]
    errors, sums = reals(ways, examples), reals(1, given)[0]
    for c in range(tasks):
        if c < len(labels):
            divide(labels[c], counts, divisors)
        turn(logits[c], errors)
        _errors(errors, labels[c % len(labels)], divisors)
        _descend(inputs[c], errors, F32(rate), F32(most), sums, layers[c])


def _all_updates(inputs: Array, labels: Array, rates: Array, most: float, before: Array, layers: Array) -> None:
    tasks, examples, given = inputs.shape
    counts, divisors = integers(1, before.shape[1])[0], integers(1, examples)[0]
    columns = reals(given, examples)
    for c in range(tasks):
        if c < len(labels):
            divide(labels[c], counts, divisors)
        turn(inputs[c], columns)
        named = labels[c % len(labels)]
        _update_all(inputs[c], columns, named, divisors, rates, F32(most), before, layers[:, c])


def _count_right(
    support: Array,
    labels: Array,
    query: Array,
    query_labels: Array,
    flat: Array,
    widths: Array,
    last: Array,
    rates: Array,
    most: float,
    found: Array,
) -> None:
    given, ways = last.shape[0] - 1, last.shape[1]
    divisors = integers(1, len(labels))[0]
    room = reals(1, max(support.shape[2], len(flat)))[0]  # no layer has more inputs
    divide(labels, integers(1, ways)[0], divisors)
    inputs, layers = reals(len(labels), given), np.empty((len(rates), *last.shape), F32)
    logits = reals(ways, len(query_labels))
    for c in range(len(found)):
        columns = _hidden(support[c], flat, widths, room)
        turn(columns, inputs)
        _update_all(inputs, columns, labels, divisors, rates, F32(most), last, layers)
        _through(_hidden(query[c], flat, widths, room), layers[-1], room, logits)
        for q in range(len(query_labels)):
            answer = 0
            for way in range(1, ways):
                if logits[way, q] > logits[answer, q]:
                    answer = way
            found[c] += answer == query_labels[q]


_update = kernel(_one_update, _one_update, add_rows, turn, divide)
_adapt = kernel(_all_updates, _all_updates, add_rows, turn, divide)
_judge = kernel(_count_right, _count_right, add_rows, turn, divide)
