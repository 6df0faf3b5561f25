"""Warm-up of the convolutional layers by prototypical episodes at their final narrow width.

Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", NeurIPS 2017: a query is classified by its
squared distance to the mean of each class's support. Many ways make each iteration teach more.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from ohmshot.data.drawings import Drawings
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.randomness import generator
from ohmshot.meta.augment import augmented
from ohmshot.meta.network import FeatureNetwork


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


def warm_up_loss(network: FeatureNetwork, drawings: Drawings, settings: WarmUpSettings, seed: int, at: int) -> Tensor:
    """Loss of iteration ``at``; its random numbers depend on the seed and ``at`` alone, so a run can be resumed."""
    random = generator(seed, "warm-up", at)
    shape = EpisodeShape(min(settings.ways, drawings.characters), settings.shots, settings.queries)
    episode = sample_episodes(drawings, shape, 1, random)
    images = torch.cat([episode.support(drawings.images)[0], episode.query(drawings.images)[0]])
    features = network(augmented(images[:, None].float() / 255, random))
    support, query = features[: shape.ways * shape.shots], features[shape.ways * shape.shots :]
    prototypes = support.view(shape.ways, shape.shots, -1).mean(1)
    return functional.cross_entropy(-torch.cdist(query, prototypes).square(), episode.query_labels)


def one_cycle_rate(iteration: int, iterations: int, peak: float) -> float:
    """Learning rate of a one-cycle schedule: a cosine rise over 30 %, then a cosine fall to near zero."""
    share = iteration / max(1, iterations)
    if share < 0.3:
        return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * share / 0.3)) / 2)
    return peak * (1e-4 + (1 + math.cos(math.pi * (share - 0.3) / 0.7)) / 2)
