"""Accuracy of a head on episodes of cached features, for stopping and for the metrics of a bundle."""

import torch
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.head import Head
from ohmshot.data.episodes import Episodes
from ohmshot.meta.inner_loop import WriteErrorModel, adapted


@torch.no_grad()
def accuracy(
    head: Head,
    rates: Tensor,
    features: Tensor,
    episodes: Episodes,
    errors: WriteErrorModel | None,
    random: torch.Generator,
) -> Tensor:
    """Query accuracy of each episode after all updates, in per cent, [episodes].

    Args:
        head: the initialisation.
        rates: [updates, 2].
        features: [characters, drawings, features].
        episodes: which tasks.
        errors: the hardware, or None.
        random: for the errors.
    """
    learned = adapted(head, rates, episodes.support(features), episodes.support_labels, "first", errors, random)
    if errors is not None:
        learned = errors.written(learned, random)
    logits = heads.forward(learned, episodes.query(features)).logits
    return 100 * (logits.argmax(-1) == episodes.query_labels).float().mean(-1)
