"""Second-order MAML over the first layer of the head and the rates, on cached features, through hardware errors.

Finn, Abbeel, Levine, "Model-Agnostic Meta-Learning", ICML 2017; rates learned a layer and a step as in Antoniou,
Edwards, Storkey, "How to train your MAML", ICLR 2019. The second layer starts at zero and stays there: the head
begins at exactly chance and does not depend on the order of the classes.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.head import Head
from ohmshot.data.drawings import Drawings
from ohmshot.data.episodes import Episodes, EpisodeShape, sample_episodes
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.randomness import generator
from ohmshot.meta.inner_loop import WriteErrorModel, adapted


@dataclass(frozen=True)
class MamlSettings:
    """Size and rates of the outer loop.

    Attributes:
        iterations: of one batch of tasks each.
        tasks: episodes a batch.
        outer_rate: of Adam, for the head; the logarithms of the rates move ten times as fast.
        check_every: iterations between two looks at the held-out alphabets.
    """

    iterations: int
    tasks: int = 32
    outer_rate: float = 1e-3
    check_every: int = 25


@dataclass(frozen=True)
class HeadStart:
    """A head and its rates, with the held-out accuracy in per cent that chose them."""

    head: Head
    rates: Tensor
    held_out: float


def identity_head(features: int, hidden: int, ways: int, gain: float) -> Head:
    """Head whose first layer is (identity, -identity), so that the rectifier keeps both signs; second layer zero.

    The first update then writes the class means of the rectified features into the second layer: the head
    starts as a nearest-mean classifier (Triantafillou et al., Meta-Dataset, ICLR 2020, call it Proto-MAML).
    Hidden units beyond 2 x features stay unused until MAML finds a use for them.
    """
    first = torch.zeros(features + 1, hidden)
    for i in range(min(hidden, 2 * features)):
        first[i % features, i] = gain if i < features else -gain
    return first, torch.zeros(hidden + 1, ways)


def maml(
    start: HeadStart,
    drawings: Drawings,
    features: Tensor,
    held_out: Callable[[Head, Tensor], float],
    errors: WriteErrorModel,
    settings: MamlSettings,
    seed: int,
    progress: Callable[[int, float, float], None],
) -> HeadStart:
    """Improve a head start; returned unchanged when the held-out alphabets see no gain.

    Args:
        start: where to begin.
        drawings: the training characters.
        features: of them, [characters, drawings, features].
        held_out: accuracy in per cent of a head and rates on alphabets that are not trained on.
        errors: the hardware in the loop.
        settings: of the outer loop.
        seed: of the run; iteration i draws from (seed, "maml", i).
        progress: told iteration, loss and held-out accuracy.

    Raises:
        OhmshotError: the loss is no longer finite.
    """
    first = start.head[0].clone().requires_grad_()
    logarithms = start.rates.clamp(min=1e-3).log().requires_grad_()
    optimiser = torch.optim.Adam(
        [{"params": [first], "lr": settings.outer_rate}, {"params": [logarithms], "lr": 10 * settings.outer_rate}]
    )
    best = start
    for iteration in range(settings.iterations):
        random = generator(seed, "maml", iteration)
        episodes = sample_episodes(drawings, EpisodeShape(), settings.tasks, random)
        loss = _outer_loss((first, start.head[1]), logarithms.exp(), features, episodes, errors, random)
        if not bool(torch.isfinite(loss)):
            raise OhmshotError(f"The loss of MAML is not finite at iteration {iteration}. Lower outer_rate.")
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        if (iteration + 1) % settings.check_every == 0:
            head, rates = (first.detach().clone(), start.head[1]), logarithms.detach().exp()
            reached = held_out(head, rates)
            progress(iteration + 1, loss.item(), reached)
            if reached > best.held_out:
                best = HeadStart(head, rates, reached)
    return best


def _outer_loss(
    head: Head, rates: Tensor, features: Tensor, episodes: Episodes, errors: WriteErrorModel, random: torch.Generator
) -> Tensor:
    support, query = episodes.support(features), episodes.query(features)
    learned = adapted(head, rates, support, episodes.support_labels, "second", errors, random)
    logits = heads.forward(errors.written(learned, random), query).logits
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), episodes.query_labels.repeat(len(episodes)))
