"""The main job: chips load the initialisation, learn a task in five updates, and are baked."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ohmshot.bundle import head as heads
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import OPERATIONS, MeterReading
from ohmshot.data.drawings import Drawings
from ohmshot.data.episodes import Episodes, EpisodeShape, sample_episodes
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.meta.inner_loop import adapted
from ohmshot.study.bench import Bench, simulated_bench
from ohmshot.study.result import AdaptationResult, EnergyJoules, EnergySplit, PulseCounts


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
    """

    episodes: int = 20
    chips: int = 1
    seed: int = 0
    shape: EpisodeShape = field(default_factory=EpisodeShape)
    learner: LearnerSettings = field(default_factory=LearnerSettings)
    circuit: Circuit = field(default_factory=Circuit)
    bake_hours: float = 12.0
    bake_celsius: float = 150.0


@dataclass(frozen=True)
class FirstEpisode:
    """The first adaptation in detail, for pictures.

    Attributes:
        support: uint8 [ways * shots, side, side].
        conductances: uS [3, rows, columns]: initialised, adapted, baked.
    """

    support: Tensor
    conductances: Tensor


@dataclass(frozen=True)
class _Chunk:
    """Results of some adaptations; the first dimension of every tensor."""

    correct: Tensor
    baked: Tensor
    written: Tensor
    initial: MeterReading
    updates: list[MeterReading]
    missed: Tensor
    cycles: int
    answers: Tensor
    conductances: Tensor


