"""Prototypical classification: the nearest mean, without gradients on the task."""

from torch import Tensor

from ohmshot.bundle.nearest_mean import nearest_mean_logits
from ohmshot.meta.algorithms.algorithm import Algorithm, EpisodeBatch, Initialisation, embedded, outer_cross_entropy
from ohmshot.meta.hardware import WriteErrors


def _logits(start: Initialisation, tasks: EpisodeBatch, errors: WriteErrors | None) -> Tensor:
    support, query = embedded(start, tasks)
    return nearest_mean_logits(support, tasks.support_labels, query, tasks.ways)


PROTOTYPICAL = Algorithm(
    name="prototypical",
    learns=frozenset({"network", "temperature"}),
    moves=frozenset(),
    loss=outer_cross_entropy(_logits),
    logits=_logits,
)
"""Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", NeurIPS 2017.

The baseline that does not need a gradient on the device. It holds no weights of a head, so there is nothing for write
errors to change.
"""
