"""Chips that learn real vectors: predictions after every step, and after the bake; and the same with exact weights."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import torch
from torch import Tensor

from ohmshot.adapt.adaptation import adaptation
from ohmshot.adapt.bake import Bake
from ohmshot.adapt.software import software_heads
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.crossbar import Crossbar
from ohmshot.chip.meter import MeterReading
from ohmshot.data.regression import RegressionTasks
from ohmshot.host.care.care import REPAIR, Care
from ohmshot.host.learner import Learner


@dataclass(frozen=True)
class RegressionAdaptations:
    """Adaptations to tasks of real vectors; the first dimension of every tensor is the adaptation.

    Attributes:
        predictions: in the unit of the targets, [n, updates + 1, queries, outputs], before the first update and after
            each.
        baked: the same after the updates and the bake, [n, queries, outputs].
        cells_written: int64 [n], by all updates.
        spent: counts, energy and busy time of all updates.
    """

    predictions: Tensor
    baked: Tensor
    cells_written: Tensor
    spent: MeterReading

    @classmethod
    def cat(cls, parts: Sequence["RegressionAdaptations"]) -> "RegressionAdaptations":
        """Put records together in their order."""
        return cls(
            torch.cat([part.predictions for part in parts]),
            torch.cat([part.baked for part in parts]),
            torch.cat([part.cells_written for part in parts]),
            MeterReading.cat([part.spent for part in parts]),
        )


def adapted_regression(
    learner: Learner, crossbar: Crossbar, tasks: RegressionTasks, bake: Bake, care: Care = REPAIR
) -> RegressionAdaptations:
    """Let chips learn one task each, bake them, and predict the queries after every step.

    Args:
        learner: with the chips.
        crossbar: the chips, one for each task.
        tasks: the tasks.
        bake: storage after the updates.
        care: what is done about faults.

    Raises:
        SettingsError: the bundle tells classes apart, or gives another number of outputs.
    """
    bundle = learner.bundle
    support, query = _features(bundle, tasks)
    predictions, steps = [], []
    for step in adaptation(learner, support, bundle.scaled(tasks.support_targets), care):
        steps.append(step)
        predictions.append(bundle.predicted(learner.forward(query).logits))
    bake.apply_to(crossbar)
    return RegressionAdaptations(
        predictions=torch.stack(predictions, 1),
        baked=bundle.predicted(learner.forward(query).logits),
        cells_written=torch.stack([step.changed for step in steps[1:]]).sum(0),
        spent=reduce(add, (step.cost for step in steps[1:])),
    )


def software_predictions(bundle: Bundle, tasks: RegressionTasks) -> Tensor:
    """Predictions with exact weights, before the first update and after each: [tasks, updates + 1, queries, outputs].

    Raises:
        SettingsError: the bundle tells classes apart, or gives another number of outputs.
    """
    support, query, targets = fixed_part(bundle, tasks)
    reached = software_heads(bundle, support, targets)
    return torch.stack([bundle.predicted(heads.forward(head, query).logits) for head in reached], 1)


def fixed_part(bundle: Bundle, tasks: RegressionTasks) -> tuple[Tensor, Tensor, Tensor]:
    """Features of support and query, standardised as the host does it, and what the head shall give of the support."""
    support, query = _features(bundle, tasks)
    standard = bundle.standard(support)
    return standard(support), standard(query), bundle.scaled(tasks.support_targets)


def _features(bundle: Bundle, tasks: RegressionTasks) -> tuple[Tensor, Tensor]:
    return bundle.features(tasks.support[..., None]), bundle.features(tasks.query[..., None])
