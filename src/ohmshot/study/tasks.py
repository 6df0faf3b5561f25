"""Tasks of a study, and chips that have learned them."""

from collections.abc import Iterator

from torch import Tensor

from ohmshot.adapt.adaptations import Adaptations, AdaptedChips, adapted
from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.adapt.software import software_accuracy
from ohmshot.adapt.source import numbered_chips
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.chunks import in_chunks, ranges, usable_cores
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.host.array import circuit_for
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.study.study import StudySettings

AT_ONCE = 100
"""Adaptations of one batch; bounds the memory."""


def tasks_for(settings: StudySettings, shape: EpisodeShape | None = None) -> Tasks:
    """Draw the episodes of a study: 5-way 5-shot with 15 queries where no shape is given.

    Raises:
        SettingsError: the bundle has another number of ways, or the data have too few classes.
    """
    ways = settings.bundle.header.network.ways
    shape = shape or EpisodeShape(ways=ways)
    if shape.ways != ways:
        raise SettingsError(f"The bundle tells {ways} classes apart; ask for as many ways.")
    episodes = sample_episodes(settings.drawings, shape, settings.episodes, generator(settings.seed, "episodes"))
    return Tasks(settings.bundle.features(settings.drawings.values), episodes)


def software_percent(bundle: Bundle, tasks: Tasks) -> Tensor:
    """Accuracy after all updates with exact weights, in per cent: how hard each task is, float64 [tasks]."""
    return 100 * software_accuracy(bundle, tasks)


def adapted_chips(
    settings: StudySettings,
    tasks: Tasks,
    parameters: CellParameters,
    learner: LearnerSettings | None = None,
    circuit: Circuit | None = None,
) -> Iterator[AdaptedChips[SimulatedCrossbar]]:
    """Adapt fresh chips (`ohmshot.adapt.source.numbered_chips`) to the tasks of a study, batch by batch, without care.

    Args:
        settings: inputs of the study.
        tasks: see `tasks_for`.
        parameters: cell parameters, which a study may have changed.
        learner: settings of the learner; None for the defaults with the study's strategy.
        circuit: periphery of the array; None for as many arrays as the head takes.
    """
    for numbers in ranges(settings.episodes, AT_ONCE):
        yield _adapted(settings, tasks, parameters, learner, circuit, numbers)


def adapted_and_baked(
    settings: StudySettings,
    tasks: Tasks,
    parameters: CellParameters,
    learner: LearnerSettings | None = None,
    circuit: Circuit | None = None,
) -> Adaptations:
    """Adapt fresh chips to the tasks of a study without care, then bake them (`STANDARD_BAKE`); see `adapted_chips`."""

    def adapt(numbers: range) -> Adaptations:
        return _adapted(settings, tasks, parameters, learner, circuit, numbers).baked(STANDARD_BAKE)

    return Adaptations.cat(in_chunks(adapt, settings.episodes, AT_ONCE, usable_cores()))


def _adapted(
    settings: StudySettings,
    tasks: Tasks,
    parameters: CellParameters,
    learner: LearnerSettings | None,
    circuit: Circuit | None,
    numbers: range,
) -> AdaptedChips[SimulatedCrossbar]:
    crossbar = numbered_chips(
        parameters, circuit or circuit_for(settings.bundle), settings.seed, range(settings.chips), numbers
    )
    host = Learner(crossbar, settings.bundle, learner or LearnerSettings(strategy=settings.strategy))
    return adapted(host, crossbar, tasks.batch(numbers), NO_CARE)
