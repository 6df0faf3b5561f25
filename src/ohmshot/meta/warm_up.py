"""Warm-up of the network by prototypical episodes at its final narrow width.

Snell, Swersky, Zemel, "Prototypical Networks for Few-shot Learning", NeurIPS 2017: a query is classified by its
squared distance to the mean of each class's support. Here every drawing of an episode is a query, and the mean of its
own class leaves it out; many ways and a second, one-shot term make each iteration teach more.
"""

import math

import torch
from torch import Tensor, nn

from ohmshot.bundle.nearest_mean import squared_distances
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.randomness import generator
from ohmshot.meta.augment import AUGMENTATIONS, augmentation_draws
from ohmshot.meta.material import Material
from ohmshot.meta.phase import Phase
from ohmshot.meta.precision import computes_in_half
from ohmshot.meta.processes import Processes
from ohmshot.meta.settings import MetaTrainingSettings

WEIGHT_DECAY = 1e-3
"""Weight decay of AdamW."""
ONE_SHOT_WEIGHT = 0.5
"""Weight of the one-shot term in the loss."""


def warm_up_phase(
    name: str, network: nn.Module, material: Material, settings: MetaTrainingSettings, processes: Processes
) -> Phase:
    """Return the phase that trains all of a network on prototypical episodes."""
    iterations, peak = settings.warm_up_iterations, settings.warm_up_rate
    log_temperature = torch.zeros((), device=material.values.device, requires_grad=True)
    learned = [*network.parameters(), log_temperature]
    return Phase(
        name=name,
        iterations=iterations,
        state={**network.state_dict(keep_vars=True), "log_temperature": log_temperature},
        optimiser=torch.optim.AdamW(learned, lr=peak, weight_decay=WEIGHT_DECAY),
        rates=lambda iteration: [one_cycle_rate(iteration, iterations, peak)],
        losses=lambda iteration: [
            warm_up_loss(
                network, log_temperature, material, settings, generator(settings.seed, "warm-up", iteration), processes
            )
        ],
    )


def warm_up_loss(
    network: nn.Module,
    log_temperature: Tensor,
    material: Material,
    settings: MetaTrainingSettings,
    random: torch.Generator,
    processes: Processes,
) -> Tensor:
    """Loss of one episode, [], over the number of processes.

    Each process runs its share of the pictures through the network, and all see the features of all.
    """
    drawings = settings.warm_up_drawings
    shape = EpisodeShape(min(settings.warm_up_ways, material.examples.classes), 1, drawings - 1)
    tasks = material.tasks(sample_episodes(material.examples, shape, 1, random))
    first, others = (part[0].view(shape.ways, -1, *part.shape[2:]) for part in (tasks.support, tasks.query))
    images = torch.cat([first, others], 1).flatten(0, 1)
    share = processes.share(len(images))
    draws = augmentation_draws(len(images), random)[:, share].to(images.device)
    half = computes_in_half(settings.precision, images.device)
    with torch.autocast(images.device.type, torch.bfloat16, enabled=half):
        own = network(AUGMENTATIONS[material.examples.kind](images[share], draws))
    features = processes.sum(nn.functional.pad(own.float(), (0, 0, share.start, len(images) - share.stop)))
    classes = (log_temperature.exp() * features).view(shape.ways, drawings, -1)
    loss = leave_one_out_loss(classes) + ONE_SHOT_WEIGHT * one_shot_loss(classes)
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
