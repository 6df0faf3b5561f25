"""The main job: chips load the initialisation, learn a task in five updates, and are baked."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations, adapted
from ohmshot.adapt.result import AdaptationResult
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.source import ADAPTATIONS_AT_ONCE, ChipSource, numbered_chips
from ohmshot.adapt.summary import summary
from ohmshot.adapt.tasks import TaskBatch, Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.data.episodes import sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.chunks import in_chunks, usable_cores
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.host.learner import Learner


@dataclass(frozen=True)
class FirstEpisode:
    """The first adaptation in detail, for pictures.

    Attributes:
        class_names: classes of the episode, one a way.
        support: uint8 [ways * shots, side, side], or float32 [ways * shots, channels, length] of signals.
        conductances: uS [3, rows, columns]: initialised, adapted, baked.
    """

    class_names: tuple[str, ...]
    support: Tensor
    conductances: Tensor


def run_adaptation(
    source: ChipSource,
    bundle: Bundle,
    examples: Examples,
    settings: AdaptationSettings,
    progress: Callable[[float], None] = lambda done: None,
) -> tuple[AdaptationResult, FirstEpisode]:
    """Adapt chips to episodes and measure accuracy, energy, pulses and what is left after the bake.

    Args:
        source: supply of chips.
        bundle: the learned initialisation.
        examples: examples of classes that the bundle has never seen.
        settings: settings of the run; only a simulated source uses the circuit.
        progress: called after every step with the number of adaptations done, those under way by their share.

    Raises:
        SettingsError: settings that do not fit the bundle, the data or the array.
    """
    started = time.perf_counter()
    bundle = bundle.for_ways(settings.shape.ways)
    if not 1 <= settings.chips <= settings.episodes:
        raise SettingsError(f"{settings.episodes} episodes can be spread over 1 to {settings.episodes} chips.")
    episodes = sample_episodes(examples, settings.shape, settings.episodes, generator(settings.seed, "episodes"))
    tasks = Tasks(bundle.features(examples.values), episodes)
    steps = _Steps(2 + len(bundle.header.rates), progress)  # the initialisation, the updates, the bake

    def adapt(numbers: range) -> Adaptations:
        chips = source.chips([number % settings.chips for number in numbers], list(numbers))
        return adapt_chips(chips, bundle, tasks.batch(numbers), settings, lambda: steps.add(len(numbers)))

    made = Adaptations.cat(in_chunks(adapt, settings.episodes, source.at_once, source.workers))
    seconds = time.perf_counter() - started
    result = summary(bundle, examples, source, settings, tasks, made, seconds)
    names = tuple(examples.class_names[number] for number in episodes.characters[0].tolist())
    return result, FirstEpisode(names, episodes.support(examples.values)[0], made.first_conductances)


class _Steps:
    """Counts the steps of adaptations in several threads.

    Args:
        each: steps of one adaptation.
        progress: takes the number of adaptations that the steps make.
    """

    def __init__(self, each: int, progress: Callable[[float], None]) -> None:
        self._each, self._progress = each, progress
        self._done, self._alone = 0, threading.Lock()

    def add(self, steps: int) -> None:
        """Count steps that are done."""
        with self._alone:
            self._done += steps
            self._progress(self._done / self._each)


def adapt_all(
    bundle: Bundle,
    tasks: Tasks,
    parameters: CellParameters,
    settings: AdaptationSettings,
    progress: Callable[[int], None] = lambda done: None,
    at_once: int = ADAPTATIONS_AT_ONCE,
    workers: int | None = None,
) -> Adaptations:
    """Adapt fresh simulated chips to all tasks, in chunks that bound the memory; see `adapt_batch`.

    Args:
        bundle: the learned initialisation.
        tasks: tasks of the run.
        parameters: parameters of the cell.
        settings: settings of the run.
        progress: called with the number of adaptations done.
        at_once: most adaptations in one chunk; bounds the memory.
        workers: threads, each with a chunk; by default one a core. Nothing in the result depends on the last two.
    """

    def adapt(numbers: range) -> Adaptations:
        return adapt_batch(bundle, tasks.batch(numbers), parameters, settings, numbers)

    return Adaptations.cat(in_chunks(adapt, settings.episodes, at_once, workers or usable_cores(), progress))


def adapt_batch(
    bundle: Bundle, task: TaskBatch, parameters: CellParameters, settings: AdaptationSettings, numbers: range
) -> Adaptations:
    """Adapt fresh simulated chips (`ohmshot.adapt.source.numbered_chips`) to tasks, all at once.

    The result of an adaptation depends on the seed, its number and its task, not on what else is in the batch.

    Args:
        bundle: the learned initialisation.
        task: the task of each adaptation.
        parameters: parameters of the cell.
        settings: settings of the run.
        numbers: the adaptations of this batch.
    """
    crossbar = numbered_chips(parameters, settings.circuit, settings.seed, range(settings.chips), numbers)
    return adapt_chips(crossbar, bundle, task, settings)


def adapt_chips(
    crossbar: ObservedCrossbar,
    bundle: Bundle,
    task: TaskBatch,
    settings: AdaptationSettings,
    told: Callable[[], None] = lambda: None,
) -> Adaptations:
    """Adapt chips that are ready for it, one to each task, and bake them.

    ``told`` is called after the initialisation, every update and the bake.
    """
    learner = Learner(crossbar, bundle, settings.learner)
    chips = adapted(learner, crossbar, task, settings.care, told)
    baked = chips.baked(settings.bake)
    told()
    return baked
