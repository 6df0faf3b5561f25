"""Many adaptations: made on a batch of chips, with a record of their accuracy and cost."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from operator import add
from typing import Generic, TypeVar

import torch
from torch import Tensor

from ohmshot.adapt.adaptation import adaptation
from ohmshot.adapt.bake import Bake
from ohmshot.adapt.loss import Signs, signs_of
from ohmshot.adapt.tasks import TaskBatch
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.statistics import half_interval, percent_of_mean
from ohmshot.foundation.summary import Summarised, Summary, with_unit
from ohmshot.host.care.care import REPAIR, Care
from ohmshot.host.learner import Learner


@dataclass(frozen=True, repr=False)
class LearnedTasks(Summarised):
    """Accuracy and cost of adaptations up to the last update; the first dimension of every tensor is the adaptation.

    Attributes:
        accuracy: float64 [n, updates + 1], share of right answers before the first update and after each.
        answers: int64 [n, queries], after the last update.
        cells_written: int64 [n, updates].
        cells_missed: int64 [n], cells that missed their target at the initialisation.
        initialisation: counts, energy and busy time of forming and writing the initialisation.
        updates: counts, energy and busy time of each update; the queries are measured between them and not charged.
        first_conductances: uS [looks, rows, columns] of the first chip: initialised, adapted and, once baked, baked.
        signs: what takes accuracy that exact weights would have, after the last update.
    """

    accuracy: Tensor
    answers: Tensor
    cells_written: Tensor
    cells_missed: Tensor
    initialisation: MeterReading
    updates: tuple[MeterReading, ...]
    first_conductances: Tensor
    signs: Signs

    def _summary(self) -> Summary:
        joules, written = float(self.spent.joules.mean()), float(self.cells_written.sum(1).double().mean())
        rows = [
            ("before" if update == 0 else f"update {update}", percent_of_mean(each))
            for update, each in enumerate(self.accuracy.unbind(1))
        ]
        text = (
            f"{counted(len(self.learned), 'adaptation')}: right answers "
            f"{percent_of_mean(self.learned)}, {written:,.0f} cells written, "
            f"{with_unit(joules, 'J')} each"
        )
        return Summary(text, rows, ("", "right answers"))

    def columns(self) -> dict[str, Tensor]:
        """One number an adaptation, [n], by the name of a column, which ends in its unit."""
        updates, each = MeterReading.cat(self.updates), (len(self.updates), -1)
        return {
            "accuracy_before_percent": 100 * self.accuracy[:, 0],
            "accuracy_adapted_percent": 100 * self.learned,
            "cells_written": self.cells_written.sum(1),
            "pulses_initialisation": self.initialisation.pulses,
            "pulses_adaptation": updates.pulses.view(each).sum(0),
            "energy_initialisation_j": self.initialisation.joules,
            "energy_adaptation_j": reduce(add, updates.joules.view(each).unbind()),
            "cells_missed": self.cells_missed,
        }

    @property
    def learned(self) -> Tensor:
        """Share of right answers after the last update, float64 [n]."""
        return self.accuracy[:, -1]

    @property
    def spent(self) -> MeterReading:
        """Counts, energy and busy time of all updates together."""
        return reduce(add, self.updates)


@dataclass(frozen=True, repr=False)
class Adaptations(LearnedTasks):
    """Adaptations to the end: learned and baked.

    Attributes:
        accuracy_after_bake: float64 [n].
        answers_after_bake: int64 [n, queries].
        cells_stuck: int64 [n], cells that are known to be stuck at the end.
        most_cycles: int64 [n], SET/RESET cycles of the most worn cell at the end.
    """

    accuracy_after_bake: Tensor
    answers_after_bake: Tensor
    cells_stuck: Tensor
    most_cycles: Tensor

    def _summary(self) -> Summary:
        learned, baked = super()._summary(), self.accuracy_after_bake
        words = percent_of_mean(baked)
        return Summary(f"{learned.text}; baked {words}", [*learned.rows, ("baked", words)], learned.headings)

    def columns(self) -> dict[str, Tensor]:
        """Those of the learned tasks, and what was measured after the bake."""
        baked = {"accuracy_baked_percent": 100 * self.accuracy_after_bake}
        return super().columns() | baked | {"most_cycles": self.most_cycles}

    def accuracies(self) -> dict[str, float]:
        """Mean accuracies in per cent, with the half width of their 95 % intervals, by column."""
        return {
            "accuracy_percent": 100 * float(self.learned.mean()),
            "accuracy_ci95_percent": 100 * half_interval(self.learned),
            "accuracy_after_bake_percent": 100 * float(self.accuracy_after_bake.mean()),
            "accuracy_after_bake_ci95_percent": 100 * half_interval(self.accuracy_after_bake),
        }

    @classmethod
    def cat(cls, parts: Sequence["Adaptations"]) -> "Adaptations":
        """Put records together in their order."""
        tensors = {
            field.name: torch.cat([getattr(part, field.name) for part in parts])
            for field in fields(cls)
            if field.name not in ("initialisation", "updates", "first_conductances", "signs")
        }
        return cls(
            **tensors,
            initialisation=MeterReading.cat([part.initialisation for part in parts]),
            updates=tuple(MeterReading.cat(step) for step in zip(*(part.updates for part in parts), strict=True)),
            first_conductances=parts[0].first_conductances,
            signs=Signs.cat(part.signs for part in parts),
        )


Chips = TypeVar("Chips", bound=ObservedCrossbar)


@dataclass(frozen=True, repr=False)
class AdaptedChips(LearnedTasks, Generic[Chips]):
    """A batch of chips after its updates, one task each, still in the tester.

    Attributes:
        crossbar: the chips.
        learner: the host.
        task: the task of each chip.
    """

    crossbar: Chips
    learner: Learner
    task: TaskBatch

    def accuracy_now(self) -> Tensor:
        """Share of right answers of each chip, measured on the chip again; float64 [n]."""
        return right_share(answers(self.learner, self.task.query), self.task)

    def baked(self, bake: Bake) -> Adaptations:
        """Bake the chips, measure once more, and sum up."""
        bake.apply_to(self.crossbar)
        last = self.crossbar.true_conductances()[:1]
        baked = answers(self.learner, self.task.query)
        faults = self.learner.faults
        learned = {field.name: getattr(self, field.name) for field in fields(LearnedTasks)}
        return Adaptations(
            **learned | {"first_conductances": torch.cat([self.first_conductances, last])},
            accuracy_after_bake=right_share(baked, self.task),
            answers_after_bake=baked,
            cells_stuck=torch.zeros_like(self.cells_missed) if faults is None else faults.stuck.sum(1),
            most_cycles=self.crossbar.wear().flatten(1).amax(1),
        )


def adapted(
    learner: Learner,
    crossbar: Chips,
    task: TaskBatch,
    care: Care = REPAIR,
    told: Callable[[], None] = lambda: None,
) -> AdaptedChips[Chips]:
    """Let chips learn one task each, and measure the answers to its queries after every step.

    Args:
        learner: with the chips.
        crossbar: the chips, as they can be pictured.
        task: the task of each chip.
        care: what is done about faults.
        told: called after every step.
    """
    logits, conductances, found, steps = torch.zeros(0), torch.zeros(0), [], []
    maps, last = [], len(learner.bundle.header.rates)
    for step in adaptation(learner, task.support, task.support_labels, care):
        steps.append(step)
        if step.number in (0, last):  # a real chip is read for it, cell by cell
            conductances = crossbar.true_conductances()
            maps.append(conductances[0])
        logits = learner.forward(task.query).logits
        found.append(logits.argmax(-1))
        told()
    first, *others = steps
    cells = crossbar.datasheet.cells
    return AdaptedChips(
        crossbar=crossbar,
        learner=learner,
        task=task,
        answers=found[-1],
        accuracy=right_share(torch.stack(found, 1), task),
        cells_written=torch.stack([step.changed for step in others], 1),
        cells_missed=torch.bincount(first.missed // cells, minlength=crossbar.chips),
        initialisation=first.cost,
        updates=tuple(step.cost for step in others),
        first_conductances=torch.stack(maps),
        signs=signs_of(learner, conductances, task.query, task.query_labels, logits),
    )


def answers(learner: Learner, query: Tensor) -> Tensor:
    """Measure the answers to queries [n, queries, features] on the chip, int64 [n, queries]."""
    return learner.forward(query).logits.argmax(-1)


def right_share(found: Tensor, task: TaskBatch) -> Tensor:
    """Share of right answers of each chip, float64 [n, ...], of answers int64 [n, ..., queries]."""
    return (found == task.query_labels).double().mean(-1)
