"""The main job: chips load the initialisation, learn a task in five updates, and are baked."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.adapt.batch import AdaptationBatch, AdaptationSettings, joined
from ohmshot.adapt.bench import ADAPTATIONS_AT_ONCE, Bench, ObservedCrossbar, simulated_bench
from ohmshot.adapt.result import AdaptationResult
from ohmshot.adapt.summary import summary
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import CellParameters, ParameterSet
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import Episodes, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.chunks import in_chunks, usable_cores
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.host.care import healing
from ohmshot.host.learner import Learner

__all__ = [
    "AdaptationBatch",
    "AdaptationSettings",
    "FirstEpisode",
    "adapt_all",
    "adapt_batch",
    "adapt_chips",
    "run_adaptation",
    "run_adaptation_on",
]


@dataclass(frozen=True)
class FirstEpisode:
    """The first adaptation in detail, for pictures.

    Attributes:
        support: uint8 [ways * shots, side, side], or float32 [ways * shots, channels, length] of signals.
        conductances: uS [3, rows, columns]: initialised, adapted, baked.
    """

    support: Tensor
    conductances: Tensor


def run_adaptation(
    bundle: Bundle,
    drawings: Examples,
    parameters: ParameterSet,
    settings: AdaptationSettings,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[AdaptationResult, FirstEpisode]:
    """Adapt fresh simulated chips; see `run_adaptation_on`.

    Args:
        bundle: the learned initialisation.
        drawings: or other examples, of classes that the bundle has never seen.
        parameters: of the cell.
        settings: what to run.
        progress: told the number of adaptations done.
    """
    bench = simulated_bench(parameters, settings.circuit, settings.seed)
    return run_adaptation_on(bench, bundle, drawings, settings, progress)


def run_adaptation_on(
    bench: Bench,
    bundle: Bundle,
    drawings: Examples,
    settings: AdaptationSettings,
    progress: Callable[[int], None] = lambda done: None,
) -> tuple[AdaptationResult, FirstEpisode]:
    """Adapt chips to episodes and measure accuracy, energy, pulses and what is left after the bake.

    Args:
        bench: where the chips come from.
        bundle: the learned initialisation.
        drawings: or other examples, of classes that the bundle has never seen.
        settings: what to run; its circuit is the simulated bench's affair.
        progress: told the number of adaptations done.

    Raises:
        SettingsError: settings that do not fit the bundle, the data or the array.
    """
    started = time.perf_counter()
    bundle = bundle.for_ways(settings.shape.ways)
    if not 1 <= settings.chips <= settings.episodes:
        raise SettingsError(f"{settings.episodes} episodes can be spread over 1 to {settings.episodes} chips.")
    episodes = sample_episodes(drawings, settings.shape, settings.episodes, generator(settings.seed, "episodes"))
    features = bundle.features(drawings.values)

    def adapt(numbers: range) -> AdaptationBatch:
        chips = bench.chips(chip_numbers(settings, numbers), list(numbers))
        return adapt_chips(chips, bundle, features, episodes, settings, numbers)

    batch = joined(in_chunks(adapt, settings.episodes, bench.at_once, bench.workers, progress))
    seconds = time.perf_counter() - started
    result = summary(bundle, drawings, bench, settings, episodes, features, batch, seconds)
    return result, FirstEpisode(episodes.support(drawings.values)[0], batch.first_conductances)


def adapt_all(
    bundle: Bundle,
    features: Tensor,
    episodes: Episodes,
    parameters: CellParameters,
    settings: AdaptationSettings,
    progress: Callable[[int], None] = lambda done: None,
    at_once: int = ADAPTATIONS_AT_ONCE,
    workers: int | None = None,
) -> AdaptationBatch:
    """Adapt fresh simulated chips to all episodes, in chunks that bound the memory; see `adapt_batch`.

    Args:
        bundle: the learned initialisation.
        features: [drawings, features] of all drawings that the episodes refer to (`Bundle.features`).
        episodes: all episodes of the run.
        parameters: of the cell.
        settings: of the run.
        progress: told the number of adaptations done.
        at_once: most adaptations in one chunk; bounds the memory.
        workers: threads, each with a chunk; by default one a core. Nothing in the result depends on the last two.
    """

    def adapt(numbers: range) -> AdaptationBatch:
        return adapt_batch(bundle, features, episodes, parameters, settings, numbers)

    return joined(in_chunks(adapt, settings.episodes, at_once, workers or usable_cores(), progress))


def adapt_batch(
    bundle: Bundle,
    features: Tensor,
    episodes: Episodes,
    parameters: CellParameters,
    settings: AdaptationSettings,
    numbers: range,
) -> AdaptationBatch:
    """Adapt fresh simulated chips to some of the episodes, all at once.

    Adaptation ``number`` is life ``number`` of chip ``number % settings.chips`` and learns episode ``number``;
    its result depends on the seed and on its number, not on what else is in the batch.

    Args:
        bundle: the learned initialisation.
        features: [drawings, features] of all drawings that the episodes refer to (`Bundle.features`).
        episodes: all episodes of the run.
        parameters: of the cell.
        settings: of the run.
        numbers: the adaptations of this batch.
    """
    chips = chip_numbers(settings, numbers)
    crossbar = SimulatedCrossbar(parameters, settings.circuit, settings.seed, chips, list(numbers))
    return adapt_chips(crossbar, bundle, features, episodes, settings, numbers)


def adapt_chips(
    crossbar: ObservedCrossbar,
    bundle: Bundle,
    features: Tensor,
    episodes: Episodes,
    settings: AdaptationSettings,
    numbers: range,
) -> AdaptationBatch:
    """Adapt chips that are ready for it, one to each of the episodes ``numbers``; see `adapt_batch`."""
    part = episodes.part(slice(numbers.start, numbers.stop))
    support, query = part.support(features), part.query(features)
    learner = Learner(crossbar, bundle, settings.learner)
    if settings.faults == "test-first":
        healing.commission(learner)
    missed = learner.initialise() if settings.faults == "ignore" else healing.initialise(learner)
    initialisation = crossbar.meter()
    maps = [crossbar.true_conductances()[0]]
    answers, written, costs = [_answers(learner, query)], [], []
    for step in range(len(bundle.header.rates)):
        before = crossbar.meter()
        written.append(learner.update(support, part.support_labels, step))
        if settings.faults != "ignore":
            healing.heal(learner)
        costs.append(crossbar.meter() - before)
        answers.append(_answers(learner, query))
    maps.append(crossbar.true_conductances()[0])
    crossbar.wait(settings.bake_hours * 3600, settings.bake_celsius)
    maps.append(crossbar.true_conductances()[0])
    baked = _answers(learner, query)
    return AdaptationBatch(
        accuracy=torch.stack([_right(each, part) for each in answers], 1),
        accuracy_after_bake=_right(baked, part),
        answers=answers[-1],
        answers_after_bake=baked,
        cells_written=torch.stack(written, 1),
        cells_missed=torch.bincount(missed // crossbar.datasheet.cells, minlength=len(numbers)),
        cells_stuck=(
            learner.faults.stuck.sum(1) if learner.faults is not None else torch.zeros(len(numbers), dtype=torch.int64)
        ),
        initialisation=initialisation,
        updates=tuple(costs),
        most_cycles=crossbar.wear().flatten(1).amax(1),
        first_conductances=torch.stack(maps),
    )


def chip_numbers(settings: AdaptationSettings, numbers: range) -> list[int]:
    """Which chip each adaptation runs on."""
    return [number % settings.chips for number in numbers]


def _answers(learner: Learner, query: Tensor) -> Tensor:
    """Measure the answers on the chip, int64 [n, queries]."""
    return learner.forward(query).logits.argmax(-1)


def _right(answers: Tensor, episodes: Episodes) -> Tensor:
    return (answers == episodes.query_labels).double().mean(-1)
