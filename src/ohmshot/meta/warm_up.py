"""Warm-up of the network by prototypical episodes at its final narrow width.

Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", NeurIPS 2017: a query is classified by its
squared distance to the mean of each class's support. Many ways make each iteration teach more.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.randomness import generator
from ohmshot.meta.algorithms.prototypical import prototype_logits
from ohmshot.meta.augment import augmentation_draws, augmented
from ohmshot.meta.material import Material
from ohmshot.meta.phase import Phase
from ohmshot.meta.processes import Processes


@dataclass(frozen=True)
class WarmUpSettings:
    """Size and rates of the warm-up.

    Attributes:
        iterations: of one episode each.
        ways: classes of an episode.
        shots: drawings that make a prototype.
        queries: drawings to be classified.
        peak_rate: highest learning rate of the one cycle.
        weight_decay: of AdamW.
    """

    iterations: int
    ways: int = 60
    shots: int = 5
    queries: int = 3
    peak_rate: float = 5e-3
    weight_decay: float = 1e-3


def warm_up_phase(
    name: str, network: nn.Module, material: Material, settings: WarmUpSettings, seed: int, processes: Processes
) -> Phase:
    """Return the phase that trains all of a network on prototypical episodes."""
    optimiser = torch.optim.AdamW(network.parameters(), lr=settings.peak_rate, weight_decay=settings.weight_decay)
    return Phase(
        name=name,
        iterations=settings.iterations,
        state=dict(network.state_dict(keep_vars=True)),
        optimiser=optimiser,
        rates=lambda iteration: [one_cycle_rate(iteration, settings.iterations, settings.peak_rate)],
        loss=lambda iteration: warm_up_loss(network, material, settings, seed, iteration, processes),
    )


def warm_up_loss(
    network: nn.Module, material: Material, settings: WarmUpSettings, seed: int, at: int, processes: Processes
) -> Tensor:
    """Loss of iteration ``at`` on one episode, over the number of processes.

    Its random numbers depend on the seed and ``at`` alone. Each process runs its share of the pictures through the
    network, and all see the features of all.
    """
    random = generator(seed, "warm-up", at)
    shape = EpisodeShape(min(settings.ways, material.drawings.characters), settings.shots, settings.queries)
    tasks = material.tasks(sample_episodes(material.drawings, shape, 1, random))
    images = torch.cat([tasks.support[0], tasks.query[0]])
    share = processes.share(len(images))
    draws = augmentation_draws(len(images), random)[:, share].to(images.device)
    own = network(augmented(images[share], draws))
    features = processes.sum(nn.functional.pad(own, (0, 0, share.start, len(images) - share.stop)))
    support, query = features[: shape.ways * shape.shots], features[shape.ways * shape.shots :]
    logits = prototype_logits(support, tasks.support_labels, query, shape.ways)
    return nn.functional.cross_entropy(logits, tasks.query_labels) / processes.count


def one_cycle_rate(iteration: int, iterations: int, peak: float) -> float:
    """Learning rate of a one-cycle schedule: a cosine rise over 30 %, then a cosine fall to near zero."""
    share = iteration / max(1, iterations)
    if share < 0.3:
        return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * share / 0.3)) / 2)
    return peak * (1e-4 + (1 + math.cos(math.pi * (share - 0.3) / 0.7)) / 2)
