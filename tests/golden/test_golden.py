"""Golden runs: commands as a person types them give the results that are stored beside this file.

    make golden            # write them anew, after a change that is meant to change results

A change that is not meant to change a result must not change one bit of these.
"""

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import polars as pl
import pytest

from golden.compare import differences, machine, reduced
from ohmshot import cli
from own_pictures import write_pictures

HERE = Path(__file__).parent
SOURCE = ("--source", "invented")
SMALL = (*SOURCE, "--size", "small", "--chips", "1", "--episodes", "2", "--seed", "3")
SLOW = {"strategies", "hardware-aware", "fleet"}
FEW = [
    "strategies",
    "levels",
    "retention",
    "endurance",
    "energy",
    "validation",
    "hardware-aware",
    "users",
    "cloud",
    "faults",
]
STUDIES = dict.fromkeys(FEW, SMALL) | {
    "fleet": (*SOURCE, "--size", "small", "--chips", "4", "--episodes", "8", "--seed", "3")
}
BUNDLE = ("--bundle", "four-convolutions")
DEMO = (*SOURCE, *BUNDLE, "--episodes", "3", "--chips", "2", "--seed", "7")
DEMOS = {
    "demo": (),
    "demo-pair-corrected": ("--strategy", "pair-corrected"),
    "demo-single-shot": ("--strategy", "single-shot-set"),
    "demo-stuck": ("--inject", "stuck:0.1", "--strategy", "closed-loop"),
    "demo-tested": ("--inject", "dead-row:1", "--test-cells", "--strategy", "iterative-set"),
    "demo-line": ("--inject", "lost-connection:0.02", "--inject", "brown-out:0.02", "--strategy", "iterative-reset"),
}
SWEEP = """
[run]
source = "invented"
chips = 3
queries = 3
seed = 4

[vary]
strategy.tolerance = { values = [2.5, 10.0] }
learner.strategy = { values = ["hybrid", "closed-loop"] }
"""
SEARCH = """
method = "search"
points = 3

[run]
source = "invented"
chips = 2
queries = 3
seed = 4

[vary]
strategy.tolerance = { low = 1.0, high = 10.0, log = true }

[search]
budget_j = 4e-7
evaluation_chips = 2
"""
CONVERSATION = """\
*IDN?
CHIP:SHAPe?
CELL:FORM (@0:15)
CELL:RESet (@0:15),2.6 V
CELL:SET (@0:7),1.8
CELL:READ? (@0:15)
CHIP:WAIT 6
CELL:READ? (@0:15)
ARRay:MULTiply:ROWS? 0,4,0,2,0.2,-0.1
CELL:SET (@0),99
SYSTem:ERRor?
*ESR?
METer:COUNts?;ENERgy?;BUSY?
CELL:WEAR? (@0:15)
CELL:HEALth (@3),2
CELL:HEALth? (@0:7)
FORMat:DATA PACKed;BORDer SWAPped
CELL:READ? (@0:15)
FORMat ASCii
SIMulator:FRESh 1,0,2,1
CHIP:SHAPe?
CELL:READ? (@0:3,2048:2051)
SYSTem:LOCK:REQuest?
NONSense?
SYSTem:ERRor?;ERRor:COUNt?
"""
WITHOUT_REPLY = {"NONSense?"}


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr("sys.argv", ["ohmshot", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code


def check(name: str, found: Any, request: pytest.FixtureRequest) -> None:
    """Compare a result with the one that is stored, or store it."""
    path = HERE / f"{name}.json"
    if request.config.getoption("--write-golden"):
        content = {"machine": machine(), "result": reduced(found)}
        path.write_text(json.dumps(content, indent=None, separators=(",", ":"), ensure_ascii=False) + "\n", "utf-8")
        return
    stored = json.loads(path.read_text("utf-8"))
    lines = differences(stored["result"], reduced(found), exactly=stored["machine"] == machine())
    assert not lines, f"{path.name}, {len(lines)} fields differ:\n" + "\n".join(lines[:20])


def of_json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] if name in SLOW else []) for name in STUDIES]
)
def test_study(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    run(monkeypatch, "study", name, *STUDIES[name], "--json", str(tmp_path / "result.json"))
    check(f"study-{name}", of_json(tmp_path / "result.json"), request)


@pytest.mark.parametrize("name", DEMOS)
def test_demo(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    run(monkeypatch, "demo", *DEMO, *DEMOS[name], "--output", str(tmp_path))
    check(name, of_json(tmp_path / "result.json"), request)


def test_demo_over_the_wire(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    options = (*SOURCE, "--episodes", "2", "--seed", "7", "--output", str(tmp_path))
    with served_chip("--seed", "7") as port:
        run(monkeypatch, "demo", *options, "--chip", f"tcp://127.0.0.1:{port}")
    check("demo-wire", of_json(tmp_path / "result.json"), request)


@pytest.mark.parametrize("journal", [(), ("--journal", "journal")], ids=["without journal", "with journal"])
def test_adapt_and_classify(
    journal: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    write_pictures(tmp_path)
    monkeypatch.chdir(tmp_path)
    task = ("--support", "support", "--query", "query", "--seed", "2")
    run(monkeypatch, "adapt", *BUNDLE, *task, *journal, "--json", "result.json")
    capsys.readouterr()
    run(monkeypatch, "classify", *BUNDLE, *(str(path) for path in sorted(Path("query").rglob("*.png"))[:6]))
    answers = capsys.readouterr().out.splitlines()
    check("adapt", {"result": of_json(Path("result.json")), "classified": answers}, request)


@pytest.mark.parametrize("workers", [("--workers", "1"), ("--workers", "2", "--at-once", "2")], ids=["one", "two"])
def test_fleet(
    workers: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    table, result = tmp_path / "fleet.parquet", tmp_path / "result.json"
    files = ("--table", str(table), "--json", str(result))
    run(monkeypatch, "fleet", "--chips", "5", *SOURCE, *BUNDLE, "--seed", "2", *files, *workers)
    check("fleet", {"result": of_json(result), "table": pl.read_parquet(table).to_dict(as_series=False)}, request)


@pytest.mark.parametrize("name", ["sweep", pytest.param("search", marks=pytest.mark.slow)])
def test_sweep(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    if name == "search":
        pytest.importorskip("optuna")
    (tmp_path / "sweep.toml").write_text({"sweep": SWEEP, "search": SEARCH}[name], "utf-8")
    monkeypatch.chdir(tmp_path)
    run(monkeypatch, "sweep", "sweep.toml", "--json", "result.json", "--table", "table.parquet")
    rows = pl.read_parquet("table.parquet").to_dict(as_series=False)
    check(name, {"result": of_json(Path("result.json")), "table": rows}, request)


def test_conversation_over_the_wire(request: pytest.FixtureRequest) -> None:
    replies = {}
    with (
        served_chip("--seed", "5", "--no-token") as port,
        socket.create_connection(("127.0.0.1", port), timeout=60) as connection,
    ):
        line = connection.makefile("rwb")
        for number, message in enumerate(CONVERSATION.splitlines()):
            line.write(message.encode() + b"\n")
            line.flush()
            if "?" in message and message not in WITHOUT_REPLY:
                replies[f"{number} {message}"] = reply(line)
    del replies["0 *IDN?"]  # has the version of ohmshot
    check("conversation", replies, request)


@contextmanager
def served_chip(*arguments: str) -> Iterator[int]:
    """The port of a chip server in a process of its own."""
    command = [sys.executable, "-m", "ohmshot", "serve", "--port", "0", *arguments]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline().rsplit(":", 1)[1])
        finally:
            server.terminate()


def reply(line: BinaryIO) -> Any:
    """A reply as text, or the header of its block of binary numbers and the numbers."""
    first = line.read(1)
    if first != b"#":
        return (first + line.readline()).decode().removesuffix("\n")
    digits = line.read(1)
    length = line.read(int(digits))
    block = line.read(int(length))
    assert line.read(1) == b"\n"
    return [f"#{(digits + length).decode()}", *struct.unpack(f"<{len(block) // 4}f", block)]
