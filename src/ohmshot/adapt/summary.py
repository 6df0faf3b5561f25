"""From adaptations to the result of a run: means, intervals, costs."""

from collections.abc import Sequence

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.citations import run_citations
from ohmshot.adapt.confusion import confusion_of
from ohmshot.adapt.groups import accuracy_by_group, half_interval_of_new_groups
from ohmshot.adapt.loss import loss_to_exact_weights
from ohmshot.adapt.result import AdaptationResult, EnergyJoules, EnergySplit, PulseCounts
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.software import nearest_mean_right, software_right
from ohmshot.adapt.source import ChipSource
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.meter import OPERATIONS, MeterReading
from ohmshot.data.examples import Examples
from ohmshot.foundation.references import citation_keys
from ohmshot.foundation.statistics import distribution, half_interval


def summary(
    bundle: Bundle,
    examples: Examples,
    source: ChipSource,
    settings: AdaptationSettings,
    tasks: Tasks,
    batch: Adaptations,
    seconds: float,
) -> AdaptationResult:
    """Sum up a run.

    Args:
        bundle: the learned initialisation.
        examples: data of the tasks.
        source: supply of the chips, with the citations of its cells.
        settings: settings of the run.
        tasks: all tasks of the run.
        batch: record of all adaptations.
        seconds: duration of the run.
    """
    owner = torch.arange(settings.episodes) % settings.chips
    confusion = confusion_of(examples, tasks.episodes, batch.answers)
    software = software_right(bundle, tasks).double()
    by_update = software.mean((0, 2)).tolist()
    exact, nearest = software[:, -1].mean(1), nearest_mean_right(bundle, tasks).double().mean(1)
    over_software, over_nearest = batch.learned - exact, batch.learned - nearest
    by_group = accuracy_by_group(examples, tasks.episodes, batch.answers == tasks.episodes.query_labels)
    pulses = [_mean(update.pulses) for update in batch.updates]
    return AdaptationResult(
        data=examples.name,
        ways=settings.shape.ways,
        shots=settings.shape.shots,
        queries=settings.shape.queries,
        scope=settings.shape.scope,
        episodes=settings.episodes,
        chips=settings.chips,
        seed=settings.seed,
        strategy=settings.learner.strategy.name,
        parameters=source.parameters,
        bundle=bundle.digest,
        accuracy=tuple(batch.accuracy.mean(0).tolist()),
        accuracy_ci95=tuple(half_interval(step) for step in batch.accuracy.unbind(1)),
        accuracy_ci95_groups=half_interval_of_new_groups(examples, tasks.episodes, batch.learned),
        groups=len(by_group),
        accuracy_by_group=by_group,
        accuracy_by_chip=tuple(_mean(batch.accuracy[owner == chip, -1]) for chip in range(settings.chips)),
        accuracy_after_bake=_mean(batch.accuracy_after_bake),
        accuracy_after_bake_ci95=half_interval(batch.accuracy_after_bake),
        accuracy_software=by_update[-1],
        accuracy_software_by_update=tuple(by_update),
        gain_over_software=_mean(over_software),
        gain_over_software_ci95=half_interval(over_software),
        loss_to_exact_weights=loss_to_exact_weights(batch.learned, exact, software.shape[2], batch.signs),
        accuracy_nearest_mean=_mean(nearest),
        accuracy_nearest_mean_ci95=half_interval(nearest),
        gain_over_nearest_mean=_mean(over_nearest),
        gain_over_nearest_mean_ci95=half_interval(over_nearest),
        bake_hours=settings.bake.hours,
        bake_celsius=settings.bake.celsius,
        cells_written=tuple(batch.cells_written.double().mean(0).tolist()),
        pulses=PulseCounts(
            initialisation=_mean(batch.initialisation.pulses),
            adaptation=sum(pulses),
            by_update=tuple(pulses),
        ),
        energy_joules=EnergyJoules(
            initialisation=energy_split([batch.initialisation]),
            adaptation=energy_split(batch.updates),
        ),
        busy_seconds_by_update=tuple(
            sum(_mean(seconds) for seconds in update.busy_seconds) for update in batch.updates
        ),
        cells_missed_at_initialisation=_mean(batch.cells_missed),
        cells_stuck=_mean(batch.cells_stuck),
        most_cycles_of_a_cell=int(batch.most_cycles.max()),
        accuracy_over_episodes=distribution(pl.Series(batch.learned.tolist())),
        class_names=confusion.names,
        confusion=confusion.counts,
        confused=confusion.pairs,
        citations=citation_keys(
            run_citations([], examples.references, [settings.learner.strategy], bundle.header), source.citations
        ),
        wall_seconds=seconds,
    )


def energy_split(readings: Sequence[MeterReading]) -> EnergySplit:
    """Joules by operation of several readings together, means over their chips."""
    split = {name: sum(_mean(reading.of(name).joules) for reading in readings) for name in OPERATIONS}
    return EnergySplit(**split, total=sum(split.values()))


def _mean(values: Tensor) -> float:
    return float(values.double().mean())
