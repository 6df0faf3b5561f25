"""Shown by 1 of the issue in small: the same seed gives the same numbers in process and over the wire."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch

from ohmshot import cli
from ohmshot.adapt.address import connected_chip, source_at
from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.data.examples import Examples
from ohmshot.wire.server.server import Server


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["ohmshot", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_an_adaptation_says_the_same_in_process_over_tcp_and_through_visa(
    parameters: ParameterSet, drawings: Examples, serve: Callable[..., AbstractContextManager[Server]]
) -> None:
    settings = AdaptationSettings(episodes=1, seed=5)
    results = []
    with serve(parameters) as server:
        for address in ("sim", f"tcp://127.0.0.1:{server.port}", f"visa://TCPIP::127.0.0.1::{server.port}::SOCKET"):
            source = source_at(address, parameters, settings.circuit, 5)
            result, _ = run_adaptation(source, shipped_bundle("four-convolutions"), drawings, settings)
            results.append(result.model_dump(exclude={"wall_seconds"}))
            if address != "sim":
                source.chips([0], [0]).close()  # type: ignore[attr-defined]
    assert results[0] == results[1] == results[2]


@pytest.mark.slow
def test_the_demo_says_the_same_in_process_and_over_the_wire(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    parameters: ParameterSet,
    serve: Callable[..., AbstractContextManager[Server]],
) -> None:
    results = []
    with serve(parameters) as server:
        for number, address in enumerate(("sim", f"tcp://127.0.0.1:{server.port}")):
            file, output = str(tmp_path / f"{number}.json"), str(tmp_path / str(number))
            options = ("--source", "invented", "--seed", "5", "--json", file, "--output", output)
            assert run(monkeypatch, "demo", "--chip", address, *options) == 0
            results.append(json.loads(Path(file).read_text()))
    for result in results:
        del result["wall_seconds"]
    assert results[0] == results[1]


def test_conformance_of_the_chip_in_process_passes_as_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--round-trip", "5", "--whole-read", "60", "--json", str(tmp_path / "report.json"))
    assert run(monkeypatch, "conformance", *options) == 0
    assert "29 passed, 0 failed, 0 skipped" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "report.json").read_text())["outcomes"]) == 29


def test_a_chip_that_is_not_there_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "demo", "--source", "invented", "--chip", "tcp://127.0.0.1:1") == 2
    assert "Start one with `ohmshot serve`" in capsys.readouterr().err


def test_a_chip_in_use_is_not_overwritten_without_a_word(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    parameters: ParameterSet,
    serve: Callable[..., AbstractContextManager[Server]],
) -> None:
    with serve(parameters) as server:
        address = f"tcp://127.0.0.1:{server.port}"
        options = (
            "--chip",
            address,
            "--source",
            "invented",
            "--episodes",
            "1",
            "--seed",
            "5",
            "--output",
            str(tmp_path),
        )
        chip = connected_chip(address)
        cells = torch.arange(3)
        chip.form(cells)
        chip.set(cells, torch.full((3,), 2.0))
        chip.reset(cells, torch.full((3,), 2.0))
        written = chip.meter().counts.tolist()
        chip.close()
        assert run(monkeypatch, "demo", *options) == 2
        assert (
            "is in use: 3 cells of it were written before. It was left as it is; --overwrite" in capsys.readouterr().err
        )
        chip = connected_chip(address)
        assert chip.meter().counts.tolist() == written
        chip.close()
        assert run(monkeypatch, "demo", *options, "--overwrite") == 0
