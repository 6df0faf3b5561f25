"""What a message may cost is known before it is carried out, and others are served meanwhile."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.circuit import Circuit
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.blocks import array_bytes, block
from ohmshot.wire.protocol.local_token import found_token
from ohmshot.wire.server.server import Server, ServerSettings
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.simulated_station import SimulatedStation

Serve = Callable[..., AbstractContextManager[Server]]


def filled(parameters: ParameterSet, chips: int) -> Session:
    station = SimulatedStation(parameters, 5)
    station.fresh(tuple((number, 0) for number in range(chips)))
    return Session(station, "here")


def say(session: Session, message: bytes) -> str:
    return b"".join(session.receive(message + b"\n")).decode("latin-1").removesuffix("\n")


def volts(count: int) -> bytes:
    return block(array_bytes(torch.zeros(count), "NORMAL"))


PLAN = (
    b"""CELL:PLAN? '{"policy": "hybrid", "settings": {}, "verification": {"tolerance": 2.5, "ceiling": 10.0, """
    b""""resets_to_retry": 3, "most_cycles": 20, "most_attempts": %d, "learning": 0.5}}',(@0:%d),60"""
)


@pytest.mark.parametrize(
    ("message", "said"),
    [
        # 256 chips of 2,048 cells: 524,288
        (b";".join([b":CELL:FORM (@0:524287)"] * 33), "operations on cells"),  # 17,301,504 > 2^24
        (b";".join([b":CELL:SET (@0:524287),1.5"] * 64), "operations on cells"),
        (b";".join([b":CHIP:WAIT 1"] * 33), "operations on cells"),
        (b";".join([b":CELL:READ? (@0:524287)"] * 9), "bytes of answers"),  # 75,497,472 in text > 2^26
        (b";".join([b":CELL:WEAR?"] * 7), "bytes of answers"),
        (b";".join([b":SIM:COND?"] * 9), "bytes of answers"),
        (b"ARR:MULT? 0,64," + volts(256 * 32 * 257), "bytes of answers"),  # 4,210,688 numbers in text
        (b"FORM PACK;:" + b"ARR:MULT? 0,64," + volts(256 * 32 * 500), "bytes of answers"),
        (PLAN % (200, 524287), "attempts of its plans"),
        (PLAN % (10000, 6710), "attempts of its plans"),
    ],
)
def test_a_message_that_costs_too_much_is_refused_before_it_begins(
    parameters: ParameterSet, message: bytes, said: str
) -> None:
    session = filled(parameters, 256)
    started = time.process_time()
    assert say(session, message) == ""
    error = say(session, b"SYST:ERR?")
    assert error.startswith("-223"), error
    assert said in error
    assert int(session.instrument.chip.meter().counts.sum()) == 0
    assert time.process_time() - started < 2


def test_the_largest_batch_can_be_written_and_read_in_one_message(parameters: ParameterSet) -> None:
    client = RemoteCrossbar(LoopbackLink(SimulatedStation(parameters, 5)))
    client.fresh(range(256), [0] * 256)
    cells = torch.arange(256 * 2048)
    client.form(cells)
    assert client.read(cells).shape == cells.shape
    assert client.multiply(torch.zeros(256, 8, 32), slice(0, 64)).shape == (256, 8, 64)


def test_wide_chips_are_fewer_at_once(parameters: ParameterSet) -> None:
    """2^20 cells: 8 chips of 64 arrays of 2,048 cells."""
    client = RemoteCrossbar(LoopbackLink(SimulatedStation(parameters, 5, Circuit().arrays(64))))
    assert client.capabilities.simulator is not None
    assert client.capabilities.simulator.most_chips == 8
    client.fresh(range(8), [0] * 8)
    session = Session(SimulatedStation(parameters, 5, Circuit().arrays(64)), "here")
    say(session, b"SIM:FRES " + b",".join(b"%d,0" % number for number in range(9)))
    assert "at most 8 chips" in say(session, b"SYST:ERR?")


def test_a_plan_of_brackets_is_refused_in_one_line(parameters: ParameterSet) -> None:
    session = filled(parameters, 1)
    for text in (b"[" * 60_000, b'{"policy": ' * 5_000):
        say(session, b"CELL:PLAN? '" + text + b"',(@0),60")
        assert say(session, b"SYST:ERR?").startswith("-224")


def test_others_are_served_while_the_chip_is_at_work(
    serve: Serve, parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chip works for 1.5 s on one message; another client asks what needs no cell, and a third connects."""
    with serve(parameters) as server:
        writer = RemoteCrossbar(connect(f"tcp://127.0.0.1:{server.port}"))
        chip, at_work, slow = server._station.crossbar, threading.Event(), threading.Event()

        def wait(seconds: float, celsius: float = 25.0) -> None:
            at_work.set()
            slow.wait(1.5)

        monkeypatch.setattr(chip, "wait", wait)
        token = found_token("127.0.0.1", server.port)
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as other:
            line = other.makefile("rwb", buffering=0)
            line.write(f'SYST:TOK "{token}"\n*OPC?\n'.encode())
            assert line.readline() == b"1\n"
            writer.wait(1.0)
            assert at_work.wait(5)
            longest = 0.0
            for _ in range(50):
                started = time.monotonic()
                line.write(b"*IDN?\n")
                assert b"ohmshot" in line.readline()
                longest = max(longest, time.monotonic() - started)
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as third:
                third.sendall(b"SYST:VERS?\n")
                assert third.recv(100) == b"1999.0\n"
            assert not slow.is_set()
            assert longest < 0.5
            slow.set()
            line.write(b"MET:COUN?\n")
            assert line.readline() == b"0,0,0,0,0\n"
        writer.close()


def test_many_small_messages_of_one_leave_others_their_turn(serve: Serve, parameters: ParameterSet) -> None:
    with serve(parameters, ServerSettings(port=0, without_token=True)) as server:
        ended = threading.Event()

        def flood() -> None:
            with (
                socket.create_connection(("127.0.0.1", server.port), timeout=1) as connection,
                contextlib.suppress(OSError),
            ):
                while not ended.is_set():
                    connection.sendall(b"*CLS\n" * 10_000)

        threads = [threading.Thread(target=flood) for _ in range(2)]
        for each in threads:
            each.start()
        try:
            with socket.create_connection(("127.0.0.1", server.port), timeout=10) as other:
                line = other.makefile("rwb", buffering=0)
                times = []
                for _ in range(10):
                    started = time.monotonic()
                    line.write(b"*OPC?\n")
                    assert line.readline() == b"1\n"
                    times.append(time.monotonic() - started)
                assert sorted(times)[5] < 0.5
        finally:
            ended.set()
            for each in threads:
                each.join()
