"""Warm-up of the network by prototypical episodes at its final narrow width.

Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", NeurIPS 2017: a query is classified by its
squared distance to the mean of each class's support. Here every drawing of an episode is a query, and the mean of its
own class leaves it out; many ways and a second, one-shot term make each iteration teach more.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.randomness import generator
from ohmshot.meta.algorithms.prototypical import squared_distances
from ohmshot.meta.augment import AUGMENTATIONS, augmentation_draws
from ohmshot.meta.material import Material
from ohmshot.meta.phase import Phase
from ohmshot.meta.processes import Processes


@dataclass(frozen=True)
class WarmUpSettings:
    """Size and rates of the warm-up.

    Attributes:
        iterations: number of iterations, of one episode each.
        ways: classes of an episode, at most.
        drawings: drawings of each class in an episode.
        peak_rate: highest learning rate of the one cycle.
        weight_decay: weight decay of AdamW.
        one_shot: weight of the one-shot term.
        half_precision: true where the network computes in bfloat16; its weights stay float32.
    """

    iterations: int
    ways: int = 120
    drawings: int = 6
    peak_rate: float = 5e-3
    weight_decay: float = 1e-3
    one_shot: float = 0.5
    half_precision: bool = False


def warm_up_phase(
    name: str, network: nn.Module, material: Material, settings: WarmUpSettings, seed: int, processes: Processes
) -> Phase:
    """Return the phase that trains all of a network on prototypical episodes."""
    log_temperature = torch.zeros((), device=material.values.device, requires_grad=True)
    learned = [*network.parameters(), log_temperature]
    return Phase(
        name=name,
        iterations=settings.iterations,
        state={**network.state_dict(keep_vars=True), "log_temperature": log_temperature},
        optimiser=torch.optim.AdamW(learned, lr=settings.peak_rate, weight_decay=settings.weight_decay),
        rates=lambda iteration: [one_cycle_rate(iteration, settings.iterations, settings.peak_rate)],
        losses=lambda iteration: [
            warm_up_loss(network, log_temperature, material, settings, generator(seed, "warm-up", iteration), processes)
        ],
    )


def warm_up_loss(
    network: nn.Module,
    log_temperature: Tensor,
    material: Material,
    settings: WarmUpSettings,
    random: torch.Generator,
    processes: Processes,
) -> Tensor:
    """Loss of one episode, over the number of processes.

    Each process runs its share of the pictures through the network, and all see the features of all.
    """
    shape = EpisodeShape(min(settings.ways, material.examples.classes), 1, settings.drawings - 1)
    tasks = material.tasks(sample_episodes(material.examples, shape, 1, random))
    first, others = (part[0].view(shape.ways, -1, *part.shape[2:]) for part in (tasks.support, tasks.query))
    images = torch.cat([first, others], 1).flatten(0, 1)
    share = processes.share(len(images))
    draws = augmentation_draws(len(images), random)[:, share].to(images.device)
    with torch.autocast(images.device.type, torch.bfloat16, enabled=settings.half_precision):
        own = network(AUGMENTATIONS[material.examples.kind](images[share], draws))
    features = processes.sum(nn.functional.pad(own.float(), (0, 0, share.start, len(images) - share.stop)))
    classes = (log_temperature.exp() * features).view(shape.ways, settings.drawings, -1)
    loss = leave_one_out_loss(classes) + settings.one_shot * one_shot_loss(classes)
    return loss / processes.count


def leave_one_out_loss(classes: Tensor) -> Tensor:
    """Every example against the means of all classes, its own without itself: features [ways, examples, features]."""
    ways, examples = classes.shape[:2]
    total = classes.sum(1)
    own = (classes - (total[:, None] - classes) / (examples - 1)).square().sum(-1)
    distances = squared_distances(classes.flatten(0, 1), total / examples)
    labels = torch.arange(ways, device=classes.device).repeat_interleave(examples)
    return nn.functional.cross_entropy(-distances.scatter(1, labels[:, None], own.view(-1, 1)), labels)


def one_shot_loss(classes: Tensor) -> Tensor:
    """All examples of a class but the first against the first of every class: features [ways, examples, features]."""
    ways, examples = classes.shape[:2]
    distances = squared_distances(classes[:, 1:].flatten(0, 1), classes[:, 0])
    labels = torch.arange(ways, device=classes.device).repeat_interleave(examples - 1)
    return nn.functional.cross_entropy(-distances, labels)


def one_cycle_rate(iteration: int, iterations: int, peak: float) -> float:
    """Learning rate of a one-cycle schedule: a cosine rise over 30 %, then a cosine fall to near zero."""
    share = iteration / max(1, iterations)
    if share < 0.3:
        return peak * (0.04 + 0.96 * (1 - math.cos(math.pi * share / 0.3)) / 2)
    return peak * (1e-4 + (1 + math.cos(math.pi * (share - 0.3) / 0.7)) / 2)
