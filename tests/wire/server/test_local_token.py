"""A server on this machine asks for a token that its user's clients find, and nobody else."""

import os
import socket
import stat
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import torch

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.errors import ChipError, OhmshotError, SettingsError
from ohmshot.wire.client.address import connect
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.protocol.local_token import found_token, token_path
from ohmshot.wire.server.server import Server, ServerSettings
from ohmshot.wire.server.simulated_station import SimulatedStation

Serve = Callable[..., AbstractContextManager[Server]]


def said(port: int, message: bytes, host: str = "127.0.0.1") -> bytes:
    with socket.create_connection((host, port), timeout=10) as connection:
        connection.sendall(message)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(4096):
            received += piece
        return received


def test_a_program_without_the_token_cannot_drive(serve: Serve, parameters: ParameterSet) -> None:
    with serve(parameters) as server:
        answer = said(server.port, b"CELL:FORM (@0:9)\nSYST:ERR?\nCELL:READ? (@0)\nSYST:ERR?\n")
        assert [line.split(b",")[0] for line in answer.splitlines()] == [b"-203", b"-203"]
        client = RemoteCrossbar(connect(f"tcp://127.0.0.1:{server.port}"))
        assert int(client.meter().pulses) == 0
        client.form(torch.arange(4))
        assert int(client.meter().pulses) == 4
        client.close()
    with serve(parameters, ServerSettings(port=0, without_token=True)) as server:
        assert said(server.port, b"CELL:FORM (@0:9)\nMET:COUN?\n") == b"10,0,0,0,0\n"
        assert server.token_files == []


def test_what_scpi_asks_of_every_instrument_needs_no_token(serve: Serve, parameters: ParameterSet) -> None:
    """SCPI-99, volume 1, 4.2.1; a space in a channel list is no error of syntax, so the token comes first."""
    with serve(parameters) as server:
        answer = said(
            server.port,
            b"SYST:VERS?\nSTAT:PRES\nSTAT:OPER?;QUES:COND?;ENAB 7;ENAB?\n*ESE #H20;*ESE?\nSTAT:QUES:ENAB #B101;ENAB?\n"
            b"STAT:PRES\nSTAT:QUES:ENAB?\nSYST:ERR?\nCELL:HEAL? (@0, 1)\nSYST:ERR?\n",
        )
    assert answer.splitlines()[:6] == [b"1999.0", b"0;0;7", b"32", b"5", b"0", b'0,"No error"']
    assert answer.splitlines()[6].startswith(b"-203")


def test_the_token_is_its_users_alone_new_each_time_and_goes(serve: Serve, parameters: ParameterSet) -> None:
    tokens = []
    for _ in range(2):
        with serve(parameters) as server:
            (path,) = server.token_files
            assert path == token_path("127.0.0.1", server.port)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            token = found_token("127.0.0.1", server.port)
            assert token is not None
            assert path.read_text() == token + "\n"
            tokens.append(token)
            path.chmod(0o644)  # others may have read, and written, it
            assert found_token("127.0.0.1", server.port) is None
            path.chmod(0o600)
        assert not path.exists()
    assert tokens[0] != tokens[1]
    assert min(map(len, tokens)) >= 32


def test_a_token_of_the_environment_comes_before_the_one_that_is_found(serve: Serve, parameters: ParameterSet) -> None:
    with serve(parameters) as server, pytest.raises(ChipError, match="-203"):
        RemoteCrossbar(connect(f"tcp://127.0.0.1:{server.port}"), "another token than that")


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6")
def test_ipv6_addresses_work_and_unclear_ones_are_said(serve: Serve, parameters: ParameterSet) -> None:
    try:
        with serve(parameters, ServerSettings(host="::1", port=0)) as server:
            client = RemoteCrossbar(connect(f"tcp://[::1]:{server.port}"))
            assert client.datasheet.rows == 32
            client.close()
    except OhmshotError as error:
        pytest.skip(str(error))
    with pytest.raises(SettingsError, match=r"in brackets, as tcp://\[::1\]:5025"):
        connect("tcp://::1:6171")
    with pytest.raises(SettingsError, match="cannot be read"):
        connect("tcp://[::1:6171")


@pytest.mark.parametrize("address", ["serial://COM3", "serial:///COM3", "serial:COM3"])
def test_a_serial_line_of_windows_keeps_its_name(address: str) -> None:
    with pytest.raises(ChipError, match="serial line COM3 cannot be opened"):
        connect(address)


def test_a_token_and_none_is_no_setting(parameters: ParameterSet) -> None:
    with pytest.raises(SettingsError, match="one of the two"):
        Server(SimulatedStation(parameters, 5), ServerSettings(token="x" * 20, without_token=True))
    with pytest.raises(SettingsError, match="from elsewhere"):
        Server(SimulatedStation(parameters, 5), ServerSettings(host="0.0.0.0", without_token=True))


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no users")
def test_a_link_in_the_tokens_place_is_not_followed(serve: Serve, parameters: ParameterSet) -> None:
    with serve(parameters) as server:
        (path,) = server.token_files
        path.rename(path.with_name("elsewhere"))
        path.symlink_to(path.with_name("elsewhere"))
        assert found_token("127.0.0.1", server.port) is None
        path.unlink()
