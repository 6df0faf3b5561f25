"""`ohmshot meta-train` as a person types it."""

from pathlib import Path

import pytest

import ohmshot
from ohmshot import cli
from ohmshot.bundle.file import load_bundle
from ohmshot.data import source
from ohmshot.data.example_files import write_example_gestures
from ohmshot.data.invented import invented_alphabets

SETTINGS = """
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


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["ohmshot", "meta-train", *arguments])
    monkeypatch.setitem(source.TRAINING_SOURCES, "invented", lambda location: invented_alphabets(0, 3, 8, 20))
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_bundle_is_trained_with_settings_of_ones_own_and_another_algorithm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = tmp_path / "own.toml"
    settings.write_text(SETTINGS)
    chosen = ("--preset", str(settings), "--source", "invented", "--device", "cpu", "--output", str(tmp_path / "run"))
    assert run(monkeypatch, *chosen, "--algorithm", "reptile") == 0
    bundle = load_bundle(tmp_path / "run" / "bundle.safetensors")
    assert bundle.header.provenance.settings["algorithm"] == "reptile"
    assert (tmp_path / "run" / "metrics.jsonl").exists()


def test_what_cannot_be_trained_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings, in_the_way = tmp_path / "own.toml", tmp_path / "file"
    settings.write_text(SETTINGS)
    in_the_way.write_text("")
    (tmp_path / "empty").mkdir()
    preset = ("--preset", str(settings))
    for message, arguments in (
        ("There is no algorithm 'magic'", (*preset, "--source", "invented", "--algorithm", "magic")),
        ("There are no training data 'moon'", (*preset, "--source", "moon")),
        ("There is no device 'abacus'", (*preset, "--source", "invented", "--device", "abacus")),
        ("a file is in its way", (*preset, "--source", "invented", "--output", str(in_the_way))),
        ("does not hold Omniglot", (*preset, "--data", str(tmp_path / "empty"))),
        ("There is no preset 'none'", ("--preset", "none")),
    ):
        capsys.readouterr()
        assert run(monkeypatch, *arguments) == 2
        told = capsys.readouterr().err
        assert message in told
        assert told.count("\n") == 1


def test_too_few_classes_are_told_before_anything_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_example_gestures(tmp_path, 0, families=6)
    chosen = ("--preset", "own-task", "--source", "folder", "--data", str(tmp_path / "train"))
    assert run(monkeypatch, *chosen, "--output", str(tmp_path / "run")) == 2
    assert capsys.readouterr().err == (
        "ohmshot: own train has 12 classes; 10 of 12 groups are held out to judge by, which leaves 2 to train on, and "
        "5-way tasks need 5. Give more classes, or settings with fewer held_out_alphabets.\n"
    )
    assert not (tmp_path / "run" / "metrics.jsonl").exists()


def test_help_names_every_preset(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("sys.argv", ["ohmshot", "meta-train", "--help"])
    with pytest.raises(SystemExit):
        cli.main()
    said = " ".join(capsys.readouterr().out.replace("│", " ").split())
    for file in Path(ohmshot.__path__[0], "meta", "presets").glob("*.toml"):
        assert file.stem in said.split("Settings:")[1].split("TOML file")[0]
