"""A chip that lies, drips or never ends: one clear line each time, in time, and no budget that fails open."""

import contextlib
import dataclasses
import itertools
import math
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch

from ohmshot.bundle.file import shipped_bundle
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set, shipped_parameter_sets
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.datasheet import WorstEnergies, simulated_datasheet
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.wrapper import CrossbarWrapper
from ohmshot.foundation.errors import ChipError, OhmshotError
from ohmshot.host.budget import Budget
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.limits import Limits
from ohmshot.host.strategies.strategy import Bound
from ohmshot.programming.policies import plan_named
from ohmshot.programming.policy import Plan
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.checked import check_datasheet
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.numbered import RetryPolicy
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.blocks import block
from ohmshot.wire.protocol.descriptions import Capabilities
from ohmshot.wire.server import commands
from ohmshot.wire.server.simulated_station import SimulatedStation

NAN, INF = math.nan, math.inf
CELLS = torch.arange(0, 200, 7)


class LyingChip(CrossbarWrapper):
    """A chip that answers one question otherwise."""

    def __init__(self, inner: ObservedCrossbar, question: str, lie: Callable[[Any], Any]) -> None:
        super().__init__(inner)
        self._question, self._lie = question, lie

    def takes(self, plan: Plan) -> bool:
        return self.inner.takes(plan)

    def execute(self, plan: Plan) -> torch.Tensor:
        return self.inner.execute(plan)

    def __getattribute__(self, name: str) -> Any:
        if name.startswith("_") or name != self._question:
            return object.__getattribute__(self, name)
        true, lie = getattr(self.inner, name), self._lie
        return (lambda *arguments: lie(true(*arguments))) if callable(true) else lie(true)


def lying(parameters: ParameterSet, question: str, lie: Callable[[Any], Any]) -> RemoteCrossbar:
    station = SimulatedStation(parameters, 5)
    station.crossbar = LyingChip(station.crossbar, question, lie)  # type: ignore[assignment]
    return RemoteCrossbar(LoopbackLink(station, "the bench"))


def sheet(**changes: Any) -> Callable[[Any], Any]:
    return lambda true: dataclasses.replace(true, **changes)


def energies(**changes: float) -> Callable[[Any], Any]:
    return lambda true: dataclasses.replace(true, worst_energies=dataclasses.replace(true.worst_energies, **changes))


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (sheet(rows=0), "rows must be 1 to 65536, not 0"),
        (sheet(rows=-32), "rows"),
        (sheet(rows=10**9, columns=10**9), "rows"),
        (sheet(rows=60_000, columns=60_000), "cells"),
        (sheet(columns=0), "columns"),
        (sheet(arrays=0), "arrays of equal width"),
        (sheet(arrays=7), "arrays of equal width"),
        (sheet(reset_conductance=NAN), "reset_conductance must lie above 0 and at most at 10000 uS, not nan"),
        (sheet(reset_conductance=0.0), "reset_conductance"),
        (sheet(reset_conductance=-5.0), "reset_conductance"),
        (sheet(reset_conductance=5000.0), "reset_conductance"),
        (sheet(level_conductances=()), "levels"),
        (sheet(level_conductances=(NAN, 5.0)), "level_conductances"),
        (sheet(level_conductances=(9.0, 5.0)), "level_conductances must rise"),
        (sheet(level_conductances=tuple(0.1 * n for n in range(1, 5000))), "levels"),
        (sheet(set_gate_voltages=(1.0, INF)), "set_gate_voltages"),
        (sheet(set_gate_voltages=(2.0, 2.0)), "set_gate_voltages must rise"),
        (sheet(set_conductances=(90.0, 30.0)), "set_conductances must rise"),
        (sheet(set_conductances=(-1.0, 90.0)), "set_conductances"),
        (sheet(reset_source_voltages=(3.0, 1.0)), "reset_source_voltages must rise"),
        (sheet(reset_source_voltages=(NAN, 1.0)), "reset_source_voltages"),
        (sheet(read_voltage=0.0), "read_voltage"),
        (sheet(read_voltage=1e9), "read_voltage"),
        (sheet(output_range_ua=NAN), "output_range_ua"),
        (sheet(output_range_ua=-1.0), "output_range_ua"),
        (energies(set=NAN), "worst energy of a set must be 0 to 1e-3 J, not nan"),
        (energies(form=-1e-9), "worst energy of a form"),
        (energies(read=INF), "worst energy of a read"),
        (energies(reset=1e6), "worst energy of a reset"),
    ],
)
def test_a_datasheet_that_no_chip_has_is_refused(
    parameters: ParameterSet, lie: Callable[[Any], Any], said: str
) -> None:
    with pytest.raises(ChipError, match=f"datasheet of the chip at the bench cannot be used: .*{said}"):
        lying(parameters, "datasheet", lie)


