import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch

from ohmshot import cli
from ohmshot.adapt.address import source_at
from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injection import Injection
from ohmshot.data.examples import Examples
from ohmshot.data.source import SOURCES
from ohmshot.host.guard import GuardedCrossbar
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.faulty_line import FaultyLine
from ohmshot.wire.server.server import Server
from ohmshot.wire.server.simulated_station import SimulatedStation

CELLS = torch.arange(2048)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["ohmshot", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


@pytest.mark.parametrize("numbered", [True, False])
def test_a_brown_out_behind_a_wire_is_seen_through(parameters: ParameterSet, numbered: bool) -> None:
    station = SimulatedStation(parameters, 5, injection=Injection(brown_out=0.5, over_temperature=0.2))
    again = (lambda: LoopbackLink(station)) if numbered else None
    client = RemoteCrossbar(LoopbackLink(station), reconnect=again)
    assert client.supervised
    crossbar = GuardedCrossbar(client)
    crossbar.form(CELLS)
    for _ in range(6):
        crossbar.set(CELLS, torch.full((2048,), 1.8))
    assert crossbar.met["brown-outs"] > 1
    assert crossbar.met["pauses for heat"] > 0
    assert crossbar.meter().counts[:2].tolist() == [[2048], [6 * 2048]]


@pytest.mark.parametrize(
    "injection", [Injection(stuck=0.05), Injection(brown_out=0.1), Injection(lost_connection=0.05, bit_flip=0.05)]
)
def test_the_same_faults_come_to_the_same_in_process_and_over_the_wire(
    parameters: ParameterSet, drawings: Examples, injection: Injection
) -> None:
    settings = AdaptationSettings(episodes=1, seed=5)
    line = Injection(lost_connection=0.02, late_answer=0.02, bit_flip=0.02)
    over = injection.model_copy(update=line.model_dump(exclude_defaults=True))
    of_chip = injection.model_copy(update=dict.fromkeys(("lost_connection", "bit_flip"), 0.0))
    results = []
    for each in (of_chip, over):
        result, _ = run_adaptation(
            source_at("sim", parameters, Circuit(), 5, each), shipped_bundle("four-convolutions"), drawings, settings
        )
        results.append(result.model_dump(exclude={"wall_seconds"}))
    assert results[0] == results[1]


def test_a_server_whose_line_is_bad_is_driven_all_the_same(
    parameters: ParameterSet, serve: Callable[..., AbstractContextManager[Server]]
) -> None:
    with serve(
        parameters, line=FaultyLine(Injection(lost_connection=0.1, late_answer=0.02, bit_flip=0.05), 3)
    ) as server:
        source = source_at(f"tcp://127.0.0.1:{server.port}?seconds=1", parameters, Circuit(), 5)
        crossbar = source.chips([0], [0])
        crossbar.form(CELLS)
        for _ in range(20):
            crossbar.set(CELLS[:50], torch.full((50,), 1.8))
            crossbar.read(CELLS[:50])
        assert int(crossbar.meter().pulses) == 2048 + 20 * 50


def test_bad_faults_end_with_exit_code_2(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["demo", "--source", "invented"], ["serve", "--port", "0"]):
        assert run(monkeypatch, *command, "--inject", "stuck:2") == 2
        assert "The fault stuck:2 cannot be injected" in capsys.readouterr().err
        assert run(monkeypatch, *command, "--inject", "meteor:1") == 2
        assert "There is no fault 'meteor:1'" in capsys.readouterr().err
    chip = ("--chip", "tcp://127.0.0.1:1")
    assert run(monkeypatch, "demo", "--source", "invented", *chip, "--inject", "stuck:0.1") == 2
    assert "ohmshot serve --inject" in capsys.readouterr().err


def test_the_demo_says_how_many_cells_are_stuck(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, drawings: Examples
) -> None:
    monkeypatch.setitem(SOURCES, "invented", lambda location: drawings)
    # The page is drawn in tests of its own.
    monkeypatch.setattr("ohmshot.report.adaptation_page.adaptation_page", lambda runs: "a page")
    file = tmp_path / "result.json"
    options = ("--source", "invented", "--episodes", "2", "--output", str(tmp_path), "--json", str(file))
    assert run(monkeypatch, "demo", *options, "--inject", "stuck:0.05", "--inject", "dead-row:1", "--test-cells") == 0
    assert 64 + 60 < json.loads(file.read_text())["cells_stuck"] < 300
