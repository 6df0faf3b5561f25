"""`ohmshot show` on what the commands write, whatever it is called, on terminals of every width."""

import io
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from ohmshot.adapt.fleet.parts import open_parts, write_part
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cli import app
from ohmshot.cli.console import console
from ohmshot.data import source
from ohmshot.data.invented import invented_alphabets
from ohmshot.foundation.errors import OhmshotError
from ohmshot.report.shown.kinds import KINDS
from ohmshot.sweep.plan import read_sweep
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.server.chip_file import opened_station
from own_pictures import write_pictures

OLD = Path(__file__).parents[1] / "old_files"
SWEEP = """
[run]
source = "invented"
chips = 2
queries = 2
[vary]
strategy.tolerance = { values = [2, 8] }
"""
TRAINING = """
name = "small"
filters = [4, 4, 4]
precision = "float32"
held_out_alphabets = 1
held_out_episodes = 10
warm_up_iterations = 2
warm_up_ways = 10
head_iterations = 2
full_scales = [0.2]
rate_decays = [1.0]
"""


def done(*arguments: object) -> str:
    ended = CliRunner().invoke(app, [str(each) for each in arguments])
    assert ended.exit_code == 0, (arguments, ended.output, ended.exception)
    return ended.output


def refused(*arguments: object) -> str:
    ended = CliRunner().invoke(app, [str(each) for each in arguments])
    assert isinstance(ended.exception, OhmshotError), (arguments, ended.output, ended.exception)
    return str(ended.exception)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of files that commands have written at a small size."""
    there = tmp_path_factory.mktemp("written")
    signs = write_pictures(tmp_path_factory.mktemp("signs"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(there)
        small = ("--source", "invented", "--queries", "2", "--shots", "1")
        done("demo", *small, "--episodes", "2", "--output", "demo")
        chip = ("--output", "chip.st", "--json", "own.json")
        done("adapt", "--support", signs / "support", *chip, "--journal", "journal")
        done("classify", signs / "query" / "sign 1" / "5.png", "--chip", "chip.st", "--json", "answers.json")
        done("bundle", "keygen", "device.key", "--kind", "device")
        done("adapt", "--support", signs / "support", "--output", "sealed", "--encrypt-with", "device.key")
        done("bundle", "keygen", "maker.pem")
        done("bundle", "trust", "maker.pub", "--trusted-keys", "trusted.json")
        done("fleet", "--chips", "3", *small, "--table", "fleet.parquet", "--json", "fleet.json")
        Path("s.toml").write_text(SWEEP)
        done("sweep", "s.toml", "--table", "sweep.parquet", "--json", "sweep.json")
        done("conformance", "--json", "conformance.json")
        measured = ("--parameters", "leti_hfo2_130nm", "--devices", "2")
        done("parameters", "measure", *measured, "--output", "wafer.csv")
        done("parameters", "measure", *measured, "--output", "wafer.parquet")
        Path("own-set").write_text(
            '[set_information]\nname = "mine"\ntitle = "Mine"\ncitations = ["pallo2025vlsi"]\n'
            'base = "leti_hfo2_130nm"\n'
            '[reset_conductance]\nvalue = 6.0\nunit = "uS"\nstatus = "measured"\nsource = "our tester"\n'
        )
        Path("training.toml").write_text(TRAINING)
        patch.setitem(source.TRAINING_SOURCES, "invented", lambda location: invented_alphabets(0, 3, 8, 20))
        done("meta-train", "--preset", "training.toml", "--source", "invented", "--device", "cpu", "--output", "run")
        with opened_station(load_parameter_set("leti_hfo2_130nm"), 0, Path("kept")) as station:
            RemoteCrossbar(LoopbackLink(station)).meter()
            shutil.copy("kept.log", "kept-log")
        parts = Path("unfinished.parts")
        run = json.loads(Path("fleet.json").read_text())["run"]
        from ohmshot.adapt.fleet.settings import FleetRun

        open_parts(parts, FleetRun.model_validate(run))
        write_part(parts, range(2), pl.read_parquet("fleet.parquet").head(2))
        yield there


EXPECTED = {
    "demo/result.json": ("a result of `ohmshot demo`", "update 5", "multiply"),
    "demo/report.html": ("a page", "A chip learns 5 new classes"),
    "own.json": ("a result of `ohmshot adapt`", "sign 3", "support"),
    "chip.st": ("an adapted chip of `ohmshot adapt`", "sign 0, sign 1, sign 2, sign 3 and sign 4", "leti_hfo2_130nm"),
    "journal/journal.jsonl": ("a journal of `ohmshot adapt`", "initialisation", "update 5", "verified"),
    "journal/step-0.safetensors": ("a step of a journal of `ohmshot adapt`", "head.0", "targets"),
    "journal/seen-0.safetensors": ("a step of a journal of `ohmshot adapt`", "conductances"),
    "journal/simulated-chip.safetensors": ("a chip of `ohmshot serve`", "conductances"),
    "answers.json": ("answers of `ohmshot classify`", "sign 1 ("),
    "sealed": ("an encrypted chip of `ohmshot adapt`", "--decrypt-with"),
    "trusted.json": ("trusted keys of `ohmshot bundle trust`", "1 trusted key", "no bundle seen"),
    "fleet.json": ("a result of `ohmshot fleet`", "energy of the updates nJ", "yield over 95 %"),
    "fleet.parquet": ("a table of `ohmshot fleet`", "3 rows", "cells written"),
    "sweep.json": ("a result of `ohmshot sweep`", "tolerance", "The front"),
    "sweep.parquet": ("a table of `ohmshot fleet`, `sweep` or `study`", "setting"),
    "conformance.json": ("a report of `ohmshot conformance`", " passed, 0 failed"),
    "wafer.csv": ("measurements", "relaxation", "reads"),
    "wafer.parquet": ("measurements", "retention", "devices"),
    "own-set": ("a parameter set", "our tester", "leti_hfo2_130nm"),
    "run/bundle.safetensors": ("a bundle", "unsigned", "4 convolutions, 19 features, 38 hidden, 5 ways"),
    "run/metrics.jsonl": ("metrics of `ohmshot meta-train`", "warm-up", "loss"),
    "run/warm-up.safetensors": ("a checkpoint of `ohmshot meta-train`", "iterations done: 2", "warm_up_ways: 10"),
    "kept": ("a chip of `ohmshot serve`", "seed: 0", "cells: 2048"),
    "kept-log": ("the log of a chip of `ohmshot serve`", "messages: "),
    "unfinished.parts/run.json": ("an unfinished run of `ohmshot fleet`", "2 finished rows", "strategy: hybrid"),
}
"""Kind, and words that only whoever has read the content can say."""


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_command_writes_is_known_by_its_content(name: str, written: Path, tmp_path: Path) -> None:
    kind, *words = EXPECTED[name]
    elsewhere = tmp_path / "picture.png"  # a name that says something else
    if name.endswith(("run.json", ".log")):
        elsewhere = written / name
    else:
        shutil.copy(written / name, elsewhere)
    shown = done("show", elsewhere)
    assert shown.startswith(f"{elsewhere}: {kind}"), shown
    for each in words:
        assert each in shown, (each, shown)


def test_every_kind_is_shown_here_once_at_least() -> None:
    elsewhere = {"an unfinished run of `ohmshot sweep`", "the start of a journal of `ohmshot adapt`"}
    elsewhere.add("a result of `ohmshot study`")
    told = {kind for kind, *_ in EXPECTED.values()}
    assert {each.name for each in KINDS} - elsewhere <= told | {"a table of `ohmshot fleet`, `sweep` or `study`"}


def test_a_study_and_unfinished_sweeps_are_shown_too(written: Path, tmp_path: Path) -> None:
    study = Path(__file__).parents[2] / "docs" / "studies" / "energy.json"
    assert "a result of `ohmshot study`" in done("show", study)
    from ohmshot.sweep.search import SearchInputs

    run = json.loads((written / "fleet.json").read_text())["run"]
    file = read_sweep(written / "s.toml").file
    inputs = SearchInputs.model_validate({"file": file, "fleet": run, "bundles": {}})
    (tmp_path / "run.json").write_text(inputs.model_dump_json())
    assert "an unfinished run of `ohmshot sweep`" in done("show", tmp_path / "run.json")
    start = written / "journal" / "meter-before.safetensors"
    assert "the start of a journal" in done("show", start)


@pytest.mark.parametrize("name", ["fleet-version-1.json", "sweep-version-1.json", "study-fleet-version-1.json"])
def test_results_of_earlier_versions_are_shown(name: str) -> None:
    assert "a result of" in done("show", OLD / name)


def test_a_matrix_of_before_by_place_in_the_episode_is_not_shown(written: Path, tmp_path: Path) -> None:
    old = json.loads((written / "demo" / "result.json").read_text())
    for name in ("confused", "accuracy_over_episodes", "class_names"):
        old.pop(name)
    (tmp_path / "old.json").write_text(json.dumps(old | {"confusion": [[1, 2], [3, 4]]}))
    assert "mistaken" not in done("show", tmp_path / "old.json")


def test_a_newer_version_says_so(written: Path, tmp_path: Path) -> None:
    newer = json.loads((written / "fleet.json").read_text()) | {"format_version": 9}
    (tmp_path / "new.json").write_text(json.dumps(newer))
    said = refused("show", tmp_path / "new.json")
    assert "a result of `ohmshot fleet` of format version 9; this ohmshot reads up to 2" in said


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "nothing: it is empty"),
        (b"hello\n", "text of no form"),
        (b"\x00\x01\x02\x03", "bytes of no form"),
        (b'{"format": "ohmshot-dream"}', "JSON of the unknown format 'ohmshot-dream'"),
        (b'{"a": 1, "b": 2}', "JSON with a, b"),
        (b"x,y\n1,2\n", "table of text with x, y"),
        (b"[run]\nchips = 2\n", "TOML with run"),
        (b"\x89PNG\r\n\x1a\n....", "a picture (PNG)"),
        (b"[" * 100_000, "text of no form"),
    ],
)
def test_a_foreign_file_is_named_with_what_is_taken(content: bytes, found: str, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_bytes(content)
    said = refused("show", path)
    assert f"{path} holds {found}" in said
    assert "takes results and tables of demo" in said


def test_a_damaged_result_names_its_field(written: Path, tmp_path: Path) -> None:
    broken = json.loads((written / "fleet.json").read_text())
    broken["run"]["ways"] = "many"
    (tmp_path / "x").write_text(json.dumps(broken))
    assert "is damaged: run.ways: " in refused("show", tmp_path / "x")
    content = (written / "chip.st").read_bytes()
    (tmp_path / "y").write_bytes(content[:-20])
    assert "damaged" in refused("show", tmp_path / "y")
    assert "cannot be read: No such file" in refused("show", tmp_path / "absent")


def test_a_folder_is_shown_file_by_file(written: Path, tmp_path: Path) -> None:
    shown = done("show", written / "run")
    assert "metrics of `ohmshot meta-train`" in shown
    assert "a bundle" in shown
    assert "without files" in refused("show", tmp_path)


def test_only_studies_and_sweeps_are_drawn_again(written: Path, tmp_path: Path) -> None:
    said = refused("show", written / "fleet.json", "--report", tmp_path / "page.html")
    assert "is a result of `ohmshot fleet`: --report and --figures draw results of" in said
    done("show", written / "sweep.json", "--report", tmp_path / "page.html")
    assert "<svg" in (tmp_path / "page.html").read_text()


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, *arguments: object) -> str:
    """What a terminal of so many columns gets."""
    seen = io.StringIO()
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(console, "_width", None)  # it is kept where COLUMNS was set at the start
    monkeypatch.setattr(console, "_force_terminal", True)
    monkeypatch.setattr(console, "_file", seen)
    done(*arguments)
    return seen.getvalue()


COMMANDS = {
    **{name: ("show", name) for name in EXPECTED},
    "list of studies": ("study", "list"),
    "list of parameters": ("sweep", "list"),
    "list of sets": ("parameters", "list"),
    "forms": ("parameters", "forms"),
    "comparison": ("parameters", "compare", "leti_hfo2_130nm", "ideal"),
    "check": ("parameters", "check", "own-set"),
    "inspect": ("bundle", "inspect", "run/bundle.safetensors"),
}
OF_EMPTY_COLUMNS = {"empty", "intervals"}
"""Headings that a list has nothing to put behind."""
FRAME = re.compile(r"[\u2500-\u257f]|\x1b\[[0-9;?]*[a-zA-Z]")


def words(text: str) -> set[str]:
    return {word.strip(":,") for word in FRAME.sub(" ", text).split()} - {""}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_word_is_cut_on_a_narrow_terminal(name: str, written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every word that a wide terminal shows stands whole on a narrow one, if it is no wider than that."""
    monkeypatch.chdir(written)
    wide = words(on_terminal(monkeypatch, 300, *COMMANDS[name]))
    assert wide
    for columns in (40, 60, 80):
        shown = on_terminal(monkeypatch, columns, *COMMANDS[name])
        assert "…" not in shown
        assert max(map(len, FRAME.sub("", shown).splitlines())) <= columns
        lost = {each for each in wide - words(shown) - OF_EMPTY_COLUMNS if len(each) < columns - 10}
        assert not lost, (columns, lost, shown)
