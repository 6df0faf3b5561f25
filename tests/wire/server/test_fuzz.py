"""Whatever a stranger sends: no crash, no growth, no effect without a valid command.

pytest tests/wire/server/test_fuzz.py -m slow -s        # 3,000 streams and 1,000 connections; prints its counts
"""

import asyncio
import contextlib
import random
import resource
import tracemalloc
from collections import Counter
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ohmshot
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set
from ohmshot.wire.protocol.blocks import block
from ohmshot.wire.protocol.errors import Code, CommandError
from ohmshot.wire.protocol.framing import Framer
from ohmshot.wire.protocol.parameters import Context
from ohmshot.wire.server.commands import COMMANDS, understand
from ohmshot.wire.server.server import Server, ServerSettings
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.simulated_station import SimulatedStation

PARAMETERS = load_parameter_set("leti_hfo2_130nm")

headers = st.sampled_from([command.pattern.replace("[", "").replace("]", "") for command in COMMANDS]).flatmap(
    lambda name: st.sampled_from([name, name.lower(), ":" + name, name + "?", name[:-1], name.replace(":", "::")])
)
numbers = st.one_of(
    st.floats().map(repr),
    st.integers(-(2**70), 2**70).map(str),
    st.sampled_from(["1e400", "1.5 V", "3 parsec", "--1", "0x10", "nan", "1" * 400]),
)
channels = st.sampled_from(["(@0)", "(@0:9)", "(@0:2047)", "(@2048)", "(@5,3)", "(@0:99999999999)", "(@", "(@)", "(0)"])
texts = st.sampled_from(['"a"', "'a'", '"', "'", '"a""b"', "ASC", "PACKED", "NORM", "@", "é"])
simple = st.one_of(numbers, channels, texts).map(lambda text: text.encode("latin-1"))
blocks = st.one_of(
    st.binary(max_size=64).map(block),
    st.binary(max_size=12).map(lambda content: b"#14" + content),
    st.sampled_from([b"#", b"#0abc", b"#9999999999", b"#3999x", b"#2", b"#10"]),
)
strange = st.tuples(headers.map(str.encode), st.lists(st.one_of(simple, blocks), max_size=4)).map(
    lambda pair: pair[0] + b" " + b",".join(pair[1])
)
sound = st.sampled_from([b":CELL:FORM (@0:9)", b":CELL:SET (@3),1.5", b":CHIP:WAIT 1", b":CELL:HEAL (@1),2", b"*IDN?"])
units = st.one_of(strange, strange, strange, sound)
messages = st.one_of(st.lists(units, min_size=1, max_size=3).map(b";".join), st.binary(max_size=100))


def fingerprint(station: SimulatedStation) -> tuple[object, ...]:
    """All that a command could have changed."""
    snapshot = station.snapshot()
    return tuple((name, hash(snapshot[name].nan_to_num().numpy().tobytes())) for name in sorted(snapshot))


def drives(stream: bytes) -> bool:
    """Whether a stream for one chip holds a valid message that may change it, by the parser alone."""
    for message in Framer(16 * 2**20).feed(stream):
        for order in ("NORMAL", "SWAPPED"):
            with contextlib.suppress(CommandError):
                context = Context(1, 32, 64, order=order)  # type: ignore[arg-type]
                if isinstance(message, bytes) and any(call.command.drives for call in understand(message, context)):
                    return True
    return False


def answered(session: Session, stream: bytes, most: int = 2**18) -> bytes:
    """The answers, as far as one takes them: a client may well ask for more than it takes."""
    taken = bytearray()
    for answer in session.receive(stream):
        taken += answer[: most - len(taken)]
    return bytes(taken)


def still_alive(station: SimulatedStation) -> bool:
    fresh = Session(station, "next")
    return b"".join(fresh.receive(b"*OPC?\n")) == b"1\n"


def throw(examples: int) -> Counter[str]:
    """Throw generated streams at sessions of one station; returns what came of them."""
    station, seen = SimulatedStation(PARAMETERS, 5), Counter[str]()

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(messages, min_size=1, max_size=4).map(b"\n".join), st.integers(0, 2**31))
    def each(stream: bytes, cuts: int) -> None:
        session, choose = Session(station, "stranger"), random.Random(cuts)
        stream += b"\n"
        if station.crossbar.chips != 1:
            station.fresh(((0, 0),))
        valid, before = drives(stream), fingerprint(station)
        while stream:
            size = choose.randint(1, len(stream))
            answered(session, stream[:size])
            stream = stream[size:]
        changed = fingerprint(station) != before
        assert valid or not changed
        seen["streams"] += 1
        seen["with a valid command that drives"] += valid
        seen["that changed the chip"] += changed
        status = session.instrument.status
        errors = [status.take_error().code for _ in range(status.errors)]
        seen["errors in the queue"] += len(errors)
        assert Code.SYSTEM not in errors
        session.close()
        assert still_alive(station)

    each()
    return seen


