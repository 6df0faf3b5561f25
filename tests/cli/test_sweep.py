import json
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from ohmshot.adapt.fleet.parts import parts_folder
from ohmshot.cli import app
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.references import known_references
from ohmshot.sweep import run as running

RUN = '[run]\nsource = "invented"\nchips = 2\nqueries = 3\n'
GRID = RUN + "[vary]\nstrategy.tolerance = { values = [2, 6] }\ncell.set_spread = { factors = [1, 2] }\n"
HYPERCUBE = 'method = "latin-hypercube"\npoints = 2\n' + RUN + "[vary]\nstrategy.tolerance = { low = 1, high = 8 }\n"
SEARCH = HYPERCUBE.replace("latin-hypercube", "search") + "[search]\nbudget_j = 1\nevaluation_chips = 3\n"


@pytest.fixture(autouse=True)
def _small_and_here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "evaluation_examples", lambda source, location: invented_alphabets(1, 2, 8, 10))
    monkeypatch.setattr(running, "training_examples", lambda source, location: invented_alphabets(2, 12, 3, 10))


def run(text: str, *options: str) -> str:
    Path("mine.toml").write_text(text)
    result = CliRunner().invoke(app, ["sweep", "mine.toml", "--workers", "1", *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_a_grid_is_written_as_rows_result_page_and_figures() -> None:
    output = run(GRID, "--json", "out.json", "--report", "out.html", "--figures", "figures")
    assert "this is on evaluation alphabets" in output.lower()
    assert len(pl.read_parquet("mine.parquet")) == 8
    result = json.loads(Path("out.json").read_text())
    assert [each["values"] for each in result["settings"]] == [
        {"strategy.tolerance": tolerance, "cell.set_spread.factor": factor}
        for tolerance in (2.0, 6.0)
        for factor in (1.0, 2.0)
    ]
    page = Path("out.html").read_text()
    assert page.count("<svg") == 3
    assert {path.stem for path in Path("figures").iterdir()} == {"sweep-parameters", "sweep-front", "sweep-map"}


def test_a_latin_hypercube_begins_with_the_baseline_and_cites_its_method() -> None:
    run(HYPERCUBE.replace("[run]", '[run]\nalphabets = "held-out"'), "--json", "out.json", "--report", "out.html")
    result = json.loads(Path("out.json").read_text())
    assert result["settings"][0]["values"] == {"strategy.tolerance": 2.5}
    assert {each["alphabets"] for each in result["settings"]} == {"held-out"}
    assert "mckay1979comparison" in result["citations"]
    assert "McKay" in Path("out.html").read_text()


def test_a_search_ends_with_the_winner_on_evaluation_alphabets() -> None:
    pytest.importorskip("optuna")
    output = run(SEARCH, "--json", "out.json", "--report", "out.html")
    assert "Best: setting" in output
    search = json.loads(Path("out.json").read_text())["search"]
    assert search["evaluation"][-1]["setting"] == search["best"]
    assert {each["chips"] for each in search["evaluation"]} == {3}
    assert "On evaluation alphabets" in Path("out.html").read_text()


def test_control_c_keeps_what_is_done_and_the_same_command_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    Path("mine.toml").write_text(GRID)
    with monkeypatch.context() as patch:
        patch.setattr("ohmshot.cli.sweep.counted_chips", lambda bar, total: stop_at_four)
        stopped = CliRunner().invoke(app, ["sweep", "mine.toml", "--workers", "1"])
    assert stopped.exit_code == 130
    assert "continues" in stopped.output
    assert 2 <= len(list(parts_folder(Path("mine.parquet")).glob("rows-*"))) < 4  # a chunk under way is finished
    run(GRID)
    rows = pl.read_parquet("mine.parquet")
    run(GRID, "--table", "other.parquet")
    assert rows.equals(pl.read_parquet("other.parquet"))


def stop_at_four(done: int) -> None:
    if done == 4:
        raise KeyboardInterrupt


def test_the_list_names_what_can_be_swept() -> None:
    output = CliRunner().invoke(app, ["sweep", "list"], env={"COLUMNS": "200"}).output
    assert "cell.set_spread" in output
    assert "bundle.updates" in output


def test_every_method_cites_known_works() -> None:
    assert {key for keys in running.METHOD_CITATIONS.values() for key in keys} <= set(known_references())
