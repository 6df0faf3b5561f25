"""Tasks of a study, and chips that have learned them."""

from collections.abc import Iterator

from torch import Tensor

from ohmshot.adapt.adaptations import AdaptedChips, adapted
from ohmshot.adapt.software import software_right
from ohmshot.adapt.source import numbered_chips
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.study.study import StudySettings

AT_ONCE = 100
"""Adaptations of one batch; bounds the memory."""


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


def software_pct(bundle: Bundle, tasks: Tasks) -> Tensor:
    """Accuracy after all updates with exact weights, in per cent: how hard each task is, float64 [tasks]."""
    return 100 * software_right(bundle, tasks)[:, -1].double().mean(-1)


def adapted_chips(
    settings: StudySettings,
    tasks: Tasks,
    parameters: CellParameters,
    learner_settings: LearnerSettings | None = None,
    circuit: Circuit | None = None,
    bundle: Bundle | None = None,
) -> Iterator[AdaptedChips[SimulatedCrossbar]]:
    """Adapt fresh chips (`ohmshot.adapt.source.numbered_chips`) to the tasks of a study, batch by batch, without care.

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
        crossbar = numbered_chips(parameters, circuit or Circuit(), settings.seed, range(settings.chips), numbers)
        learner = Learner(
            crossbar, bundle or settings.bundle, learner_settings or LearnerSettings(strategy=settings.strategy)
        )
        yield adapted(learner, crossbar, tasks.batch(numbers), NO_CARE)
