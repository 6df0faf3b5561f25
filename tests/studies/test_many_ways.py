import dataclasses

import polars as pl
import pytest

from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.source import evaluation_drawings
from ohmshot.host.array import arrays_for
from ohmshot.studies.many_ways.figures import figures
from ohmshot.studies.many_ways.measure import STUDY, TASK_COLUMNS, TASKS
from ohmshot.study.study import StudySettings, run_study
from ohmshot.study.study_result import StudyResult
from ohmshot.study.tasks import adapted_and_baked, tasks_for

SETTINGS = StudySettings(
    bundle=shipped_bundle("four-convolutions"),
    drawings=evaluation_drawings("invented"),
    parameters=load_parameter_set("leti_hfo2_130nm"),
    chips=STUDY.counts["small"].chips,
    episodes=STUDY.counts["small"].episodes,
    size="small",
)


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return run_study(STUDY, SETTINGS)


def test_each_task_takes_its_arrays_and_no_more_episodes_than_it_may(result: StudyResult) -> None:
    table = result.tables["tasks"]
    assert table.columns == list(TASK_COLUMNS)
    assert table["task"].to_list() == ["5-way 1-shot", "20-way 10-shot"]
    assert table["arrays"].to_list() == [1, 2]  # 760 + 195 pairs, 760 + 780 pairs
    assert table["episodes"].to_list() == [4, 2]
    assert min(table["accuracy_percent"].to_list()) > 80
    assert (table["accuracy_percent"] - table["nearest_mean_percent"]).to_list() == pytest.approx(
        table["above_nearest_mean_percent"].to_list()
    )


def test_what_was_published_stands_beside_the_same_task_or_beside_nothing(result: StudyResult) -> None:
    published, ours = result.tables["published"], result.tables["tasks"]["accuracy_percent"][0]
    stated = [(row["ways"], row["shots"], row["published_percent"]) for row in published.iter_rows(named=True)]
    assert stated == [(5, 1, 96.8), (5, 5, 98.8), (250, 10, 82.2), (32, 1, 79.0)]
    assert published["ours_percent"].to_list() == [ours, None, None, None]
    assert {"denblanken2025chameleon", "li2021sapiens"} <= set(result.citations)


def test_tasks_of_more_classes_than_there_are_data_are_left_out() -> None:
    few = dataclasses.replace(SETTINGS, drawings=SETTINGS.drawings.of_groups([0]))
    assert few.drawings.classes == 10
    assert run_study(STUDY, few).tables["tasks"]["ways"].to_list() == [5]


def test_the_default_size_has_the_tasks_of_the_page() -> None:
    asked = {(task.ways, task.shots) for task in TASKS["default"]}
    assert {(5, 10), (20, 1), (20, 5), (20, 10), (32, 1), (32, 5), (32, 10), (100, 10), (250, 10)} <= asked


def test_fifty_classes_on_three_arrays_lose_little_to_the_lines() -> None:
    # With one row line over all arrays half of the answers were wrong.
    settings = dataclasses.replace(SETTINGS, bundle=SETTINGS.bundle.for_ways(50), episodes=2)
    arrays = arrays_for(settings.bundle, Circuit())
    assert arrays == 3
    tasks = tasks_for(settings, EpisodeShape(50, 5, 5))
    reached = []
    for ohm in (1.0, 0.0):
        circuit = Circuit(line_resistance_ohm=ohm).arrays(arrays)
        batch = adapted_and_baked(settings, tasks, settings.parameters.values, circuit=circuit)
        reached.append(float(batch.learned.mean()))
    assert reached[0] == pytest.approx(reached[1], abs=0.03)
    assert reached[0] > 0.8


def test_the_figure_shows_every_number_of_drawings_and_what_was_published(result: StudyResult) -> None:
    drawn = figures(result)
    assert [each.name for each in drawn] == ["many-ways"]
    by_shots, by_reference = drawn[0].figure.axes
    assert (by_shots.get_xlabel(), by_shots.get_ylabel()) == ("classes", "accuracy (%)")
    assert len(by_shots.lines) == 3  # one drawing, ten drawings, published
    assert len(by_reference.lines) == 4
    ten = result.tables["tasks"].filter(pl.col("shots") == 10)
    assert list(by_reference.lines[0].get_ydata()) == ten["accuracy_percent"].to_list()
