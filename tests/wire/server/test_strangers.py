"""Who has not given the token can neither drive the chip nor keep others from it."""

import contextlib
import resource
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import torch

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.errors import ChipError
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.server import server as server_module
from ohmshot.wire.server.server import MOST_UNPROVEN, WRONG_TOKENS_A_MINUTE, Server, ServerSettings

Serve = Callable[..., AbstractContextManager[Server]]
TOKEN = "correct horse battery staple"


@contextlib.contextmanager
def silent(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connections that say nothing."""
    made: list[socket.socket] = []
    try:
        for number in range(count):
            made.append(socket.create_connection(("127.0.0.1", port)))
            if number % 32 == 31:
                time.sleep(0.01)  # a full backlog would cost a second each time
        yield made
    finally:
        for each in made:
            each.close()


def test_a_thousand_silent_connections_do_not_slow_down_who_has_the_token(
    serve: Serve, parameters: ParameterSet
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2500  # both ends lie in this process
    if limits[1] != resource.RLIM_INFINITY and limits[1] < wanted:
        pytest.skip("this machine gives a process too few files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(wanted, limits[0]), limits[1]))
    cells = torch.arange(2048)

    def seconds(client: RemoteCrossbar) -> float:
        started = time.perf_counter()
        for _ in range(20):
            client.read(cells)
        return time.perf_counter() - started

    try:
        with serve(parameters, ServerSettings(port=0, token=TOKEN)) as server:
            client = RemoteCrossbar(connect(f"tcp://127.0.0.1:{server.port}"), TOKEN)
            client.form(cells)
            seconds(client)
            alone = min(seconds(client) for _ in range(3))
            with silent(server.port, 1000):
                beside = min(seconds(client) for _ in range(3))
            client.close()
        assert beside < 3 * alone + 0.1
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def is_closed(connection: socket.socket, within_s: float) -> bool:
    connection.settimeout(within_s)
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


@pytest.mark.parametrize("encrypted", [False, True])
def test_silent_connections_take_nobodys_place(
    serve: Serve,
    parameters: ParameterSet,
    certificate: tuple[Path, Path],
    encrypted: bool,
) -> None:
    cert, key = certificate
    tls = {"certificate": cert, "key": key} if encrypted else {}
    address = f"tls://127.0.0.1:{{}}?ca={cert}" if encrypted else "tcp://127.0.0.1:{}"
    settings = ServerSettings(port=0, token=TOKEN, most_connections=2, **tls)
    with serve(parameters, settings) as server, silent(server.port, 3 * MOST_UNPROVEN) as strangers:
        client = RemoteCrossbar(connect(address.format(server.port)), TOKEN)
        client.form(torch.arange(4))
        assert client.meter().of("form").count.tolist() == [4]
        assert is_closed(strangers[0], 2.0)  # the oldest gave their places to later ones
        client.close()


def test_a_place_without_a_token_ends(serve: Serve, parameters: ParameterSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server_module, "PROOF_SECONDS", 0.3)
    with serve(parameters, ServerSettings(port=0, token=TOKEN)) as server, silent(server.port, 2) as (one, other):
        other.sendall(b"*IDN?")  # begun, never ended
        client = RemoteCrossbar(connect(f"tcp://127.0.0.1:{server.port}"), TOKEN)
        assert is_closed(one, 3.0)
        assert is_closed(other, 3.0)
        time.sleep(0.3)
        client.form(torch.arange(4))  # who has given it may be silent for longer
        client.close()


def test_who_talks_before_the_token_is_hung_up_on(serve: Serve, parameters: ParameterSet) -> None:
    with serve(parameters, ServerSettings(port=0, token=TOKEN)) as server, silent(server.port, 1) as (one,):
        with contextlib.suppress(ConnectionError):
            one.sendall(b"*IDN?\n" * 2000)  # 12,000 bytes; each answered with an error of its own
        one.settimeout(3.0)
        received = 0
        with contextlib.suppress(ConnectionError):
            while piece := one.recv(65536):
                received += len(piece)
        assert server.connections == 0


def test_guesses_of_the_token_are_slowed_down(serve: Serve, parameters: ParameterSet) -> None:
    with serve(parameters, ServerSettings(port=0, token=TOKEN)) as server:
        address = f"tcp://127.0.0.1:{server.port}"
        for _ in range(WRONG_TOKENS_A_MINUTE):
            with pytest.raises(ChipError):
                RemoteCrossbar(connect(address), "a guess that is wrong")
        with pytest.raises(ChipError):  # the right one too: nobody there learns anything for a minute
            RemoteCrossbar(connect(address), TOKEN)


def test_a_page_in_a_browser_cannot_reach_the_chip(serve: Serve, parameters: ParameterSet) -> None:
    settings = ServerSettings(port=0, without_token=True)
    with serve(parameters, settings) as server, silent(server.port, 1) as (page,):
        body = b"CELL:FORM (@0:7)\n" + b"CELL:FORM #18" + bytes(8) + b"\n"
        page.sendall(
            b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(body) + body + b"*IDN?\n"
        )
        assert is_closed(page, 3.0)
        client = RemoteCrossbar(connect(f"tcp://127.0.0.1:{server.port}"))
        assert client.meter().pulses.tolist() == [0]
        client.close()
