"""`ohmshot adapt --chip` and `classify`: a chip somewhere else learns a person's classes and answers."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ohmshot import cli
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.host.learner import Learner
from ohmshot.wire.server.server import Server
from own_pictures import write_pictures

Serve = Callable[..., AbstractContextManager[Server]]


class HostKilled(BaseException):
    """Nobody catches it."""


@pytest.fixture(autouse=True)
def _without_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing it takes longer than everything else, and it has tests of its own."""
    monkeypatch.setattr("ohmshot.report.own_task_page.own_task_page", lambda result, detail: "a page")


class Commands:
    """Runs commands and tells what they printed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.monkeypatch, self.capsys = monkeypatch, capsys

    def __call__(self, code: int, *arguments: object) -> str:
        self.capsys.readouterr()
        self.monkeypatch.setattr("sys.argv", ["ohmshot", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        told = self.capsys.readouterr()
        assert int(ended.value.code or 0) == code, told.err
        return " ".join((told.out + told.err).split())


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(monkeypatch, capsys)


def test_a_served_chip_learns_what_the_same_chip_learns_in_process_and_answers(
    tmp_path: Path, parameters: ParameterSet, serve: Serve, command: Commands
) -> None:
    pictures = write_pictures(tmp_path)
    sets = ("--support", pictures / "support", "--query", pictures / "query", "--seed", "5")
    other = write_pictures(tmp_path / "other", seed=6)
    query = sorted((pictures / "query").rglob("*.*"))
    chip, results = tmp_path / "there.safetensors", []
    with serve(parameters) as server:
        address = f"tcp://127.0.0.1:{server.port}"
        for place, file in (("sim", tmp_path / "here.safetensors"), (address, chip)):
            command(0, "adapt", *sets, "--chip", place, "--output", file, "--json", tmp_path / "told.json")
            results.append(json.loads((tmp_path / "told.json").read_text()))
            del results[-1]["wall_seconds"], results[-1]["citations"]
        assert results[0] == results[1]
        assert chip.stat().st_size < (tmp_path / "here.safetensors").stat().st_size / 2

        told = command(0, "classify", "--chip", chip, *query)
        answers = [f": {answer['answered']} (" in told for answer in results[1]["query"]["answers"]]
        assert sum(answers) >= len(answers) - 1  # read noise may turn one
        command(
            0, "adapt", "--support", other / "support", "--chip", address, "--output", tmp_path / "other.safetensors"
        )
        assert "no longer holds the classes" in command(2, "classify", "--chip", chip, *query)
    with serve(parameters, seed=6) as server:
        address = f"tcp://127.0.0.1:{server.port}"
        told = command(2, "classify", "--chip", chip, "--at", address, *query)
        assert "seed 6, chip 0, life 0' stands in its place" in told


def test_another_chip_in_the_place_of_a_half_adapted_one_is_noticed_and_written_whole(
    tmp_path: Path, parameters: ParameterSet, serve: Serve, command: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = write_pictures(tmp_path)
    adapt = ("adapt", "--support", pictures / "support", "--output", tmp_path / "chip.safetensors")
    with serve(parameters) as server, monkeypatch.context() as patch:

        def die(learner: Learner, *of: object) -> None:
            raise HostKilled

        patch.setattr(Learner, "update", die)
        patch.setattr("sys.argv", ["ohmshot", *map(str, adapt), "--chip", f"tcp://127.0.0.1:{server.port}"])
        with pytest.raises(HostKilled):
            cli.main()
    journal = tmp_path / "chip.journal" / "journal.jsonl"
    assert [json.loads(line).get("event") for line in journal.read_text().splitlines()] == [None, "begun", "done"]
    address = "tcp://127.0.0.1:{}"
    with serve(parameters) as server:  # the same serial number, and none of the pulses
        refusal = command(2, *adapt, "--limit", "life-pulses=3", "--chip", address.format(server.port))
        assert "it is another chip, or its meter was reset. All of it is written." in refusal
    with serve(parameters, seed=6) as server:
        told = command(0, *adapt, "--json", tmp_path / "told.json", "--chip", address.format(server.port))
    assert "Going on from the initialisation" in told
    assert "seed 6, chip 0, life 0' stands in its place now. All of it is written." in told
    result = json.loads((tmp_path / "told.json").read_text())
    assert result["chip"] == "ohmshot, leti_hfo2_130nm, seed 6, chip 0, life 0"
    assert result["support"]["accuracy"][-1] > 0.8
    assert result["pulses"]["initialisation"] > 2 * 2048
