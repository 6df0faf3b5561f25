"""The head that nobody trained: the start of meta-training, and what it stays where no training improved on it."""

from itertools import pairwise

import torch
from torch import Tensor

from ohmshot.bundle.head import Head

HAND_MADE = "hand-made"
"""`Provenance.head` of a bundle whose head is `identity_head`, as it was put in."""


def identity_head(features: int, hidden: tuple[int, ...], ways: int) -> Head:
    """Head whose layers before the last one hand the features on; last layer zero.

    The first layer is (identity, -identity), so that the rectifier keeps both signs, and any further one the identity.
    The first update then writes the class means of the rectified features into the last layer: the head
    starts as a nearest-mean classifier (Triantafillou et al., Meta-Dataset, ICLR 2020, call it Proto-MAML).
    Hidden units beyond 2 x features stay unused until meta-training finds a use for them. A head of one layer is zero.
    """
    layers = []
    for number, (inputs, outputs) in enumerate(pairwise((features, *hidden))):
        layer = torch.zeros(inputs + 1, outputs)
        if number == 0:
            for i in range(min(outputs, 2 * features)):
                layer[i % features, i] = 1.0 if i < features else -1.0
        else:
            layer[:inputs].fill_diagonal_(1.0)
        layers.append(layer)
    return (*layers, torch.zeros((hidden[-1] if hidden else features) + 1, ways))


def decaying_rates(rate: float, decay: float, updates: int, layers: int, first_layer_share: float = 0.0) -> Tensor:
    """Learning rates of the layers by update, [updates, layers]: the first update moves the last layer alone.

    Args:
        rate: rate of the last layer in the first update.
        decay: factor of the later updates.
        updates: number of updates.
        layers: number of layers.
        first_layer_share: rate of the layers before the last over that of the last, in the later updates.
    """
    later, before = rate * decay, layers - 1
    first = [*([0.0] * before), rate]
    return torch.tensor([first, *([[*([first_layer_share * later] * before), later]] * (updates - 1))])


def is_hand_made(head: Head) -> bool:
    """Whether a head is exactly `identity_head`."""
    widths = [layer.shape[1] for layer in head]
    made = identity_head(len(head[0]) - 1, tuple(widths[:-1]), widths[-1])
    return all(torch.equal(one, other) for one, other in zip(head, made, strict=True))
