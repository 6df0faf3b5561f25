"""First-order MAML over the fully-connected layers."""

from torch import Tensor

from ohmshot.meta.algorithms.algorithm import (
    Algorithm,
    Initialisation,
    Tasks,
    logits_of_adapted_head,
    outer_cross_entropy,
)
from ohmshot.meta.hardware import WriteErrors


def _logits(start: Initialisation, tasks: Tasks, errors: WriteErrors | None) -> Tensor:
    return logits_of_adapted_head(start, tasks, errors, "first")


def _loss(start: Initialisation, tasks: Tasks, errors: WriteErrors | None) -> Tensor:
    return outer_cross_entropy(start, _logits(start, tasks, errors), tasks.query_labels)


FIRST_ORDER_MAML = Algorithm(
    name="first-order-maml",
    learns=frozenset({"network", "head", "rates", "temperature"}),
    moves=frozenset({"head"}),
    loss=_loss,
    logits=_logits,
)
"""MAML with the gradients of the updates taken as constants: cheaper, and blind to how an update changes the next.

Finn, Abbeel, Levine, ICML 2017, section 5.2; Nichol, Achiam, Schulman, "On First-Order Meta-Learning Algorithms",
arXiv:1803.02999. The rates still learn: the loss depends on them directly.
"""
