"""A study: a question, a function from frozen settings to tables, and findings made from the numbers.

A study is one folder ``studies/NAME``: its ``measure.py`` defines ``STUDY``, its ``figures.py`` draws a result. Its
name is entered in `ohmshot.study.registry`. See ``docs/extending.md``.
"""

import dataclasses
import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from ohmshot.adapt.citations import run_citations
from ohmshot.adapt.loss import LossToExactWeights, loss_to_exact_weights
from ohmshot.adapt.run import adapt_all
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.software import software_accuracy
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import FOUR_CONVOLUTIONS
from ohmshot.cell.cell_parameters import rows_not_used
from ohmshot.cell.parameter_set import ParameterSet, as_tuple
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.records import Record
from ohmshot.foundation.references import citation_keys
from ohmshot.host.array import circuit_for
from ohmshot.host.care.care import NO_CARE
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies import hybrid
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.meta.phase import Progress as TrainingProgress
from ohmshot.study.assumptions import overrides_of
from ohmshot.study.study_result import DRAWN_HERE, AssumedRow, StudyResult, StudyRun

Size = Literal["small", "default"]
SIZES: dict[str, Size] = {"small": "small", "default": "default"}


def size_named(name: str) -> Size:
    """Return a size by its name.

    Raises:
        SettingsError: there is none of this name.
    """
    if name not in SIZES:
        raise SettingsError(f"There is no size '{name}'. Choose one of {', '.join(SIZES)}.")
    return SIZES[name]


Progress = Callable[[int, int], None]
"""Called with (steps done, steps in all) while a study runs."""


@dataclass(frozen=True)
class StudySettings:
    """Inputs of a study.

    Attributes:
        bundle: the learned initialisation.
        drawings: characters that the bundle has never seen.
        parameters: parameter set of the cell.
        chips: number of different chips.
        episodes: adaptations at each point of the study, spread evenly over the chips.
        seed: seed of everything random.
        strategy: the programming strategy, where the study does not compare them.
        size: "small" takes fewer points, for tests; each study says which.
        assumed: assumptions beside the cell, where the user overrides any (`ohmshot.study.assumptions`).
    """

    bundle: Bundle
    drawings: Examples
    parameters: ParameterSet
    chips: int
    episodes: int
    seed: int = 0
    strategy: ProgrammingStrategy = hybrid.STRATEGY
    size: Size = "default"
    assumed: Record | None = None

    def at_most(self, episodes: int) -> "StudySettings":
        """A coarser run: no more than so many episodes, and no more chips than that."""
        episodes = min(self.episodes, episodes)
        return dataclasses.replace(self, episodes=episodes, chips=min(self.chips, episodes))


@dataclass(frozen=True)
class Measurement:
    """Outcome of a study's function.

    Attributes:
        tables: polars frames by name, the main one first; a column's name ends in its unit.
        findings: short sentences made from the numbers.
        citations: keys or DOIs of methods used beyond strategy, data, parameter set and bundle.
        bundle: SHA-256 of the initialisations, where the study trains its own (`Study.own_tasks`).
    """

    tables: Mapping[str, pl.DataFrame]
    findings: tuple[str, ...]
    citations: tuple[str, ...] = ()
    bundle: str = ""


@dataclass(frozen=True)
class Counts:
    """Numbers of chips and episodes at one size, where the user gives none."""

    chips: int
    episodes: int


@dataclass(frozen=True)
class Study:
    """A study.

    Attributes:
        name: name on the command line.
        title: heading of its page.
        question: the question that it answers, one sentence.
        measure: function from settings to tables and findings.
        counts: chips and episodes at each size.
        assumptions: rows of the parameter set that the answer depends on, each with how the study sweeps it
            (or why it does not); the page lists those that no source backs.
        adjustable: record of its other assumptions, each number with its source; None for none.
        bundle: initialisation that it is measured with, by the name under which it comes with the package.
        unseen_bundle: function from that initialisation, the examples judged with, the size and a progress to the
            initialisation that is taken in its place, where the shipped one has seen what it must not; None to take the
            shipped one always.
        two_layers: whether it asks about a head of two layers, one pair of cells a weight, and can take no other.
        own_tasks: whether it draws its own tasks and trains its own initialisations: neither examples nor a bundle play
            a part in it.
        chooses: whether it chooses settings, so that it takes the training classes of its source and leaves those that
            others are judged by alone.
    """

    name: str
    title: str
    question: str
    measure: Callable[[StudySettings, Progress], Measurement]
    counts: Mapping[Size, Counts]
    assumptions: Mapping[str, str]
    adjustable: type[Record] | None = None
    bundle: str = FOUR_CONVOLUTIONS
    unseen_bundle: Callable[[Bundle, Examples, Size, TrainingProgress], Bundle] | None = None
    two_layers: bool = False
    own_tasks: bool = False
    chooses: bool = False