def test_strange_messages_change_nothing() -> None:
    seen = throw(60)
    assert seen["errors in the queue"] > seen["streams"] / 4


def test_no_message_has_a_system_error_or_a_part_of_an_effect() -> None:
    """Every command with every wrong argument: -310 would mean a traceback in the server."""
    station = SimulatedStation(PARAMETERS, 5)
    session = Session(station, "here")
    before = fingerprint(station)
    for command in COMMANDS:
        name = command.pattern.replace("[", "").replace("]", "").encode()
        for argument in (b"'", b"(@9999999999)", b"#13a", b"1e999", b"%", b"1,2,3,4,5", b"#0", b"ASC;BAD"):
            answered(session, b"CELL:FORM (@0);:" + name + b" " + argument + b";:NO:SUCH\n")
    assert fingerprint(station) == before
    answered(session, b"*CLS\n")


async def many(connections: int, parameters: ParameterSet, seed: int, stall_s: float) -> Counter[str]:
    """Connections at the same time: silent, garbled, truncated, oversized, hanging up in the middle, and sound."""
    choose, seen = random.Random(seed), Counter[str]()
    server = Server(
        SimulatedStation(parameters, 5),
        ServerSettings(
            port=0,
            most_connections=connections,
            stall_seconds=stall_s,
            most_pending_bytes=8 * 2**20,
            without_token=True,
        ),
    )
    await server.start()

    async def one(kind: str) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        sent = {
            "silent": b"",
            "garbled": choose.randbytes(2000),
            "truncated": b"CELL:FORM #45000" + choose.randbytes(1000),
            "oversized": b"CELL:FORM #9999999999" + choose.randbytes(60000),
            "hanging up": b"CELL:SET (@0:20",
            "sound": b"*IDN?\nMET:COUN?\n",
        }[kind]
        with contextlib.suppress(OSError):
            writer.write(sent)
            await writer.drain()
            if kind == "sound":
                async with asyncio.timeout(120):
                    lines = [await reader.readline() for _ in range(2)]
                assert lines[1] == b"0,0,0,0,0\n", lines
            elif kind == "truncated":
                async with asyncio.timeout(120):
                    assert await reader.read() == b""  # the server hangs up by itself
        writer.transport.abort()
        seen[kind] += 1

    kinds = ("silent", "garbled", "truncated", "oversized", "hanging up", "sound")
    await asyncio.gather(*(one(kinds[number % len(kinds)]) for number in range(connections)))
    await one("sound")
    async with asyncio.timeout(120):
        while server.connections:
            await asyncio.sleep(0.05)
    await server.stop()
    return seen


def test_sixty_connections_at_once() -> None:
    assert sum(asyncio.run(many(60, PARAMETERS, 1, 0.5)).values()) == 61


def held_by_the_package() -> int:
    """Bytes that ohmshot's own lines hold; hypothesis keeps a tree of all the examples it has drawn."""
    traces = tracemalloc.take_snapshot().filter_traces(
        [tracemalloc.Filter(True, str(Path(ohmshot.__file__).parent / "*"))]
    )
    return sum(each.size for each in traces.statistics("filename"))


@pytest.mark.slow
def test_the_long_fuzz_run() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    torch.set_num_threads(1)
    throw(100)  # what is loaded once is no growth
    tracemalloc.start()
    before = held_by_the_package()
    seen = throw(3000)
    after = held_by_the_package()
    tracemalloc.stop()
    print("\n" + "\n".join(f"{name}: {count}" for name, count in seen.items()))
    print(f"memory that the package held more than before: {(after - before) / 2**20:.1f} MiB")
    assert after - before < 2 * 2**20
    first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for round_number in range(3):
        counts = asyncio.run(many(1000, PARAMETERS, round_number, 2.0))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"round {round_number + 1}, connections: {dict(counts)}, most memory {peak / 1024:.0f} MiB")
        if round_number == 0:
            first = peak
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - first < 64 * 1024
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