def test_the_datasheets_of_all_parameter_sets_are_taken() -> None:
    for name in shipped_parameter_sets():
        check_datasheet(name, simulated_datasheet(load_parameter_set(name).values, Circuit()), 256)


def metered(**changes: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[MeterReading], MeterReading]:
    return lambda true: dataclasses.replace(true, **{name: lie(getattr(true, name)) for name, lie in changes.items()})


@pytest.mark.parametrize(
    ("question", "lie", "ask", "said"),
    [
        ("meter", metered(energy_joules=lambda true: true * NAN), lambda c: c.meter(), "energies"),
        ("meter", metered(energy_joules=lambda true: true - 1e-9), lambda c: c.meter(), "energies"),
        ("meter", metered(energy_joules=lambda true: true + INF), lambda c: c.meter(), "energies"),
        ("meter", metered(busy_seconds=lambda true: true * NAN), lambda c: c.meter(), "busy times"),
        ("meter", metered(counts=lambda true: true - 1), lambda c: c.meter(), "counts"),
        ("meter", metered(counts=lambda true: true[:, :0]), lambda c: c.meter(), "0 numbers where"),
        ("meter", metered(counts=lambda true: true.repeat(9, 1)), lambda c: c.meter(), "at most 40 belong"),
        ("read", lambda true: true * NAN, lambda c: c.read(CELLS), "reads .* numbers within plus and minus 20000 uS"),
        ("read", lambda true: true + INF, lambda c: c.read(CELLS), "reads"),
        ("read", lambda true: true - 1e9, lambda c: c.read(CELLS), "reads"),
        ("read", lambda true: true[1:], lambda c: c.read(CELLS), "28 numbers where"),
        ("read", lambda true: true.repeat(1000), lambda c: c.read(CELLS), "at most 116 belong"),
        ("multiply", lambda true: true * NAN, lambda c: c.multiply(torch.ones(1, 2, 32), slice(0, 4)), "multiply"),
        ("multiply", lambda true: true + 1e20, lambda c: c.multiply(torch.ones(1, 2, 32), slice(0, 4)), "multiply"),
        ("multiply", lambda true: true[:, :, 1:], lambda c: c.multiply(torch.ones(1, 2, 32), slice(0, 4)), "6 numbers"),
        ("wear", lambda true: true - 1, lambda c: c.wear(), "wear .* below 0"),
        ("health", lambda true: true - 1, lambda c: c.health(), "health .* below 0"),
        ("true_conductances", lambda true: true * NAN, lambda c: c.true_conductances(), "reads"),
        ("execute", lambda true: torch.tensor([1, 3]), "plan", "not asked about"),
        ("execute", lambda true: torch.tensor([7, 0]), "plan", "must rise"),
        ("execute", lambda true: torch.arange(2048), "plan", "at most 116 belong"),
    ],
)
def test_answers_that_no_chip_gives_are_refused(
    parameters: ParameterSet, question: str, lie: Callable[[Any], Any], ask: Any, said: str
) -> None:
    client = lying(parameters, question, lie)
    if ask == "plan":
        plan = dataclasses.replace(plan_named("hybrid"), cells=CELLS, targets=torch.full(CELLS.shape, 60.0))
        with pytest.raises(ChipError, match=said):
            client.execute(plan)
        return
    with pytest.raises(ChipError, match=said):
        ask(client)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"chips": 0}, "chips must be 1 to 65536, not 0"),
        ({"chips": -1}, "chips"),
        ({"chips": 10**12}, "chips"),
        ({"chips": 7}, "as many chips and lives"),
        ({"longest_message": -1}, "longest_message"),
        ({"longest_message": 10**15}, "longest_message"),
        ({"protocol": "1"}, "version"),
        ({"protocol": "1.x"}, "version"),
        ({"protocol": "2.0"}, "speaks protocol 2.0"),
    ],
)
def test_capabilities_that_no_chip_has_are_refused(
    parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], said: str
) -> None:
    made = commands.Capabilities
    monkeypatch.setattr(commands, "Capabilities", lambda **true: made(**{**true, **changes}))
    with pytest.raises(ChipError, match=said):
        RemoteCrossbar(LoopbackLink(SimulatedStation(parameters, 5)))


def test_a_meter_that_runs_backwards_is_refused(parameters: ParameterSet) -> None:
    asked = itertools.count()  # three times a reading: counts, energy and busy time
    lie = metered(counts=lambda true: true + 10 - int(next(asked) >= 6))
    client = lying(parameters, "meter", lie)
    client.meter()
    client.meter()
    with pytest.raises(ChipError, match="less than before"):
        client.meter()


