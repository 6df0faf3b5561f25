"""Compiled updates of a last layer that learns alone, with the cross-entropy: what a host computes again and again.

It computes on some hundred numbers, where tensor operations cost ten times their arithmetic: five updates of one task
with exact weights take 650 us of them and 25 us here, of one task among a hundred 39 and 9 us. Training differentiates
twice through the tensor operations of `ohmshot.bundle.head`, which therefore stay, and serve all other heads; tests
hold both together. Sums are taken in the order of their terms, so that a result does not depend on the batch or on the
processor.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ohmshot.bundle.class_balance import divide
from ohmshot.foundation.compiled import F32, Real, kernel, law
from ohmshot.foundation.philox import clip, exp
from ohmshot.foundation.products import add_rows

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
    _update(_array(inputs), _array(logits), _rows(labels), rate, most, found.numpy())
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
    _adapt(_array(inputs), _rows(labels), np.array(rates, F32), most, _array(layer), found.numpy())
    return found


def _array(values: Tensor) -> Array:
    array: Array = values.contiguous().numpy()
    return array


def _rows(labels: Tensor) -> Array:
    """Labels, int64 [1 or tasks, examples]."""
    return _array(labels.reshape(-1, labels.shape[-1]))


@law
def _logits(columns: Array, layer: Array, weights: Array, sums: Array, logits: Array) -> None:
    """Logits [examples, ways] of the columns of the inputs, [n, examples]; the bias comes first."""
    given = columns.shape[0]
    for o in range(layer.shape[1]):
        for i in range(given):
            weights[i] = layer[i, o]
        for e in range(len(sums)):
            sums[e] = layer[given, o]
        add_rows(weights, columns, sums)
        for e in range(len(sums)):
            logits[e, o] = sums[e]


@law
def _errors(logits: Array, labels: Array, divisors: Array, errors: Array) -> None:
    """Gradient of the cross-entropy by the logits: shares of the classes, less 1 for the right one, over the divisors.

    Args:
        logits: [examples, ways].
        labels: [examples].
        divisors: [examples] (`ohmshot.bundle.class_balance.divisors`).
        errors: [examples, ways], to be written.
    """
    examples, ways = logits.shape
    for e in range(examples):
        most = logits[e, 0]
        for j in range(1, ways):
            most = max(most, logits[e, j])
        for j in range(ways):
            errors[e, j] = logits[e, j] - most
    flat = errors.reshape(examples * ways)
    for n in range(examples * ways):
        flat[n] = exp(flat[n])
    for e in range(examples):
        total = F32(0)
        for j in range(ways):
            total += errors[e, j]
        for j in range(ways):
            right = F32(1) if j == labels[e] else F32(0)
            errors[e, j] = (errors[e, j] / total - right) / F32(divisors[e])


@law
def _descend(inputs: Array, errors: Array, rate: Real, most: Real, weights: Array, sums: Array, layer: Array) -> None:
    """Move weights [n + 1, ways] against their gradient, the sum over the examples of input times error."""
    examples, given = inputs.shape
    for o in range(layer.shape[1]):
        bias = F32(0)
        for e in range(examples):
            weights[e] = errors[e, o]
            bias += weights[e]
        for i in range(given):
            sums[i] = F32(0)
        add_rows(weights, inputs, sums)
        for i in range(given):
            layer[i, o] = clip(layer[i, o] - rate * sums[i], -most, most)
        layer[given, o] = clip(layer[given, o] - rate * bias, -most, most)


def _one_update(inputs: Array, logits: Array, labels: Array, rate: float, most: float, layers: Array) -> None:
    tasks, examples, given = inputs.shape
    counts, divisors = np.zeros(logits.shape[2], np.int64), np.empty(examples, np.int64)
    errors, weights, sums = np.empty(logits.shape[1:], F32), np.empty(examples, F32), np.empty(given, F32)
    for c in range(tasks):
        if c < len(labels):
            divide(labels[c], counts, divisors)
        _errors(logits[c], labels[c % len(labels)], divisors, errors)
        _descend(inputs[c], errors, F32(rate), F32(most), weights, sums, layers[c])


def _all_updates(inputs: Array, labels: Array, rates: Array, most: float, before: Array, layers: Array) -> None:
    (tasks, examples, given), ways = inputs.shape, before.shape[1]
    counts, divisors = np.zeros(ways, np.int64), np.empty(examples, np.int64)
    logits, errors = np.empty((examples, ways), F32), np.empty((examples, ways), F32)
    columns, of_inputs, of_examples = np.empty((given, examples), F32), np.empty(given, F32), np.empty(examples, F32)
    weights, sums = np.empty(examples, F32), np.empty(given, F32)
    for c in range(tasks):
        if c < len(labels):
            divide(labels[c], counts, divisors)
        for e in range(examples):
            for i in range(given):
                columns[i, e] = inputs[c, e, i]
        for update in range(len(rates)):
            layer = layers[update, c]
            layer[:] = before if update == 0 else layers[update - 1, c]
            _logits(columns, layer, of_inputs, of_examples, logits)
            _errors(logits, labels[c % len(labels)], divisors, errors)
            _descend(inputs[c], errors, rates[update], F32(most), weights, sums, layer)


_update = kernel(_one_update, _one_update, add_rows, divide)
_adapt = kernel(_all_updates, _all_updates, add_rows, divide)
