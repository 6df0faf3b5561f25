"""Three rungs: everything learned before, the features only, nothing. Writes until a task is learned, by examples."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.source import numbered_chips
from ohmshot.adapt.tasks import TaskBatch, Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.circuit import Circuit
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.studies.endurance.from_nothing import Network, Rule, train
from ohmshot.studies.endurance.writes import learning_curve, scratch_bundle
from ohmshot.study.study import Size, StudySettings
from ohmshot.study.tasks import AT_ONCE

EVERYTHING, FEATURES, NOTHING = "everything", "the features", "nothing"
GOALS = (90.0, 95.0, 97.0)
"""Per cent of right answers in the mean over tasks."""
QUERIES = 5
LOOKS = 40
UPDATES = 60
"""From random weights on learned features."""


@dataclass(frozen=True)
class RungGrid:
    """Points of the table.

    Attributes:
        shots: examples a class.
        networks: tasks for which whole networks are trained, each on a chip of its own.
        rules: ways to train them.
    """

    shots: tuple[int, ...]
    networks: int
    rules: tuple[Rule, ...]


RULES = (
    Rule("SGD, all examples a step", "SGD", 0.02, one_example=False, steps=80),
    Rule("Adam, all examples a step", "Adam", 0.001, one_example=False, steps=80),
    Rule("SGD, one example a step", "SGD", 0.003, one_example=True, steps=400),
)
"""Rates: of two or three tried on two tasks of background alphabets, those with the fewest writes to 90 %."""
GRIDS: dict[Size, RungGrid] = {
    "default": RungGrid((5, 10, 15), 20, RULES),
    "small": RungGrid((1,), 1, (Rule("SGD, all examples a step", "SGD", 0.02, one_example=False, steps=2),)),
}


@dataclass(frozen=True)
class Climb:
    """Learning seen from time to time.

    Attributes:
        learned_before: everything, the features or nothing.
        rule: how the rest is learned.
        shots: examples a class.
        steps: writes so far, each of all cells whose level moved, [looks].
        right: share of right answers, [looks, tasks].
        cell_writes: cells written so far, [looks, tasks].
        cells: cells whose weights learn.
    """

    learned_before: str
    rule: str
    shots: int
    steps: Tensor
    right: Tensor
    cell_writes: Tensor
    cells: int

    def reached(self, goal: float) -> int | None:
        """First look at which the mean over tasks is at least this share of 1, or None."""
        good = torch.nonzero(self.right.mean(1) >= goal)
        return int(good[0]) if len(good) else None


def climbs(settings: StudySettings, step: Callable[[], None]) -> Iterator[Climb]:
    """All rungs at all numbers of examples; a network of its own chip for each task where nothing is learned before."""
    grid = GRIDS[settings.size]
    scratch = scratch_bundle(settings.bundle, UPDATES, settings.seed)
    for shots in grid.shots:
        examples = _tasks(settings, shots, settings.at_most(AT_ONCE).episodes)
        on_features = Tasks(settings.bundle.features(settings.drawings.values), examples.episodes)
        for name, bundle in ((EVERYTHING, settings.bundle), (FEATURES, scratch)):
            yield _head(settings, name, bundle, on_features, shots)
        step()
        if settings.bundle.header.network.convolutions:
            for rule in grid.rules:
                yield _whole(settings, examples, rule, shots, min(grid.networks, settings.episodes), step)


def rung_steps(settings: StudySettings) -> int:
    """How often `climbs` makes a step."""
    grid = GRIDS[settings.size]
    whole = bool(settings.bundle.header.network.convolutions)
    return len(grid.shots) * (1 + whole * len(grid.rules) * min(grid.networks, settings.episodes))


def _tasks(settings: StudySettings, shots: int, episodes: int) -> Tasks:
    """Tasks of the examples themselves, not of their features."""
    shape = EpisodeShape(ways=settings.bundle.header.network.ways, shots=shots, queries=QUERIES)
    drawn = sample_episodes(settings.drawings, shape, episodes, generator(settings.seed, "rungs", str(shots)))
    return Tasks(settings.drawings.values, drawn)


def _head(settings: StudySettings, name: str, bundle: Bundle, tasks: Tasks, shots: int) -> Climb:
    numbers = range(len(tasks.episodes))
    chips = range(min(settings.chips, len(numbers)))
    crossbar = numbered_chips(settings.parameters.values, Circuit(), settings.seed, chips, numbers)
    learner = Learner(crossbar, bundle, LearnerSettings(strategy=settings.strategy))
    curve = learning_curve(name, learner, tasks.batch(numbers))
    cells = 2 * sum(weights.numel() for weights in bundle.head)
    steps = torch.arange(len(curve.accuracy)).double()
    rule = "five updates" if name == EVERYTHING else "SGD, all examples a step"
    return Climb(name, rule, shots, steps, curve.accuracy, curve.cell_writes, cells)


def _whole(
    settings: StudySettings, examples: Tasks, rule: Rule, shots: int, networks: int, step: Callable[[], None]
) -> Climb:
    found, cells = [], 0
    for number in range(networks):
        network = Network(settings.bundle, settings.parameters.values, settings.strategy, settings.seed, number)
        random = generator(settings.seed, "rungs", rule.name, str(shots), str(number))
        task: TaskBatch = examples.batch(range(number, number + 1))
        found.append(train(network, settings.bundle, task, rule, LOOKS, random))
        cells = network.cells
        step()
    right, writes = (torch.stack([getattr(each, name) for each in found], 1) for name in ("right", "cell_writes"))
    return Climb(NOTHING, rule.name, shots, found[0].steps, right, writes, cells)


RUNG = {
    "learned_before": pl.String,
    "rule": pl.String,
    "shots": pl.Int64,
    "tasks": pl.Int64,
    "steps": pl.Int64,
    "accuracy_percent": pl.Float64,
    "ci95_percent": pl.Float64,
    "best_accuracy_percent": pl.Float64,
    "cell_writes": pl.Float64,
    **{f"cell_writes_to_{goal:g}_percent_right": pl.Float64 for goal in GOALS},
    **{f"every_weight_to_{goal:g}_percent_right": pl.Float64 for goal in GOALS},
}
"""Columns; the last three count every cell at every step, as a rule does that writes without comparing levels."""


def rung_table(found: list[Climb]) -> pl.DataFrame:
    """One row a rung, rule and number of examples; empty where the mean never reaches a goal."""
    rows = []
    for each in found:
        looks = [each.reached(goal / 100) for goal in GOALS]
        written = each.cell_writes.mean(1)
        rows.append(
            (
                each.learned_before,
                each.rule,
                each.shots,
                each.right.shape[1],
                int(each.steps[-1]),
                *mean_and_half(each.right[-1], 100),
                100 * float(each.right.mean(1).max()),
                float(written[-1]),
                *(None if look is None else float(written[look]) for look in looks),
                *(None if look is None else float(each.cells * each.steps[look]) for look in looks),
            )
        )
    return pl.DataFrame(rows, RUNG, orient="row")
