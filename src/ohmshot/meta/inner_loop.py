"""The five updates that a device will make, in floating point and differentiable."""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.head import Head
from ohmshot.bundle.levels import nearest


@dataclass(frozen=True)
class WriteErrorModel:
    """What the hardware does to weights that are written, as far as meta-training is told.

    Attributes:
        full_scale: weight of the widest conductance difference, (first, second layer).
        levels: allowed sizes of a weight as shares of full scale, rising from 0.
        spread: standard deviation of a written weight as a share of full scale.
    """

    full_scale: tuple[float, float]
    levels: tuple[float, ...]
    spread: float

    def written(self, head: Head, random: torch.Generator) -> Head:
        """Return the head as it stands on a chip: on levels and with errors; gradients pass straight through."""
        first, second = (
            self._layer(weights, scale, random) for weights, scale in zip(head, self.full_scale, strict=True)
        )
        return first, second

    def clipped(self, head: Head) -> Head:
        """Hold the floating shadow inside what a pair of cells can carry."""
        first, second = (w.clamp(-scale, scale) for w, scale in zip(head, self.full_scale, strict=True))
        return first, second

    def _layer(self, weights: Tensor, scale: float, random: torch.Generator) -> Tensor:
        levels = torch.tensor(self.levels)
        size = (weights.detach() / scale).abs()
        error = self.spread * torch.randn(weights.shape, generator=random)
        actual = (nearest(size, levels) * weights.detach().sign() + error) * scale
        return weights + (actual - weights.detach())


def adapted(
    head: Head,
    rates: Tensor,
    features: Tensor,
    labels: Tensor,
    order: Literal["first", "second"] = "second",
    errors: WriteErrorModel | None = None,
    random: torch.Generator | None = None,
) -> Head:
    """Make all updates on a batch of tasks.

    Args:
        head: [features + 1, hidden] and [hidden + 1, ways], or with a leading dimension of tasks.
        rates: [updates, 2].
        features: [tasks, examples, features], the support sets.
        labels: int64 [examples].
        order: "second" differentiates through the gradients (MAML), "first" takes them as constants.
        errors: the hardware in the loop; None for exact weights.
        random: for the errors.

    Returns:
        The head of each task after the updates (its floating shadow, if there are errors).
    """
    tasks = features.shape[0]
    shadow: Head = (head[0].expand(tasks, *head[0].shape[-2:]), head[1].expand(tasks, *head[1].shape[-2:]))
    for step in range(rates.shape[0]):
        actual = shadow if errors is None or random is None else errors.written(shadow, random)
        gradient = heads.gradients(heads.forward(actual, features), labels, shadow[1])
        if order == "first":
            gradient = (gradient[0].detach(), gradient[1].detach())
        shadow = heads.updated(shadow, gradient, rates[step])
        if errors is not None:
            shadow = errors.clipped(shadow)
    return shadow
