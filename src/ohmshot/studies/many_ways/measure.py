"""Many classes at once: five updates on as many arrays as the head takes, beside software and what was published."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ohmshot.adapt.software import nearest_mean_right
from ohmshot.bundle.file import CHARACTERS
from ohmshot.chip.circuit import Circuit
from ohmshot.data.episodes import EpisodeShape
from ohmshot.foundation.sentences import counted, number_text, signed
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.host.array import arrays_for
from ohmshot.study.published_omniglot import PUBLISHED
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings, step_counter
from ohmshot.study.tasks import adapted_and_baked, software_percent, tasks_for

MOST_QUERIES = 15
"""Drawings of a class that answers are judged by; fewer where learning leaves fewer."""


@dataclass(frozen=True)
class Task:
    """One row of the table.

    Attributes:
        ways: classes.
        shots: drawings of each to learn from.
        most_episodes: of the study's episodes no more than these, since an episode of many ways has many answers.
    """

    ways: int
    shots: int
    most_episodes: int = 1_000_000

    @property
    def name(self) -> str:
        """Name in tables, as papers write it."""
        return f"{self.ways}-way {self.shots}-shot"


TASKS: dict[Size, tuple[Task, ...]] = {
    "default": (
        *(Task(ways, shots) for ways in (5, 20, 32) for shots in (1, 5, 10)),
        Task(100, 10, most_episodes=100),
        Task(250, 10, most_episodes=50),
    ),
    "small": (Task(5, 1), Task(20, 10, most_episodes=2)),
}
TASK_COLUMNS = (
    *("task", "ways", "shots", "arrays", "episodes"),
    *(
        "accuracy_percent",
        "ci95_percent",
        "software_percent",
        "software_ci95_percent",
        "nearest_mean_percent",
        "nearest_mean_ci95_percent",
    ),
    *("above_nearest_mean_percent", "above_nearest_mean_ci95_percent", "baked_percent", "baked_ci95_percent"),
    *("cells_written", "updates_uj"),
)


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt chips to tasks of more and more classes, as far as the data have so many."""
    tasks = [task for task in TASKS[settings.size] if task.ways <= settings.drawings.classes]
    step = step_counter(progress, len(tasks))
    rows = []
    for task in tasks:
        rows.append(_row(settings.at_most(task.most_episodes), task))
        step()
    table = pl.DataFrame(rows, TASK_COLUMNS, orient="row")
    published = _published(table)
    return Measurement(
        {"tasks": table, "published": published},
        (*_findings(table), *_beside(published)),
        ("snell2017prototypical", *(each.key for each in PUBLISHED)),
    )


def _row(settings: StudySettings, task: Task) -> tuple[object, ...]:
    settings = dataclasses.replace(settings, bundle=settings.bundle.for_ways(task.ways))
    arrays = arrays_for(settings.bundle, Circuit())
    queries = min(MOST_QUERIES, settings.drawings.examples_per_class - task.shots)
    tasks = tasks_for(settings, EpisodeShape(task.ways, task.shots, queries))
    batch = adapted_and_baked(settings, tasks, settings.parameters.values, circuit=Circuit().arrays(arrays))
    reached = 100 * batch.learned
    nearest = 100 * nearest_mean_right(settings.bundle, tasks).double().mean(-1)
    return (
        *(task.name, task.ways, task.shots, arrays, settings.episodes),
        *mean_and_half(reached),
        *mean_and_half(software_percent(settings.bundle, tasks)),
        *mean_and_half(nearest),
        *mean_and_half(reached - nearest),
        *mean_and_half(batch.accuracy_after_bake, 100),
        float(batch.cells_written.sum(1).double().mean()),
        1e6 * float(batch.spent.joules.mean()),
    )


def _published(table: pl.DataFrame) -> pl.DataFrame:
    """What was published, beside ours on the task of as many ways and shots; null where this run has none."""
    rows = []
    for each in PUBLISHED:
        ours = table.filter(ways=each.ways, shots=each.shots)["accuracy_percent"].to_list()
        rows.append(
            {
                "work": each.work,
                "key": each.key,
                "ways": each.ways,
                "shots": each.shots,
                "published_percent": each.accuracy_percent,
                "ours_percent": ours[0] if ours else None,
                "differs": f"another split, protocol and network: {each.differs}",
            }
        )
    return pl.DataFrame(rows, schema_overrides={"ours_percent": pl.Float64})


def _findings(table: pl.DataFrame) -> Iterator[str]:
    for row in table.iter_rows(named=True):
        yield (
            f"{row['task']}, {counted(row['arrays'], 'array')}, {counted(row['episodes'], 'episode')}: "
            f"{row['accuracy_percent']:.2f} ± {row['ci95_percent']:.2f} % on the chip ({row['software_percent']:.2f} % "
            f"in software), {signed(row['above_nearest_mean_percent'])} ± "
            f"{row['above_nearest_mean_ci95_percent']:.2f} points against the nearest mean in "
            f"software, {row['baked_percent']:.2f} % after the bake; "
            f"{counted(round(row['cells_written']), 'cell')} written, {number_text(row['updates_uj'], 3)} µJ."
        )


def _beside(published: pl.DataFrame) -> Iterator[str]:
    for row in published.filter(pl.col("ours_percent").is_not_null()).iter_rows(named=True):
        yield (
            f"{row['work']} states {row['published_percent']:g} % for {row['ways']}-way {row['shots']}-shot "
            f"({row['differs']}); here {row['ours_percent']:.2f} %."
        )


STUDY = Study(
    name="many-ways",
    title="Many classes at once",
    question="How many classes can chips tell apart after a few drawings of each, on how many arrays, at what cost?",
    measure=measure,
    counts={"default": Counts(20, 200), "small": Counts(2, 4)},
    assumptions={
        "retention_loss": "not swept here: what the bake takes is in the retention study",
        "compliance_per_conductance": "scales all energies alike; see the energy study",
    },
    bundle=CHARACTERS,
)