EPISODES_OF_THE_START = 20
"""Adaptations by which a study finds out whether its chips end below their exact weights."""


def step_counter(progress: Progress, steps: int) -> Callable[[], None]:
    """Return a function that reports one more step at each call."""
    numbers = itertools.count(1)
    return lambda: progress(next(numbers), steps)


def run_study(study: Study, settings: StudySettings, progress: Progress = lambda done, total: None) -> StudyResult:
    """Run a study and validate its result.

    Raises:
        SettingsError: settings that do not fit the bundle or the data.
        ParameterError: a row that the study depends on is not in the parameter set.
    """
    if not 1 <= settings.chips <= settings.episodes:
        raise SettingsError(f"{settings.episodes} episodes can be spread over 1 to {settings.episodes} chips.")
    if study.two_layers and settings.bundle.header.mapping.copies != (1, 1):
        raise SettingsError(
            f"The study {study.name} needs a head of two layers with one pair of cells a weight; "
            f"{settings.bundle.header.name} has another. Take --bundle {FOUR_CONVOLUTIONS}."
        )
    started = time.perf_counter()
    assumed = assumed_rows(study, settings.parameters)
    measurement = study.measure(settings, progress)
    loss = None if study.own_tasks else _loss_at_the_start(settings.at_most(EPISODES_OF_THE_START))
    used = run_citations(
        [settings.parameters],
        () if study.own_tasks else settings.drawings.references,
        [settings.strategy],
        None if study.own_tasks else settings.bundle.header,
    )
    return StudyResult(
        name=study.name,
        title=study.title,
        question=study.question,
        run=StudyRun(
            seed=settings.seed,
            chips=settings.chips,
            episodes=settings.episodes,
            size=settings.size,
            strategy=settings.strategy.name,
            data=DRAWN_HERE if study.own_tasks else settings.drawings.name,
            parameters=settings.parameters.information.name,
            bundle=measurement.bundle or settings.bundle.digest,
            assume=overrides_of(settings.assumed),
        ),
        tables=dict(measurement.tables),
        findings=(*measurement.findings, loss.words) if loss and loss.large else measurement.findings,
        loss_to_exact_weights=loss,
        assumptions=assumed,
        citations=citation_keys(used, measurement.citations),
        seconds=time.perf_counter() - started,
    )


def _loss_at_the_start(settings: StudySettings) -> LossToExactWeights:
    """Whether chips as the study begins with them, before it changes anything, end below their exact weights."""
    shape = EpisodeShape(ways=settings.bundle.header.network.ways)
    episodes = sample_episodes(settings.drawings, shape, settings.episodes, generator(settings.seed, "episodes"))
    tasks = Tasks(settings.bundle.features(settings.drawings.values), episodes)
    asked = AdaptationSettings(
        episodes=settings.episodes,
        chips=settings.chips,
        seed=settings.seed,
        shape=shape,
        learner=LearnerSettings(strategy=settings.strategy),
        circuit=circuit_for(settings.bundle),
        care=NO_CARE,
    )
    made = adapt_all(settings.bundle, tasks, settings.parameters.values, asked)
    exact = software_accuracy(settings.bundle, tasks)
    return loss_to_exact_weights(made.learned, exact, shape.ways * shape.queries, made.signs)


def assumed_rows(study: Study, parameters: ParameterSet) -> tuple[AssumedRow, ...]:
    """Unmeasured rows that the study depends on, as the parameter set has them."""
    rows, unused = [], rows_not_used(parameters.values)
    for name, swept in study.assumptions.items():
        if name not in parameters.quantities:
            raise SettingsError(f"The study {study.name} names the row {name}, which no parameter set has.")
        quantity = parameters.quantities[name]
        if quantity.status in ("derived", "assumed") and name not in unused:
            rows.append(
                AssumedRow(
                    name=name,
                    value=as_tuple(quantity.value),
                    unit=quantity.unit,
                    status=quantity.status,
                    source=quantity.source,
                    sweep=None if quantity.swept_values is None else tuple(map(as_tuple, quantity.swept_values)),
                    swept=swept,
                )
            )
    return tuple(rows)
