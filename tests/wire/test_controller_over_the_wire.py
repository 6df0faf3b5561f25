"""`--controller --chip tcp://...`: a chip behind a wire learns what the same one learns in process."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from ohmshot import cli
from ohmshot.adapt.address import source_at
from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.controller.road import hosted_by
from ohmshot.data.examples import Examples
from ohmshot.host.learner import LearnerSettings
from ohmshot.wire.server.server import Server
from own_pictures import write_pictures

Serve = Callable[..., AbstractContextManager[Server]]


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> None:
    monkeypatch.setattr("sys.argv", ["ohmshot", *(str(argument) for argument in arguments)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code


def test_a_demo_says_the_same_in_process_and_over_tcp(
    parameters: ParameterSet, drawings: Examples, serve: Serve
) -> None:
    learner = hosted_by("controller", LearnerSettings())
    settings = AdaptationSettings(episodes=1, seed=5, learner=learner)
    results = []
    with serve(parameters) as server:
        for address in ("sim", f"tcp://127.0.0.1:{server.port}"):
            source = source_at(address, parameters, settings.circuit, 5)
            result, first = run_adaptation(source, shipped_bundle("four-convolutions"), drawings, settings)
            results.append((result.model_dump(exclude={"wall_seconds"}), first.conductances.tolist()))
            if address != "sim":
                source.chips([0], [0]).close()  # type: ignore[attr-defined]
    assert results[0] == results[1]
    assert results[0][0]["strategy"] == "hybrid by the controller"


def test_an_adaptation_says_the_same_in_process_and_over_tcp(
    tmp_path: Path, parameters: ParameterSet, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ohmshot.report.own_task_page.own_task_page", lambda result, detail: "a page")
    pictures = write_pictures(tmp_path)
    options = ("--controller", "--support", pictures / "support", "--query", pictures / "query", "--seed", "5")
    results = []
    with serve(parameters) as server:
        for place in ("sim", f"tcp://127.0.0.1:{server.port}"):
            told = tmp_path / "told.json"
            _run(
                monkeypatch,
                "adapt",
                *options,
                "--chip",
                place,
                "--output",
                tmp_path / "chip.safetensors",
                "--json",
                told,
            )
            results.append(json.loads(told.read_text()))
            del results[-1]["wall_seconds"], results[-1]["citations"]
            (tmp_path / "chip.safetensors").unlink()
    assert results[0] == results[1]
