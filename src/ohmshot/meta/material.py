"""What tasks are made of: examples as they are stored, or their features kept."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ohmshot.data.drawings import Drawings
from ohmshot.data.episodes import Episodes
from ohmshot.meta.algorithms.algorithm import Tasks, tasks_of

BATCH = 1024
"""Examples that go through a network in one go, to bound the memory."""


@dataclass(frozen=True)
class Material:
    """Examples of many classes.

    Attributes:
        drawings: tells classes and examples.
        values: of each example, [classes, examples, ...], on the device of the run.
        inputs: makes of chosen values, [..., ...], what the network takes.
    """

    drawings: Drawings
    values: Tensor
    inputs: Callable[[Tensor], Tensor]

    def tasks(self, episodes: Episodes) -> Tasks:
        """Return the tasks of some episodes, as the network takes them."""
        return tasks_of(episodes, self.values, self.inputs)

    @torch.no_grad()
    def through(self, network: nn.Module) -> "Material":
        """Return the features that a network gives each example: computed once, then kept."""
        flat = self.values.flatten(0, 1)
        features = torch.cat([network(self.inputs(part)) for part in torch.split(flat, BATCH)])
        return Material(self.drawings, features.view(*self.values.shape[:2], -1), _unchanged)


def pictures(drawings: Drawings, device: torch.device) -> Material:
    """Return drawings as stored, uint8, that become float inputs [n, 1, side, side] with ink 1 when chosen."""
    return Material(drawings, drawings.images.to(device), _ink)


def _unchanged(values: Tensor) -> Tensor:
    return values


def _ink(images: Tensor) -> Tensor:
    return images.unsqueeze(-3).float() / 255
