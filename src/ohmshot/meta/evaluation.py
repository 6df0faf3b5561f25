"""Accuracy of an initialisation on tasks, for stopping and for the metrics of a bundle."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from ohmshot.data.episodes import Episodes
from ohmshot.meta.algorithms.algorithm import Algorithm, Initialisation
from ohmshot.meta.hardware import WriteErrorModel
from ohmshot.meta.material import Material


@torch.no_grad()
def accuracy(
    algorithm: Algorithm,
    start: Initialisation,
    material: Material,
    episodes: Episodes,
    model: WriteErrorModel | None,
    random: torch.Generator,
) -> Tensor:
    """Query accuracy of each episode after all updates, in per cent, [episodes].

    Args:
        algorithm: meta-learning algorithm.
        start: the initialisation.
        material: examples of the tasks, as the network of ``start`` takes them.
        episodes: tasks to adapt to.
        model: write errors, or None for exact weights.
        random: generator of the write errors.
    """
    if "network" not in algorithm.moves:
        material, start = material.through(start.network), replace(start, network=nn.Identity())
    tasks = material.tasks(episodes)
    errors = None if model is None else model.drawn(start.head, len(tasks), len(start.log_rates), random)
    logits = algorithm.logits(start, tasks, errors)
    return 100 * (logits.argmax(-1) == tasks.query_labels).float().mean(-1)