def test_no_budget_of_joules_holds_by_what_is_no_number(parameters: ParameterSet) -> None:
    """In this process too, where a chip is somebody's own class and no wire checks it."""
    chip = LyingChip(SimulatedStation(parameters, 5).crossbar, "meter", metered(energy_joules=lambda true: true * NAN))
    for limits in (Limits(session_joules=1.0), Limits(life_joules=1.0)):
        budget = Budget(chip, limits)  # type: ignore[arg-type]
        with pytest.raises(ChipError, match="no budget can be kept"):
            budget.take(CELLS, Bound(resets=1, sets=1, cycles=1, reads=1), CELLS[:0])
    remote = lying(parameters, "meter", metered(energy_joules=lambda true: true * NAN))
    with pytest.raises(ChipError, match="meter of the chip at the bench"):
        Learner(remote, shipped_bundle("characters"), LearnerSettings(limits=Limits(session_joules=1.0)))


def test_a_chip_of_protocol_1_0_can_be_driven(parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows neither sessions nor frames nor plans, nor multiplies with some rows."""
    new = ("SESSION", "SESS", "FRAME", "FRAM", "PLAN", "ROWS", "UNPULSED", "UNP", "COUNT", "COUN", "CELLS")
    old = {
        name: command
        for name, command in commands._BY_NAME.items()
        if not (set(name[0]) & set(new)) or name[0][0] in ("METER", "MET") or name[0][:2] == ("SYST", "ERR")
    }
    monkeypatch.setattr(commands, "_BY_NAME", old)
    monkeypatch.setattr(commands, "PROTOCOL", "1.0")
    made = commands.Capabilities

    def capabilities(**true: Any) -> Capabilities:
        patterns = tuple(p for p in true["commands"] if not any(word in p.upper() for word in ("SESS", "FRAM", "ROWS")))
        return made(**{**true, "commands": patterns, "policies": ()})

    monkeypatch.setattr(commands, "Capabilities", capabilities)
    station = SimulatedStation(parameters, 5)
    opened: list[LoopbackLink] = []

    def link() -> LoopbackLink:
        opened.append(LoopbackLink(station))
        return opened[-1]

    client = RemoteCrossbar(link(), reconnect=link)
    assert len(opened) == 1
    client.form(CELLS)
    client.set(CELLS, torch.full(CELLS.shape, 1.8))
    assert client.read(CELLS).shape == CELLS.shape
    assert client.meter().pulses.tolist() == [2 * len(CELLS)]
    client.close()


@contextlib.contextmanager
def answering(*pieces: bytes, pause_s: float = 0.0, endless: bytes = b"") -> Iterator[str]:
    """The address of a server that says these pieces to whoever comes, and perhaps something without end."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.recv(1)
            for piece in pieces:
                connection.sendall(piece)
            while endless and not ended.wait(pause_s):
                connection.sendall(endless)
            ended.wait(20)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"tcp://127.0.0.1:{listener.getsockname()[1]}?seconds=0.5"
    finally:
        ended.set()
        listener.close()


NO_ERROR = b'0,"No error"\n'


@pytest.mark.parametrize("numbered", [False, True])
@pytest.mark.parametrize(
    ("pieces", "endless", "pause_s", "said"),
    [
        ((), b"", 0.0, "not whole within"),
        ((), b"a", 0.05, "not whole within its time limit of 0.5 s"),  # dripped
        ((), b"a" * 65536, 0.0, "line without end"),
        ((b"the bench\n" + NO_ERROR + b"#9999999999",), bytes(65536), 0.0, "announced a block of 999999999 bytes"),
        ((b"the bench\n" + NO_ERROR + b"#71000000",), b"a", 0.05, "not whole within"),
        ((b"the bench\n" + NO_ERROR + b"#0",), b"a" * 65536, 0.0, "no definite-length block"),
        ((b"the bench\n" + NO_ERROR + block(b"[" * 100_000) + b"\n",), b"", 0.0, "capabilities|not whole within"),
        ((b"the bench\n" + NO_ERROR + block(b"{}") + b";" + block(b"{}") + b"\n" + NO_ERROR,), b"", 0, "capabilities"),
        ((b"\xff\xfe\x00\n" * 5,), b"", 0.0, "refused"),
    ],
)
def test_what_a_server_may_send_ends_in_time(
    pieces: tuple[bytes, ...], endless: bytes, pause_s: float, said: str, numbered: bool
) -> None:
    started = time.monotonic()
    with answering(*pieces, pause_s=pause_s, endless=endless) as address:
        if numbered:
            reconnect = lambda: connect(address)  # noqa: E731
            with pytest.raises(OhmshotError):
                RemoteCrossbar(connect(address), None, reconnect, RetryPolicy(0.01, 0.05, total_s=0.3))
        else:
            with pytest.raises(OhmshotError, match=said):
                RemoteCrossbar(connect(address))
    assert time.monotonic() - started < 6


def test_worst_energies_that_are_missing_are_no_error(parameters: ParameterSet) -> None:
    client = lying(parameters, "datasheet", sheet(worst_energies=None))
    assert client.datasheet.worst_energies is None
    assert isinstance(lying(parameters, "datasheet", sheet()).datasheet.worst_energies, WorstEnergies)
