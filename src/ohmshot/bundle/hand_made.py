"""The head that nobody trained: the start of meta-training, and what it stays where no training improved on it."""

import torch

from ohmshot.bundle.head import Head

HAND_MADE = "hand-made"
"""`Provenance.head` of a bundle whose head is `identity_head`, as it was put in."""


def identity_head(features: int, hidden: int, ways: int, gain: float) -> Head:
    """Head whose first layer is (identity, -identity), so that the rectifier keeps both signs; second layer zero.

    The first update then writes the class means of the rectified features into the second layer: the head
    starts as a nearest-mean classifier (Triantafillou et al., Meta-Dataset, ICLR 2020, call it Proto-MAML).
    Hidden units beyond 2 x features stay unused until meta-training finds a use for them.
    """
    first = torch.zeros(features + 1, hidden)
    for i in range(min(hidden, 2 * features)):
        first[i % features, i] = gain if i < features else -gain
    return first, torch.zeros(hidden + 1, ways)


def is_hand_made(head: Head) -> bool:
    """Whether a head is exactly `identity_head` with a gain of 1."""
    first, second = head
    made = identity_head(len(first) - 1, first.shape[1], second.shape[1], 1.0)
    return all(torch.equal(one, other) for one, other in zip(head, made, strict=True))
