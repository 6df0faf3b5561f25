"""From adaptations to the result of a run: means, intervals, costs."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ohmshot.adapt.batch import AdaptationBatch, AdaptationSettings
from ohmshot.adapt.bench import Bench
from ohmshot.adapt.citations import run_citations
from ohmshot.adapt.result import AdaptationResult, EnergyJoules, EnergySplit, PulseCounts
from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.meter import OPERATIONS, MeterReading
from ohmshot.data.episodes import Episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.references import citation_keys
from ohmshot.foundation.statistics import half_interval
from ohmshot.meta.inner_loop import adapted


def summary(
    bundle: Bundle,
    drawings: Examples,
    bench: Bench,
    settings: AdaptationSettings,
    episodes: Episodes,
    features: Tensor,
    batch: AdaptationBatch,
    seconds: float,
) -> AdaptationResult:
    """Sum up a run.

    Args:
        bundle: the learned initialisation.
        drawings: where the episodes come from.
        bench: where the chips came from, with what its cells rest on.
        settings: of the run.
        episodes: all of them.
        features: [drawings, features].
        batch: what all adaptations gave.
        seconds: how long it took.
    """
    owner = torch.arange(settings.episodes) % settings.chips
    ways = settings.shape.ways
    confusion = torch.bincount((episodes.query_labels * ways + batch.answers).flatten(), minlength=ways * ways)
    software = software_accuracy(bundle, features, episodes)
    pulses = [_mean(update.pulses) for update in batch.updates]
    return AdaptationResult(
        data=drawings.name,
        ways=ways,
        shots=settings.shape.shots,
        queries=settings.shape.queries,
        episodes=settings.episodes,
        chips=settings.chips,
        seed=settings.seed,
        strategy=settings.learner.strategy,
        parameters=bench.parameters,
        bundle=bundle.digest,
        accuracy=tuple(batch.accuracy.mean(0).tolist()),
        accuracy_ci95=tuple(half_interval(step) for step in batch.accuracy.unbind(1)),
        accuracy_by_chip=tuple(_mean(batch.accuracy[owner == chip, -1]) for chip in range(settings.chips)),
        accuracy_after_bake=_mean(batch.accuracy_after_bake),
        accuracy_after_bake_ci95=half_interval(batch.accuracy_after_bake),
        accuracy_software=software[-1],
        accuracy_software_by_update=tuple(software),
        bake_hours=settings.bake_hours,
        bake_celsius=settings.bake_celsius,
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
        confusion=tuple(tuple(row) for row in confusion.view(ways, ways).tolist()),
        citations=citation_keys(
            run_citations([], drawings.references, [settings.learner.strategy], bundle.header), bench.citations
        ),
        wall_seconds=seconds,
    )


def software_accuracy(bundle: Bundle, features: Tensor, episodes: Episodes) -> list[float]:
    """Share of right answers with exact weights, before the first update and after each."""
    support, query = episodes.support(features), episodes.query(features)
    standard = bundle.standard(support)
    support, query = standard(support), standard(query)
    reached, head = [], bundle.head
    for rates in (bundle.rates[:0], *torch.split(bundle.rates, 1)):  # no update first, then one at a time
        head = adapted(head, rates, support, episodes.support_labels, "first").actual
        answers = heads.forward(head, query).logits.argmax(-1)
        reached.append(float((answers == episodes.query_labels).double().mean()))
    return reached


def energy_split(readings: Sequence[MeterReading]) -> EnergySplit:
    """Joules by operation of several readings together, means over their chips."""
    split = {name: sum(_mean(reading.of(name).joules) for reading in readings) for name in OPERATIONS}
    return EnergySplit(**split, total=sum(split.values()))


def _mean(values: Tensor) -> float:
    return float(values.double().mean())
