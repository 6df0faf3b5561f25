"""Answers of a chip to examples, as the page shows them."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ohmshot.chip.crossbar import ReadableCrossbar
from ohmshot.foundation.statistics import wilson
from ohmshot.host.learner import Learner


def shares_of(learner: Learner, features: Tensor, chip: ReadableCrossbar | None = None) -> Tensor:
    """Probabilities of the classes for features [n, features]: float32 [n, classes].

    Args:
        learner: the host with its chip.
        features: of the examples.
        chip: another chip that the head lies on, such as a baked copy; None for the learner's own.
    """
    if not len(features):
        return torch.zeros(0, learner.bundle.header.network.ways)
    if chip is None:
        logits = learner.forward(features).logits
    else:
        logits = learner.array.forward(chip, learner.standard(features[None])).logits
    return torch.softmax(logits[0], -1)


def judged(shares: Tensor, labels: Tensor) -> dict[str, Any] | None:
    """Right answers of how many, with the 95 % interval; None where nothing was asked."""
    if not len(labels):
        return None
    answers = shares.argmax(-1)
    right = int((answers == labels).sum())
    found = wilson(right, len(labels))
    return {
        "right": right,
        "of": len(labels),
        "low": found.low,
        "high": found.high,
        "answers": answers.tolist(),
        "shares": [round(share, 4) for share in shares.max(-1).values.tolist()],
    }


def mixed_up(names: Sequence[str], shares: Tensor, labels: Tensor) -> list[str]:
    """Classes whose own examples the chip takes for another class, a sentence each."""
    answers = shares.argmax(-1).tolist()
    wrong = [(names[label], names[answer]) for label, answer in zip(labels.tolist(), answers, strict=True)
             if label != answer]  # fmt: skip
    return [
        f"The chip takes a drawing of '{true}' that it has learned from for '{taken}': the two look alike to it."
        for true, taken in dict.fromkeys(wrong)
    ]


def answer(shares: Tensor, features: Tensor, support: Tensor, known: bool | None) -> dict[str, Any]:
    """One answer: the shares, the drawing learned from that looks most like it, and whether the chip knows it at all.

    Args:
        shares: [classes].
        features: of the example, [features].
        support: of the examples learned from, [n, features].
        known: False for "I do not know this one"; None where nobody has decided.
    """
    nearest = int((support - features).square().sum(-1).argmin())
    return {"shares": shares.tolist(), "best": int(shares.argmax()), "nearest": nearest, "known": known}
