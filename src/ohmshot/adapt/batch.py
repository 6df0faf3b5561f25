"""What a run of adaptations is asked for and what it gives, one row an adaptation."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from ohmshot.chip.circuit import Circuit
from ohmshot.chip.meter import MeterReading
from ohmshot.data.episodes import EpisodeShape
from ohmshot.host.learner import LearnerSettings


@dataclass(frozen=True)
class AdaptationSettings:
    """What to run.

    Attributes:
        episodes: adaptations in all, spread evenly over the chips.
        chips: different chips.
        seed: of everything random.
        shape: ways, shots and queries.
        learner: how the host learns.
        circuit: around the array.
        bake_hours: of storage after the updates.
        bake_celsius: its temperature.
        faults: what is done about cells that do not follow (`ohmshot.host.care.healing`). "repair" believes the
            health map, tests chips that miss many targets, and gets round the faults; "test-first" tests every new chip
            before; "ignore" takes every chip for a sound one.
    """

    episodes: int = 20
    chips: int = 1
    seed: int = 0
    shape: EpisodeShape = field(default_factory=EpisodeShape)
    learner: LearnerSettings = field(default_factory=LearnerSettings)
    circuit: Circuit = field(default_factory=Circuit)
    bake_hours: float = 12.0
    bake_celsius: float = 150.0
    faults: Literal["ignore", "repair", "test-first"] = "ignore"


@dataclass(frozen=True)
class AdaptationBatch:
    """What adaptations brought and cost; the first dimension of every tensor but the last is the adaptation.

    Attributes:
        accuracy: float64 [n, updates + 1], share of right answers before the first update and after each.
        accuracy_after_bake: float64 [n].
        answers: int64 [n, queries], after the last update.
        answers_after_bake: int64 [n, queries].
        cells_written: int64 [n, updates].
        cells_missed: int64 [n], cells that missed their target at the initialisation.
        initialisation: counts, energy and busy time of forming and writing the initialisation.
        updates: the same of each update; the queries are measured between them and not charged.
        cells_stuck: int64 [n], cells that are known not to follow at the end.
        most_cycles: int64 [n], SET/RESET cycles of the most worn cell at the end.
        first_conductances: uS [3, rows, columns] of the first chip: initialised, adapted, baked.
    """

    accuracy: Tensor
    accuracy_after_bake: Tensor
    answers: Tensor
    answers_after_bake: Tensor
    cells_written: Tensor
    cells_missed: Tensor
    cells_stuck: Tensor
    initialisation: MeterReading
    updates: tuple[MeterReading, ...]
    most_cycles: Tensor
    first_conductances: Tensor


def joined(batches: Sequence[AdaptationBatch]) -> AdaptationBatch:
    """Put batches together in their order."""
    return AdaptationBatch(
        accuracy=torch.cat([batch.accuracy for batch in batches]),
        accuracy_after_bake=torch.cat([batch.accuracy_after_bake for batch in batches]),
        answers=torch.cat([batch.answers for batch in batches]),
        answers_after_bake=torch.cat([batch.answers_after_bake for batch in batches]),
        cells_written=torch.cat([batch.cells_written for batch in batches]),
        cells_missed=torch.cat([batch.cells_missed for batch in batches]),
        cells_stuck=torch.cat([batch.cells_stuck for batch in batches]),
        initialisation=MeterReading.cat([batch.initialisation for batch in batches]),
        updates=tuple(MeterReading.cat(step) for step in zip(*(batch.updates for batch in batches), strict=True)),
        most_cycles=torch.cat([batch.most_cycles for batch in batches]),
        first_conductances=batches[0].first_conductances,
    )
