"""Reptile over the fully-connected layers."""

from torch import Tensor

from ohmshot.meta.algorithms.algorithm import Algorithm, EpisodeBatch, Initialisation, embedded, logits_of_adapted_head
from ohmshot.meta.hardware import WriteErrors
from ohmshot.meta.inner_loop import adapted


def _logits(start: Initialisation, tasks: EpisodeBatch, errors: WriteErrors | None) -> Tensor:
    return logits_of_adapted_head(start, tasks, errors, "first")


def _loss(start: Initialisation, tasks: EpisodeBatch, errors: WriteErrors | None) -> Tensor:
    """Half the mean squared distance from the initialisation to the adapted heads, which are taken as constants."""
    support, _ = embedded(start, tasks)
    learned = adapted(start.head, start.head_rates, support, tasks.support_labels, "first", errors).shadow
    distance = support.new_zeros(())
    for weights, goal in zip(start.head, learned, strict=True):
        distance = distance + 0.5 * (weights - goal.detach()).square().sum() / len(tasks)
    return distance


REPTILE = Algorithm(
    name="reptile",
    learns=frozenset({"head"}),
    moves=frozenset({"head"}),
    loss=_loss,
    logits=_logits,
)
"""Moves the initialisation towards the weights that the tasks end with; no query is looked at.

Nichol, Achiam, Schulman, "On First-Order Meta-Learning Algorithms", arXiv:1803.02999: the step theta - phi_i is the
gradient of the loss above, so that any optimiser can take it. It learns only what its inner loop moves: neither the
rates nor the network.
"""