def run_adaptation(
    bundle: Bundle,
    drawings: Drawings,
    parameters: ParameterSet,
    settings: AdaptationSettings,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[AdaptationResult, FirstEpisode]:
    """Adapt fresh simulated chips; see `run_adaptation_on`.

    Args:
        bundle: the learned initialisation.
        drawings: characters that the bundle has never seen.
        parameters: of the cell.
        settings: what to run.
        progress: told the number of adaptations done.
    """
    bench = simulated_bench(parameters, settings.circuit, settings.seed)
    return run_adaptation_on(bench, bundle, drawings, settings, progress)


def run_adaptation_on(
    bench: Bench,
    bundle: Bundle,
    drawings: Drawings,
    settings: AdaptationSettings,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[AdaptationResult, FirstEpisode]:
    """Adapt chips to episodes and measure accuracy, energy, pulses and what is left after the bake.

    Args:
        bench: where the chips come from.
        bundle: the learned initialisation.
        drawings: characters that the bundle has never seen.
        settings: what to run; its circuit is the simulated bench's affair.
        progress: told the number of adaptations done.

    Raises:
        SettingsError: settings that do not fit the bundle, the data or the array.
    """
    started = time.perf_counter()
    if settings.shape.ways != bundle.header.network.ways:
        raise SettingsError(f"The bundle tells {bundle.header.network.ways} classes apart; ask for as many ways.")
    if not 1 <= settings.chips <= settings.episodes:
        raise SettingsError(f"{settings.episodes} episodes can be spread over 1 to {settings.episodes} chips.")
    episodes = sample_episodes(drawings, settings.shape, settings.episodes, generator(settings.seed, "episodes"))
    features = bundle.features(drawings.images)
    chunks = []
    for first in range(0, settings.episodes, bench.at_once):
        numbers = range(first, min(settings.episodes, first + bench.at_once))
        chunks.append(_adapt(bench, bundle, features, _part(episodes, numbers), settings, numbers))
        progress(numbers[-1] + 1)
    seconds = time.perf_counter() - started
    result = _summary(bundle, drawings, bench.parameters, settings, episodes, features, chunks, seconds)
    support = episodes.support(drawings.images)[0]
    return result, FirstEpisode(support, chunks[0].conductances)


def _part(episodes: Episodes, numbers: range) -> Episodes:
    chosen = slice(numbers.start, numbers.stop)
    return Episodes(
        episodes.shape,
        episodes.characters[chosen],
        episodes.support_drawings[chosen],
        episodes.query_drawings[chosen],
    )


def _adapt(
    bench: Bench,
    bundle: Bundle,
    features: Tensor,
    episodes: Episodes,
    settings: AdaptationSettings,
    numbers: range,
) -> _Chunk:
    chips = [number % settings.chips for number in numbers]
    crossbar = bench.chips(chips, list(numbers))
    learner = Learner(crossbar, bundle, settings.learner)
    support, query = episodes.support(features), episodes.query(features)
    missed = learner.initialise()
    initial = crossbar.meter()
    maps = [crossbar.true_conductances()[0]]
    correct, written, costs = [_right(learner, query, episodes)], [], []
    for step in range(len(bundle.header.rates)):
        before = crossbar.meter()
        written.append(learner.update(support, episodes.support_labels, step))
        costs.append(crossbar.meter() - before)
        correct.append(_right(learner, query, episodes))
    answers = learner.forward(query).logits.argmax(-1)
    maps.append(crossbar.true_conductances()[0])
    crossbar.wait(settings.bake_hours * 3600, settings.bake_celsius)
    maps.append(crossbar.true_conductances()[0])
    return _Chunk(
        correct=torch.stack(correct, 1),
        baked=_right(learner, query, episodes),
        written=torch.stack(written, 1),
        initial=initial,
        updates=costs,
        missed=torch.bincount(missed // crossbar.datasheet.cells, minlength=len(chips)),
        cycles=int(crossbar.wear().max()),
        answers=answers,
        conductances=torch.stack(maps),
    )


def _right(learner: Learner, query: Tensor, episodes: Episodes) -> Tensor:
    """Share of right answers of each chip, [chips]; measured on the chip, its reads are not charged to learning."""
    return (learner.forward(query).logits.argmax(-1) == episodes.query_labels).double().mean(-1)


def _software(bundle: Bundle, features: Tensor, episodes: Episodes) -> list[float]:
    """Accuracy with exact weights before and after each update."""
    support, query = episodes.support(features), episodes.query(features)
    reached, head = [], bundle.head
    for rates in (bundle.rates[:0], *torch.split(bundle.rates, 1)):  # no update first, then one at a time
        head = adapted(head, rates, support, episodes.support_labels, "first")
        answers = heads.forward(head, query).logits.argmax(-1)
        reached.append(float((answers == episodes.query_labels).double().mean()))
    return reached


def _summary(
    bundle: Bundle,
    drawings: Drawings,
    parameters: str,
    settings: AdaptationSettings,
    episodes: Episodes,
    features: Tensor,
    chunks: list[_Chunk],
    seconds: float,
) -> AdaptationResult:
    correct = torch.cat([chunk.correct for chunk in chunks])
    baked = torch.cat([chunk.baked for chunk in chunks])
    written = torch.cat([chunk.written for chunk in chunks]).double()
    answers = torch.cat([chunk.answers for chunk in chunks])
    owner = torch.arange(settings.episodes) % settings.chips
    ways = settings.shape.ways
    confusion = torch.bincount((episodes.query_labels * ways + answers).flatten(), minlength=ways * ways)
    updates = range(len(bundle.header.rates))
    software = _software(bundle, features, episodes)
    pulses = [_mean([chunk.updates[i].pulses for chunk in chunks]) for i in updates]
    return AdaptationResult(
        data=drawings.name,
        ways=ways,
        shots=settings.shape.shots,
        queries=settings.shape.queries,
        episodes=settings.episodes,
        chips=settings.chips,
        seed=settings.seed,
        strategy=settings.learner.strategy,
        parameters=parameters,
        bundle=bundle.digest,
        accuracy=tuple(correct.mean(0).tolist()),
        accuracy_ci95=tuple(half_interval(correct[:, i]) for i in range(correct.shape[1])),
        accuracy_by_chip=tuple(float(correct[owner == chip, -1].mean()) for chip in range(settings.chips)),
        accuracy_after_bake=float(baked.mean()),
        accuracy_after_bake_ci95=half_interval(baked),
        accuracy_software=software[-1],
        accuracy_software_by_update=tuple(software),
        bake_hours=settings.bake_hours,
        bake_celsius=settings.bake_celsius,
        cells_written=tuple(written.mean(0).tolist()),
        pulses=PulseCounts(
            initialisation=_mean([chunk.initial.pulses for chunk in chunks]),
            adaptation=sum(pulses),
            by_update=tuple(pulses),
        ),
        energy_joules=EnergyJoules(
            initialisation=_energy([[chunk.initial] for chunk in chunks]),
            adaptation=_energy([chunk.updates for chunk in chunks]),
        ),
        busy_seconds_by_update=tuple(
            sum(_mean([chunk.updates[i].busy_seconds[name] for chunk in chunks]) for name in OPERATIONS)
            for i in updates
        ),
        cells_missed_at_initialisation=_mean([chunk.missed for chunk in chunks]),
        most_cycles_of_a_cell=max(chunk.cycles for chunk in chunks),
        confusion=tuple(tuple(row) for row in confusion.view(ways, ways).tolist()),
        wall_seconds=seconds,
    )


def _mean(parts: list[Tensor]) -> float:
    return float(torch.cat(parts).double().mean())


def _energy(chunks: list[list[MeterReading]]) -> EnergySplit:
    split = {
        name: sum(_mean([chunk[i].energy_joules[name] for chunk in chunks]) for i in range(len(chunks[0])))
        for name in OPERATIONS
    }
    return EnergySplit(**split, total=sum(split.values()))
