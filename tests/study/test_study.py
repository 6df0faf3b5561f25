import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import polars as pl
import pytest
from typer.testing import CliRunner

from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cli import app
from ohmshot.data.source import evaluation_drawings
from ohmshot.foundation.errors import DataError, SettingsError
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import single_column
from ohmshot.report.study_page import cell_text, study_markdown
from ohmshot.study.registry import STUDIES, study_named
from ohmshot.study.study import Measurement, StudySettings, run_study
from ohmshot.study.study_result import StudyResult, StudyRun, read_study_result

SCHEMA = Path(__file__).parents[2] / "docs" / "schemas" / "study-result.json"


@pytest.fixture
def result() -> StudyResult:
    run = StudyRun(
        seed=0, chips=1, episodes=1, size="small", strategy="hybrid", data="none", parameters="ideal", bundle="0"
    )
    return StudyResult(
        name="a",
        title="A",
        question="A?",
        run=run,
        tables={"a": pl.DataFrame()},
        findings=(),
        assumptions=(),
        citations=(),
        seconds=0.0,
    )


def test_the_command_writes_result_page_tables_and_figures(tmp_path: Path) -> None:
    files = ["--json", f"{tmp_path}/r.json", "--report", f"{tmp_path}/r.html", "--table", f"{tmp_path}/r.parquet"]
    common = ["--size", "small", "--source", "invented", "--figures", str(tmp_path / "figures")]
    ran = CliRunner().invoke(app, ["study", "retention", *files, *common], catch_exceptions=False)
    assert ran.exit_code == 0
    text = (tmp_path / "r.json").read_text("utf-8")
    jsonschema.validate(json.loads(text), json.loads(SCHEMA.read_text("utf-8")))
    result = StudyResult.model_validate_json(text)
    main = next(iter(result.tables.values()))
    assert pl.read_parquet(tmp_path / "r.parquet").columns == main.columns
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "src=" not in page
    assert page.count("<figure>") == len(list((tmp_path / "figures").glob("*.png"))) > 0
    assert all(row.name in page and row.swept in page for row in result.assumptions)


def test_a_result_is_shown_again_without_running_its_study(result: StudyResult, tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text(result.model_dump_json(), "utf-8")
    ran = CliRunner().invoke(app, ["show", f"{tmp_path}/r.json", "--markdown", f"{tmp_path}/docs/a.md"])
    assert ran.exit_code == 0
    assert (tmp_path / "docs" / "a.md").read_text("utf-8").startswith("# A\n")


def test_what_is_no_result_is_named(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{}", "utf-8")
    for name, says in (("r.json", "no result of a study"), ("none.json", "cannot be read")):
        with pytest.raises(DataError, match=says):
            read_study_result(tmp_path / name)


def test_the_markdown_page_links_its_figures(result: StudyResult) -> None:
    drawn = CaptionedFigure("curve", single_column(), "What is drawn.")
    page = study_markdown(result, [drawn], "pictures")
    assert "![Figure 1](pictures/curve.png)" in page
    assert "**Figure 1.** What is drawn." in page


def test_the_published_schema_is_the_one_in_force() -> None:
    assert json.loads(SCHEMA.read_text("utf-8")) == StudyResult.model_json_schema(mode="serialization")


@pytest.mark.parametrize("name", STUDIES)
def test_a_registered_study_says_what_it_asks(name: str) -> None:
    study = study_named(name)
    assert study.name == name
    assert study.question.endswith("?")
    assert set(study.counts) == {"small", "default"}


def test_an_unknown_study_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="retention"):
        study_named("nonsense")


def test_what_was_not_measured_is_null_in_json_and_empty_in_a_table(result: StudyResult) -> None:
    holed = result.model_copy(update={"tables": {"a": pl.DataFrame({"a_microsiemens": [1.0, float("nan")]})}})
    assert json.loads(holed.model_dump_json())["tables"] == {"a": {"a_microsiemens": [1.0, None]}}
    assert cell_text(None) == ""


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_every_study_runs_at_its_small_size_and_can_be_shown(name: str, tmp_path: Path) -> None:
    files = ["--json", f"{tmp_path}/r.json", "--report", f"{tmp_path}/r.html", "--figures", f"{tmp_path}/figures"]
    source = [] if study_named(name).own_tasks else ["--source", "invented"]
    ran = CliRunner().invoke(app, ["study", name, "--size", "small", *source, *files], catch_exceptions=False)
    assert ran.exit_code == 0
    result = StudyResult.model_validate_json((tmp_path / "r.json").read_text("utf-8"))
    assert result.findings
    assert list((tmp_path / "figures").glob("*.png"))


@pytest.mark.parametrize(("read_noise", "told"), [(1.0, False), (60.0, True)])
def test_a_study_says_when_its_chips_end_below_their_exact_weights(read_noise: float, told: bool) -> None:
    study = replace(
        study_named("levels"), measure=lambda settings, progress: Measurement({"a": pl.DataFrame()}, ("A.",))
    )
    cells = load_parameter_set("leti_hfo2_130nm")
    noisy = replace(cells.values, read_noise=read_noise * cells.values.read_noise)
    settings = StudySettings(
        shipped_bundle("four-convolutions"), evaluation_drawings("invented"), replace(cells, values=noisy), 10, 10
    )
    result = run_study(study, settings)
    assert result.loss_to_exact_weights is not None
    assert result.loss_to_exact_weights.large == told
    assert ("below its exact weights" in result.findings[-1]) == told
    assert result.findings[0] == "A."
