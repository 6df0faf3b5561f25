"""Class-incremental learning: characters come group by group to chips that go on learning and keep no drawing."""

from collections.abc import Iterator, Mapping

import polars as pl
from torch import Tensor

from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import CHARACTERS
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.sentences import counted, number_text, points, times
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.studies.incremental.sequence import (
    JOINT,
    OWN_COLUMN,
    RULES,
    Course,
    Stage,
    learned_at_once,
    learned_in_groups,
    nearest_mean_of_stages,
)
from ohmshot.study.published_omniglot import PUBLISHED
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings, step_counter

SHOTS, QUERIES = 10, 10
COURSES: dict[Size, Course] = {
    "default": Course(250, 10, (10, 20, 50, 100, 150, 200, 250)),
    "small": Course(20, 5, (5, 10, 20)),
}
STAGE_COLUMNS = (
    *("rule", "classes", "accuracy_percent", "ci95_percent", "first_classes_percent", "first_classes_ci95_percent"),
    *("first_alone_percent", "first_alone_ci95_percent", "forgotten_percent", "forgotten_ci95_percent"),
    *(
        "below_at_once_percent",
        "below_at_once_ci95_percent",
        "first_below_at_once_percent",
        "first_below_at_once_ci95_percent",
    ),
    *("nearest_mean_percent", "nearest_mean_ci95_percent", "cells_written", "learning_uj"),
)


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Let chips learn one sequence of characters each, by every rule, and all at once."""
    course = _within(COURSES[settings.size], settings.drawings.classes)
    shape = EpisodeShape(course.classes, SHOTS, QUERIES)
    episodes = sample_episodes(settings.drawings, shape, settings.episodes, generator(settings.seed, "episodes"))
    tasks = Tasks(settings.bundle.features(settings.drawings.values), episodes)
    step = step_counter(progress, len(RULES) + 1)
    stages: dict[str, list[Stage]] = {}
    for name, rule in RULES.items():
        stages[name] = learned_in_groups(settings, tasks, course, rule)
        step()
    stages[JOINT] = learned_at_once(settings, tasks, course)
    step()
    table = stages_table(course, stages, nearest_mean_of_stages(tasks, course))
    published = [each for each in PUBLISHED if each.one_by_one]
    compared = pl.DataFrame(
        {
            "work": [each.work for each in published],
            "key": [each.key for each in published],
            "classes": [each.ways for each in published],
            "shots": [each.shots for each in published],
            "published_percent": [each.accuracy_percent for each in published],
            "differs": [f"another split, protocol and network: {each.differs}" for each in published],
        }
    )
    return Measurement(
        {"stages": table, "published": compared},
        tuple(_findings(table, course)),
        ("wang2019simpleshot", "snell2017prototypical", *(each.key for each in published)),
    )


def _within(course: Course, classes: int) -> Course:
    """The course as far as there are classes."""
    most = min(course.classes, classes // course.group * course.group)
    return Course(most, course.group, tuple(sorted({min(stage, most) for stage in course.stages})))


def stages_table(course: Course, stages: Mapping[str, list[Stage]], nearest: list[Tensor]) -> pl.DataFrame:
    """One row a rule and stage, chip by chip beside the chips that learned all classes at once.

    Forgotten is what the first group has lost among itself since it was learned: chips that learn all at once are new
    at every stage and have nothing to forget.

    Args:
        course: order of events.
        stages: records of every rule, one a stage of the course.
        nearest: share of right answers of the nearest class mean at every stage, [episodes] each.
    """
    rows = []
    for rule, found in stages.items():
        for known, stage, joint, means in zip(course.stages, found, stages[JOINT], nearest, strict=True):
            lost = found[0].first_alone - stage.first_alone
            rows.append(
                (
                    rule,
                    known,
                    *mean_and_half(stage.right, 100),
                    *mean_and_half(stage.first, 100),
                    *mean_and_half(stage.first_alone, 100),
                    *((None, None) if rule == JOINT else mean_and_half(lost, 100)),
                    *mean_and_half(joint.right - stage.right, 100),
                    *mean_and_half(joint.first - stage.first, 100),
                    *mean_and_half(means, 100),
                    float(stage.cells.double().mean()),
                    1e6 * float(stage.joules.mean()),
                )
            )
    return pl.DataFrame(rows, STAGE_COLUMNS, orient="row")


def _points(row: dict[str, float], name: str, more: str, less: str) -> str:
    return points(row[f"{name}_percent"], more, less, more, half=row[f"{name}_ci95_percent"])


def _findings(table: pl.DataFrame, course: Course) -> Iterator[str]:
    last = {row["rule"]: row for row in table.filter(classes=course.classes).iter_rows(named=True)}
    classes, first = counted(course.classes, "class", "classes"), counted(course.group, "class", "classes")
    for rule in RULES:
        row = last[rule]
        yield (
            f"{rule}: {row['accuracy_percent']:.2f} ± {row['ci95_percent']:.2f} % after {classes} in groups "
            f"of {course.group}, {counted(SHOTS, 'drawing')} each; of the first {first} "
            f"{row['first_classes_percent']:.2f} ± {row['first_classes_ci95_percent']:.2f} % among all and "
            f"{row['first_alone_percent']:.2f} % among themselves, "
            f"{_points(row, 'forgotten', 'of it forgotten', 'gained on it')} and "
            f"{_points(row, 'first_below_at_once', 'below', 'above')} {JOINT}; "
            f"{row['cells_written'] / course.classes:.1f} cells and "
            f"{number_text(1e3 * row['learning_uj'] / course.classes, 3)} nJ a class."
        )
    joint, own = last[JOINT], last[OWN_COLUMN]
    yield (
        f"{JOINT}, by five updates on fresh chips: {joint['accuracy_percent']:.2f} ± {joint['ci95_percent']:.2f} %, "
        f"{times(joint['cells_written'], own['cells_written'])} the cells and "
        f"{times(joint['learning_uj'], own['learning_uj'])} the energy of {OWN_COLUMN}; the nearest mean in "
        f"software reaches {own['nearest_mean_percent']:.2f} ± {own['nearest_mean_ci95_percent']:.2f} %."
    )


STUDY = Study(
    name="incremental",
    title="Classes one after another",
    question="How many classes can a chip learn one after another without keeping a drawing, and does it forget any?",
    measure=measure,
    counts={"default": Counts(20, 100), "small": Counts(2, 2)},
    assumptions={
        "relaxation_spread_per_decade": "not swept here: the first classes relax while later ones are written",
        "set_disturb": "not swept here: writing a column would disturb others; 0 in the shipped set",
        "reset_disturb": "not swept here: writing a column would disturb others; 0 in the shipped set",
        "compliance_per_conductance": "scales all energies alike; see the energy study",
    },
    bundle=CHARACTERS,
)
