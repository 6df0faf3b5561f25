"""The fully-connected layers that learn on the device: forward, gradients, one update.

The same few lines serve the inner loop of meta-training (differentiated through, for second-order MAML),
the software limit and the host of a chip, so that "the five updates" mean the same everywhere. For the last two the
most frequent case, a last layer that learns classes and alone, is compiled besides (`ohmshot.bundle.head_loops`).

A layer is one matrix [inputs + 1, outputs] whose last row is the bias: on a crossbar that row is driven by a
constant input of 1. All functions take any leading batch dimensions (tasks, chips).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ohmshot.bundle import head_loops
from ohmshot.bundle.class_balance import divisors
from ohmshot.foundation.products import product

Head = tuple[Tensor, ...]
"""Layers in order, [..., inputs + 1, outputs] each; the first takes the features, the last gives the ways."""

Loss = Literal["cross-entropy", "squared-error"]
"""What the updates lower: the cross-entropy of classes, or the squared error of real vectors."""


@dataclass(frozen=True)
class Activations:
    """Activations of one forward pass, as the gradients need them.

    Attributes:
        inputs: input of each layer, [..., examples, inputs]: the features, then hidden activations after the rectifier.
        logits: [..., examples, ways]; with real vectors as targets, [..., examples, outputs].
    """

    inputs: tuple[Tensor, ...]
    logits: Tensor


def with_bias_input(values: Tensor) -> Tensor:
    """Append the constant input 1 that drives the bias row: [..., n] -> [..., n + 1]."""
    return torch.constant_pad_nd(values, (0, 1), 1.0)


def forward(head: Head, features: Tensor) -> Activations:
    """Run the head in floating point: linear layers with a rectifier (ReLU) between them."""
    inputs = hidden(head[:-1], features)
    return Activations(inputs, product(with_bias_input(inputs[-1]), head[-1]))


def hidden(layers: Head, features: Tensor) -> tuple[Tensor, ...]:
    """Run layers that each end in a rectifier (ReLU): the features, then the activations after each layer."""
    inputs = [features]
    for layer in layers:  # in place: a product belongs to nobody else
        inputs.append(torch.relu_(product(with_bias_input(inputs[-1]), layer)))
    return tuple(inputs)


def fixed_layers(rates: Sequence[Sequence[float]]) -> int:
    """Number of layers before the first that has a rate in any update, [updates][layers]: these never learn."""
    learns = [any(of_layer) for of_layer in zip(*rates, strict=True)]
    return learns.index(True) if True in learns else len(learns)


def gradients(
    activations: Activations, targets: Tensor, head: Head, loss: Loss = "cross-entropy", fixed: int = 0
) -> Head:
    """Gradients of the loss with respect to every layer that learns, by the chain rule.

    The cross-entropy is the mean over the classes that have examples of the mean over the examples of each, so that
    more examples of one class make no other one less likely; with as many of each it is the mean over all examples.
    The squared error is the mean over examples and outputs (that of Finn et al., ICML 2017, section 5.1).

    Written out rather than left to autograd because on the device the activations are measured on a chip
    and no graph connects them; being plain tensor operations they can be differentiated again.

    Args:
        activations: activations of the support set, from `forward` or from a chip.
        targets: of classes labels, int64 [examples], the same for all batch dimensions, or [..., examples]; with the
            squared error real vectors, [examples, outputs] or [..., examples, outputs].
        head: weights that carry the error back to the layers before the last.
        loss: what the gradients are of.
        fixed: first layers that do not learn (`fixed_layers`); they get no gradient.
    """
    error = _error(activations.logits, targets, loss)
    found: list[Tensor] = []
    for number in reversed(range(fixed, len(head))):
        inputs = activations.inputs[number]
        found.insert(0, product(with_bias_input(inputs).mT, error))
        if number > fixed:
            error = product(error, head[number][..., :-1, :].mT) * (inputs > 0)
    return tuple(found)


def _error(outputs: Tensor, targets: Tensor, loss: Loss) -> Tensor:
    """Gradient of the loss with respect to the outputs of the last layer, [..., examples, outputs]."""
    ways = outputs.shape[-1]
    if loss == "squared-error":
        return (outputs - targets) * (2 / (outputs.shape[-2] * ways))
    wanted = torch.nn.functional.one_hot(targets, ways).to(outputs.dtype)
    return (torch.softmax(outputs, dim=-1) - wanted) / divisors(targets, ways)[..., None]


def updated(head: Head, gradient: Head, rates: Tensor | Sequence[float]) -> Head:
    """One step of gradient descent with a rate for each layer, [layers]; layers without a gradient stay."""
    fixed = len(head) - len(gradient)
    moved = zip(head[fixed:], rates[fixed:], gradient, strict=True)
    return (*head[:fixed], *(weights - rate * slope for weights, rate, slope in moved))


def clipped(head: Head, most: Sequence[float]) -> Head:
    """Hold weights between plus and minus the most that pairs of cells can carry, one number a layer."""
    return tuple(weights.clamp(-size, size) for weights, size in zip(head, most, strict=True))


def after_update(
    head: Head,
    activations: Activations,
    targets: Tensor,
    rates: Sequence[float],
    most: Sequence[float],
    loss: Loss,
    fixed: int,
) -> Head:
    """One update as a host makes it: gradients, one step, and weights held inside what pairs of cells can carry.

    Layers that do not learn stay the same tensors.

    Args:
        head: weights before, [chips, inputs + 1, outputs] a layer.
        activations: activations of the support set.
        targets: see `gradients`.
        rates: of this update, one a layer.
        most: that pairs of cells can carry, one number a layer.
        loss: what the gradients are of.
        fixed: first layers that do not learn (`fixed_layers`).
    """
    inputs, logits, last = activations.inputs[-1], activations.logits, head[-1]
    if head_loops.serve(loss, len(head) - fixed, inputs, logits, last):
        return (*head[:-1], head_loops.learned(inputs, logits, targets, last, rates[-1], most[-1]))
    moved = updated(head, gradients(activations, targets, head, loss, fixed), rates)
    return (*head[:fixed], *clipped(moved[fixed:], most[fixed:]))
