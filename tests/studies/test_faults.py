import polars as pl
import pytest

from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.data.source import evaluation_drawings
from ohmshot.studies.faults.measure import STUDY, measure
from ohmshot.study.study import Measurement, StudySettings


@pytest.fixture(scope="module")
def measured() -> Measurement:
    settings = StudySettings(
        bundle=shipped_bundle("four-convolutions"),
        drawings=evaluation_drawings("invented"),
        parameters=load_parameter_set("leti_hfo2_130nm"),
        chips=STUDY.counts["small"].chips,
        episodes=STUDY.counts["small"].episodes,
        size="small",
    )
    return measure(settings, lambda done, total: None)


def row(measured: Measurement, fault: str) -> dict[str, object]:
    return measured.tables["faults"].filter(pl.col("fault") == fault).row(-1, named=True)


@pytest.mark.parametrize("fault", ["brown-out:0.05", "lost-connection:0.01"])
def test_what_is_seen_through_costs_no_pulse_and_no_accuracy(measured: Measurement, fault: str) -> None:
    seen, calm = row(measured, fault), row(measured, "none")
    assert seen["faults_met"] > 1  # type: ignore[operator]
    assert seen["extra_pulses"] == 0
    assert seen["accuracy_percent"] == calm["accuracy_percent"]


def test_answers_over_a_bad_line_are_those_of_a_good_one(measured: Measurement) -> None:
    assert "lost-connection:0.01: all answers are those of an undisturbed line." in measured.findings


def test_stuck_cells_are_found(measured: Measurement) -> None:
    seen = row(measured, "stuck:0.1")
    assert 100 < seen["cells_known"] < 260  # type: ignore[operator]
    assert seen["extra_pulses"] > 0  # type: ignore[operator]
