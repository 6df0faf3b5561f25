import dataclasses

import pytest
import torch

from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.episodes import Episodes, EpisodeShape
from ohmshot.data.source import evaluation_drawings
from ohmshot.studies.incremental.figures import figures
from ohmshot.studies.incremental.measure import STAGE_COLUMNS, STUDY, stages_table
from ohmshot.studies.incremental.sequence import JOINT, OWN_COLUMN, Course, Stage, nearest_mean_of_stages
from ohmshot.study.study import StudySettings, run_study
from ohmshot.study.study_result import StudyResult

SETTINGS = StudySettings(
    bundle=shipped_bundle("four-convolutions"),
    drawings=evaluation_drawings("invented"),
    parameters=load_parameter_set("leti_hfo2_130nm"),
    chips=STUDY.counts["small"].chips,
    episodes=STUDY.counts["small"].episodes,
    size="small",
)
THEN_UPDATES = "own column, then five updates"


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return run_study(STUDY, SETTINGS)


def test_a_class_in_a_column_of_its_own_is_kept_and_updates_without_old_drawings_lose_it(result: StudyResult) -> None:
    table = result.tables["stages"]
    assert table.columns == list(STAGE_COLUMNS)
    assert table["classes"].to_list() == [5, 10, 20] * 3
    last = {row["rule"]: row for row in table.filter(classes=20).iter_rows(named=True)}
    assert last[OWN_COLUMN]["accuracy_percent"] > 90
    assert abs(last[OWN_COLUMN]["forgotten_percent"]) < 3
    assert last[THEN_UPDATES]["first_classes_percent"] < last[OWN_COLUMN]["first_classes_percent"] - 10
    # A column has 39 pairs; a class is written once, so no more than 78 of its cells move.
    assert 20 * 10 < last[OWN_COLUMN]["cells_written"] <= 20 * 78
    assert last[OWN_COLUMN]["learning_uj"] < last[JOINT]["learning_uj"]


def test_costs_add_up_from_stage_to_stage(result: StudyResult) -> None:
    own = result.tables["stages"].filter(rule=OWN_COLUMN)
    for name in ("cells_written", "learning_uj"):
        each = (own[name] / own["classes"]).to_list()  # groups of a size cost alike
        assert each == pytest.approx([each[0]] * 3, rel=0.2)


def test_what_is_forgotten_is_what_the_first_classes_have_lost_among_themselves() -> None:
    def stage(right: float, first: float, alone: float) -> Stage:
        both = (torch.tensor([each, each - 0.1], dtype=torch.float64) for each in (right, first, alone))
        return Stage(*both, torch.tensor([30, 50]), torch.tensor([1e-6, 3e-6], dtype=torch.float64))

    course = Course(4, 2, (2, 4))
    found = {
        OWN_COLUMN: [stage(0.9, 0.9, 0.9), stage(0.7, 0.6, 0.8)],
        JOINT: [stage(0.9, 0.9, 0.9), stage(0.8, 0.8, 0.9)],
    }
    nearest = [torch.full((2,), each, dtype=torch.float64) for each in (1.0, 0.9)]
    row = stages_table(course, found, nearest).filter(rule=OWN_COLUMN, classes=4).row(0, named=True)
    expected = {
        "accuracy_percent": 65.0,
        "first_classes_percent": 55.0,
        "first_alone_percent": 75.0,
        "forgotten_percent": 10.0,
        "forgotten_ci95_percent": 0.0,
        "below_at_once_percent": 10.0,
        "first_below_at_once_percent": 20.0,
        "nearest_mean_percent": 90.0,
        "cells_written": 40.0,
        "learning_uj": 2.0,
    }
    assert {name: row[name] for name in expected} == pytest.approx(expected, abs=1e-9)
    # 70 and 60 %: a standard deviation of 7.071, over the square root of two, times 1.96.
    assert row["ci95_percent"] == pytest.approx(9.8)


def test_the_nearest_mean_answers_among_the_classes_so_far() -> None:
    # Three classes on a line at 0, 10 and 4; the query of the second lies at 5: nearer to the third once it is there.
    features = torch.tensor([[[-1.0], [1.0], [0.5]], [[9.0], [11.0], [6.0]], [[4.0], [4.0], [4.5]]])
    classes = torch.arange(3).view(1, 3)
    support, query = torch.tensor([0, 1]).expand(1, 3, 2), torch.tensor([2]).expand(1, 3, 1)
    tasks = Tasks(features, Episodes(EpisodeShape(3, 2, 1), classes, support, query))
    found = nearest_mean_of_stages(tasks, Course(3, 1, (1, 2, 3)))
    assert [each.tolist() for each in found] == [[1.0], [1.0], [pytest.approx(2 / 3)]]


def test_a_course_ends_where_the_classes_do() -> None:
    few = dataclasses.replace(SETTINGS, drawings=SETTINGS.drawings.of_groups([0]))
    assert run_study(STUDY, few).tables["stages"].filter(rule=OWN_COLUMN)["classes"].to_list() == [5, 10]


def test_the_figure_shows_every_rule_the_nearest_mean_and_what_was_published(result: StudyResult) -> None:
    drawn = figures(result)
    assert [each.name for each in drawn] == ["incremental"]
    every, first, energy = drawn[0].figure.axes
    assert [axis.get_xlabel() for axis in drawn[0].figure.axes] == ["classes so far"] * 3
    assert energy.get_ylabel() == "energy of learning (µJ)"
    assert [len(axis.lines) for axis in (every, first, energy)] == [5, 3, 3]
    assert list(every.lines[4].get_ydata()) == [82.2]
