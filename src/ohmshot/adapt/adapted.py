"""Chips that have just learned a task, for the studies that go on from there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import Episodes, EpisodeShape, sample_episodes
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.study.study import StudySettings

BAKE_SECONDS, BAKE_CELSIUS = 12 * 3600.0, 150.0
"""12 h at 150 degrees C, which stand for 10 years at 75 (VLSI 2025 summary)."""
AT_ONCE = 100
"""Adaptations of one batch; bounds the memory."""


@dataclass(frozen=True)
class Tasks:
    """Episodes of a study, with the features of all drawings.

    Attributes:
        features: [characters, drawings, features].
        episodes: which characters and drawings.
    """

    features: Tensor
    episodes: Episodes


def tasks_for(settings: StudySettings, shape: EpisodeShape | None = None) -> Tasks:
    """Draw the episodes of a study: 5-way 5-shot with 15 queries where no shape is given.

    Raises:
        SettingsError: the bundle tells another number of classes apart, or the data have too few.
    """
    ways = settings.bundle.header.network.ways
    shape = shape or EpisodeShape(ways=ways)
    if shape.ways != ways:
        raise SettingsError(f"The bundle tells {ways} classes apart; ask for as many ways.")
    episodes = sample_episodes(settings.drawings, shape, settings.episodes, generator(settings.seed, "episodes"))
    return Tasks(settings.bundle.features(settings.drawings.images), episodes)


@dataclass(frozen=True)
class AdaptedChips:
    """A batch of chips after its updates, one episode each.

    Attributes:
        numbers: of the episodes.
        crossbar: the chips.
        learner: the host.
        support: [n, ways * shots, features].
        query: [n, ways * queries, features].
        support_labels: int64 [ways * shots].
        query_labels: int64 [ways * queries].
        accuracy_by_update: share of right answers before the first update and after each, [n, updates + 1].
        cells_written: int64 [n, updates].
        initialisation: what forming and writing the initialisation cost.
        updates: what all updates together cost, queries not counted.
    """

    numbers: range
    crossbar: SimulatedCrossbar
    learner: Learner
    support: Tensor
    query: Tensor
    support_labels: Tensor
    query_labels: Tensor
    accuracy_by_update: Tensor
    cells_written: Tensor
    initialisation: MeterReading
    updates: MeterReading

    def snapshot(self) -> dict[str, Tensor]:
        """Copy of the state of all cells, for `restore`."""
        return {name: tensor.clone() for name, tensor in self.crossbar.state.tensors().items()}

    def restore(self, snapshot: dict[str, Tensor]) -> None:
        """Put all cells back into an earlier state; what the meter has counted stays counted."""
        for name, tensor in self.crossbar.state.tensors().items():
            tensor.copy_(snapshot[name])
        self.crossbar.wait(0.0)  # lets the crossbar notice

    def accuracy(self) -> Tensor:
        """Share of right answers of each chip now, measured on the chip; float64 [n]."""
        return right_share(self.learner, self.query, self.query_labels)


def right_share(learner: Learner, query: Tensor, labels: Tensor) -> Tensor:
    """Share of right answers of each chip, float64 [chips]."""
    return (learner.forward(query).logits.argmax(-1) == labels).double().mean(-1)


def adapted_chips(
    settings: StudySettings,
    tasks: Tasks,
    parameters: CellParameters,
    learner_settings: LearnerSettings | None = None,
    circuit: Circuit | None = None,
    bundle: Bundle | None = None,
) -> Iterator[AdaptedChips]:
    """Adapt the chips of a study to its episodes, batch by batch.

    Episode ``number`` is life ``number`` of chip ``number % settings.chips``, so that equal seeds compare equal
    chips and tasks whatever else a study changes.

    Args:
        settings: of the study.
        tasks: see `tasks_for`.
        parameters: of the cell, which a study may have changed.
        learner_settings: default: the study's strategy and nothing else changed.
        circuit: around the array.
        bundle: default: the study's.
    """
    for first in range(0, settings.episodes, AT_ONCE):
        numbers = range(first, min(settings.episodes, first + AT_ONCE))
        chips = [number % settings.chips for number in numbers]
        crossbar = SimulatedCrossbar(parameters, circuit or Circuit(), settings.seed, chips, list(numbers))
        learner = Learner(
            crossbar, bundle or settings.bundle, learner_settings or LearnerSettings(strategy=settings.strategy)
        )
        learner.initialise()
        yield learned(learner, crossbar, tasks, numbers)


def learned(learner: Learner, crossbar: SimulatedCrossbar, tasks: Tasks, numbers: range) -> AdaptedChips:
    """Let initialised chips learn some episodes of the tasks, one each, by all updates of the bundle."""
    part = tasks.episodes.part(slice(numbers.start, numbers.stop))
    support, query = part.support(tasks.features), part.query(tasks.features)
    initialisation = crossbar.meter()
    accuracy, written = [right_share(learner, query, part.query_labels)], []
    spent = initialisation - initialisation
    for step in range(len(learner.bundle.header.rates)):
        before = crossbar.meter()
        written.append(learner.update(support, part.support_labels, step))
        spent = spent + (crossbar.meter() - before)
        accuracy.append(right_share(learner, query, part.query_labels))
    return AdaptedChips(
        numbers=numbers,
        crossbar=crossbar,
        learner=learner,
        support=support,
        query=query,
        support_labels=part.support_labels,
        query_labels=part.query_labels,
        accuracy_by_update=torch.stack(accuracy, 1),
        cells_written=torch.stack(written, 1),
        initialisation=initialisation,
        updates=spent,
    )


@dataclass(frozen=True)
class Outcomes:
    """What the adaptations of a study brought and cost; one row an adaptation.

    Attributes:
        learned: share of right answers after the last update, [n].
        baked: the same after the bake, [n].
        cells_written: by all updates together, [n].
        pulses: of the updates, [n].
        joules: of the updates, [n].
        initialisation_joules: of forming and writing the initialisation, [n].
        most_cycles: SET/RESET cycles of the most worn cell of each chip before the bake, int64 [n].
    """

    learned: Tensor
    baked: Tensor
    cells_written: Tensor
    pulses: Tensor
    joules: Tensor
    initialisation_joules: Tensor
    most_cycles: Tensor

    def accuracies(self) -> dict[str, float]:
        """Means with the half width of their 95 % intervals."""
        return {
            "accuracy": float(self.learned.mean()),
            "accuracy_ci95": half_interval(self.learned),
            "accuracy_after_bake": float(self.baked.mean()),
            "accuracy_after_bake_ci95": half_interval(self.baked),
        }


def outcomes(batches: Iterable[AdaptedChips]) -> Outcomes:
    """Bake adapted chips for 12 h at 150 degrees C and put together what they brought and cost."""
    rows = [_outcomes(batch) for batch in batches]
    return Outcomes(*(torch.cat(parts) for parts in zip(*rows, strict=True)))


def _outcomes(batch: AdaptedChips) -> tuple[Tensor, ...]:
    most_cycles = batch.crossbar.wear().flatten(1).amax(1)
    batch.crossbar.wait(BAKE_SECONDS, BAKE_CELSIUS)
    return (
        batch.accuracy_by_update[:, -1],
        batch.accuracy(),
        batch.cells_written.sum(1).double(),
        batch.updates.pulses.double(),
        batch.updates.joules,
        batch.initialisation.joules,
        most_cycles,
    )
