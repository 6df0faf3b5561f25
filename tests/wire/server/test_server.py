"""The server over real sockets; the server runs in a thread of its own."""

import asyncio
import contextlib
import os
import ssl
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.errors import ChipError, OhmshotError, SettingsError
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.server.server import Server, ServerSettings, is_loopback
from ohmshot.wire.server.serving import token_from_file
from ohmshot.wire.server.simulated_station import SimulatedStation

Serve = Callable[..., AbstractContextManager[Server]]
TOKEN = "correct horse battery staple"


def exercised(client: RemoteCrossbar) -> torch.Tensor:
    cells = torch.arange(2048)
    client.form(cells)
    client.set(cells, torch.full((2048,), 1.9))
    return client.read(cells)


@pytest.fixture(scope="module")
def expected(parameters: ParameterSet) -> torch.Tensor:
    crossbar = SimulatedStation(parameters, 5).crossbar
    return exercised(crossbar)  # type: ignore[arg-type]


def test_over_tcp_and_through_pyvisa_the_chip_is_the_same(
    serve: Serve, parameters: ParameterSet, expected: torch.Tensor
) -> None:
    with serve(parameters) as server:
        for address in (f"tcp://127.0.0.1:{server.port}", f"visa://TCPIP::127.0.0.1::{server.port}::SOCKET"):
            client = RemoteCrossbar(connect(address))
            client.fresh([0], [0])
            assert torch.equal(exercised(client), expected)
            client.close()


def test_over_a_serial_line_the_chip_is_the_same(
    serve: Serve, parameters: ParameterSet, expected: torch.Tensor
) -> None:
    import pty
    import tty

    ends = [pty.openpty() for _ in range(2)]
    for master, slave in ends:
        tty.setraw(master)
        tty.setraw(slave)
    stop = threading.Event()

    def joined(source: int, target: int) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(source, 4096):
                os.write(target, data)

    (first, _), (second, _) = ends
    for pair in ((first, second), (second, first)):
        threading.Thread(target=joined, args=pair, daemon=True).start()
    with serve(parameters, serial=os.ttyname(ends[0][1])):
        client = RemoteCrossbar(connect(f"serial://{os.ttyname(ends[1][1])}?baud=921600"))
        assert torch.equal(exercised(client), expected)
        client.close()
    stop.set()


def test_a_second_writer_is_refused_until_the_first_has_gone(serve: Serve, parameters: ParameterSet) -> None:
    with serve(parameters) as server:
        address = f"tcp://127.0.0.1:{server.port}"
        first = RemoteCrossbar(connect(address))
        with pytest.raises(ChipError, match="driven by"):
            RemoteCrossbar(connect(address))
        first.close()
        for _ in range(100):  # the server notices in its own time
            with contextlib.suppress(ChipError):
                RemoteCrossbar(connect(address)).close()
                return
        raise AssertionError("the chip was never let go")


def test_elsewhere_needs_tls_and_a_token(parameters: ParameterSet, certificate: tuple[Path, Path]) -> None:
    station, (cert, key) = SimulatedStation(parameters, 5), certificate
    for settings in (
        ServerSettings(host="0.0.0.0"),
        ServerSettings(host="0.0.0.0", certificate=cert, key=key),
        ServerSettings(host="lab.example", token=TOKEN),
    ):
        with pytest.raises(SettingsError, match="from elsewhere"):
            Server(station, settings)
    Server(station, ServerSettings(host="0.0.0.0", certificate=cert, key=key, token=TOKEN))
    assert [is_loopback(host) for host in ("localhost", "127.8.8.8", "::1", "0.0.0.0", "::")] == [True] * 3 + [
        False
    ] * 2


def test_tls_and_token(
    serve: Serve, parameters: ParameterSet, certificate: tuple[Path, Path], expected: torch.Tensor
) -> None:
    cert, key = certificate
    with serve(parameters, ServerSettings(port=0, certificate=cert, key=key, token=TOKEN)) as server:
        address = f"tls://127.0.0.1:{server.port}?ca={cert}"
        client = RemoteCrossbar(connect(address), TOKEN)
        assert torch.equal(exercised(client), expected)
        client.close()
        for token in (None, "a guess that is wrong"):
            with pytest.raises(ChipError, match="-203"):
                RemoteCrossbar(connect(address), token)
        with pytest.raises(ChipError, match="No trusted TLS"):
            connect(f"tls://127.0.0.1:{server.port}")


def test_what_cannot_be_served_or_reached_is_told_in_one_line(
    serve: Serve, parameters: ParameterSet, tmp_path: Path
) -> None:
    station = SimulatedStation(parameters, 5)
    with serve(parameters) as server, pytest.raises(OhmshotError, match="Cannot listen"):
        asyncio.run(Server(station, ServerSettings(port=server.port)).start())
    for address in ("ftp://x", "tcp://x:99999999", "tcp://", "serial:///dev/null?baud=fast", "tcp://h:1?x=1"):
        with pytest.raises(SettingsError):
            connect(address)
    with pytest.raises(ChipError, match="No chip answers"):
        connect("tcp://127.0.0.1:1")
    with pytest.raises(ChipError, match="cannot be opened"):
        connect("serial:///dev/no-such-line")
    with pytest.raises(ChipError, match="cannot be opened"):
        connect("visa://NO::SUCH::RESOURCE")
    (tmp_path / "short").write_text("short\n")
    with pytest.raises(SettingsError, match="16"):
        token_from_file(tmp_path / "short")
    with pytest.raises(SettingsError, match="belong together"):
        Server(station, ServerSettings(certificate=tmp_path / "short", key=tmp_path / "short"))


async def _slow_clients(parameters: ParameterSet) -> tuple[bytes, bytes, int]:
    server = Server(
        SimulatedStation(parameters, 5),
        ServerSettings(port=0, stall_seconds=0.2, most_connections=2, without_token=True),
    )
    await server.start()
    halfway, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(b"CELL:FORM #41000abc")
    _, silent = await asyncio.open_connection("127.0.0.1", server.port)  # says nothing: may stay
    await writer.drain()
    third, _ = await asyncio.open_connection("127.0.0.1", server.port)
    refused = await third.read()
    ended = await halfway.read()
    await asyncio.sleep(0.1)
    connections = server.connections
    silent.close()
    await server.stop()
    return refused, ended, connections


def test_a_client_that_stops_in_mid_message_is_dropped(parameters: ParameterSet) -> None:
    refused, ended, connections = asyncio.run(_slow_clients(parameters))
    assert b"too many connections" in refused
    assert ended == b""
    assert connections == 1


async def _greedy_client(parameters: ParameterSet) -> int:
    server = Server(SimulatedStation(parameters, 5), ServerSettings(port=0, stall_seconds=0.2, without_token=True))
    await server.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port, limit=1024)
    with contextlib.suppress(OSError):
        for _ in range(50):
            writer.write(b"CELL:WEAR?\n" * 100)
            await asyncio.wait_for(writer.drain(), 0.2)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(20):
            while server.connections:
                await asyncio.sleep(0.05)
    left = server.connections
    writer.transport.abort()
    await server.stop()
    del reader
    return left


def test_a_client_that_takes_no_answers_is_dropped(parameters: ParameterSet) -> None:
    assert asyncio.run(_greedy_client(parameters)) == 0


def test_old_tls_is_refused(parameters: ParameterSet, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    server = Server(SimulatedStation(parameters, 5), ServerSettings(certificate=cert, key=key, token=TOKEN))
    assert server._tls is not None
    assert server._tls.minimum_version >= ssl.TLSVersion.TLSv1_2
