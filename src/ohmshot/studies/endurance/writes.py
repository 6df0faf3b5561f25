"""Writes that learning costs a chip: from the learned initialisation, and from random weights."""

import dataclasses
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.adapt.adaptation import adaptation
from ohmshot.adapt.adaptations import answers, right_share
from ohmshot.adapt.tasks import TaskBatch
from ohmshot.bundle.bundle import Bundle
from ohmshot.foundation.randomness import generator
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner

SCRATCH_RATE = 0.3
"""Learning rate of both layers from random weights: among the fastest of 0.03 to 3 on invented alphabets."""
SCRATCH_FULL_SCALE = (1.5, 1.5)
"""Weight at the widest conductance difference, by layer, for random starts: the largest weights of those trials."""


@dataclass(frozen=True)
class LearningCurve:
    """Learning update by update; all tensors [updates + 1, episodes], costs counted from the first update on.

    Attributes:
        start: name of the starting weights.
        accuracy: share of right answers.
        cell_writes: cells written so far, every time counted.
        pulses: pulses so far.
        mean_cycles: SET/RESET cycles so far, mean of all cells.
        most_cycles: SET/RESET cycles so far of the most worn cell.
    """

    start: str
    accuracy: Tensor
    cell_writes: Tensor
    pulses: Tensor
    mean_cycles: Tensor
    most_cycles: Tensor

    @property
    def costs(self) -> tuple[Tensor, ...]:
        """Cell writes, pulses, mean and most cycles, each [updates + 1, episodes]."""
        return self.cell_writes, self.pulses, self.mean_cycles, self.most_cycles

    def first_as_good_as(self, goal: float) -> int | None:
        """First update after which the mean accuracy is at least this, or None."""
        good = torch.nonzero(self.accuracy.mean(1) >= goal)
        return int(good[0]) if len(good) else None


def learning_curve(start: str, learner: Learner, task: TaskBatch) -> LearningCurve:
    """Write the initialisation, then make all updates of the learner's bundle on one task a chip."""
    crossbar = learner.crossbar
    written = pulses = worn = torch.zeros(crossbar.chips, dtype=torch.int64)
    points = []
    for step in adaptation(learner, task.support, task.support_labels, NO_CARE):
        if step.number == 0:
            worn = crossbar.wear().flatten(1)
        else:
            written, pulses = written + step.changed, pulses + step.cost.pulses
        cycles = (crossbar.wear().flatten(1) - worn).double()
        right = right_share(answers(learner, task.query), task)
        points.append((right, written.double(), pulses.double(), cycles.mean(1), cycles.amax(1)))
    return LearningCurve(start, *(torch.stack(column) for column in zip(*points, strict=True)))


def scratch_bundle(bundle: Bundle, updates: int, seed: int) -> Bundle:
    """The network of a bundle with random weights in its head (He's variance), and one rate for all updates."""
    random = generator(seed, "endurance", "scratch")
    first, second = (
        torch.randn(weights.shape, generator=random) * math.sqrt(2 / len(weights)) for weights in bundle.head
    )
    first[-1] = second[-1] = 0.0  # the biases
    mapping = bundle.header.mapping.model_copy(update={"weight_full_scale": SCRATCH_FULL_SCALE})
    rates = ((SCRATCH_RATE, SCRATCH_RATE),) * updates
    header = bundle.header.model_copy(update={"rates": rates, "mapping": mapping})
    return dataclasses.replace(bundle, header=header, head=(first, second))
