"""The two fully-connected layers that learn on the device: forward, gradients, one update.

The same few lines serve the inner loop of meta-training (differentiated through, for second-order MAML),
the software limit and the host of a chip, so that "the five updates" mean the same everywhere.

A layer is one matrix [inputs + 1, outputs] whose last row is the bias: on a crossbar that row is driven by a
constant input of 1. All functions take any leading batch dimensions (tasks, chips).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.foundation.products import product

Head = tuple[Tensor, Tensor]
"""First and second layer: [..., features + 1, hidden] and [..., hidden + 1, ways]."""


@dataclass(frozen=True)
class Activations:
    """Activations of one forward pass, as the gradients need them.

    Attributes:
        features: [..., examples, features], the input.
        hidden: [..., examples, hidden], after the rectifier.
        logits: [..., examples, ways].
    """

    features: Tensor
    hidden: Tensor
    logits: Tensor


def with_bias_input(values: Tensor) -> Tensor:
    """Append the constant input 1 that drives the bias row: [..., n] -> [..., n + 1]."""
    return torch.nn.functional.pad(values, (0, 1), value=1.0)


def forward(head: Head, features: Tensor) -> Activations:
    """Run the head in floating point: linear, rectifier (ReLU), linear."""
    hidden = torch.relu(product(with_bias_input(features), head[0]))
    return Activations(features, hidden, product(with_bias_input(hidden), head[1]))


def gradients(activations: Activations, labels: Tensor, second_layer: Tensor) -> Head:
    """Gradients of the mean cross-entropy with respect to both layers, by the chain rule.

    Written out rather than left to autograd because on the device the activations are measured on a chip
    and no graph connects them; being plain tensor operations they can be differentiated again.

    Args:
        activations: activations of the support set, from `forward` or from a chip.
        labels: int64, [examples], the same for all batch dimensions, or [..., examples].
        second_layer: [..., hidden + 1, ways], the weights that carry the error back to the hidden layer.
    """
    ways = activations.logits.shape[-1]
    examples = activations.logits.shape[-2]
    wanted = torch.nn.functional.one_hot(labels, ways).to(activations.logits.dtype)
    error = (torch.softmax(activations.logits, dim=-1) - wanted) / examples
    second = product(with_bias_input(activations.hidden).mT, error)
    hidden_error = product(error, second_layer[..., :-1, :].mT) * (activations.hidden > 0)
    first = product(with_bias_input(activations.features).mT, hidden_error)
    return first, second


def updated(head: Head, gradient: Head, rates: Tensor) -> Head:
    """One step of gradient descent with a rate for each layer: rates [layers] (first, second)."""
    return head[0] - rates[0] * gradient[0], head[1] - rates[1] * gradient[1]
