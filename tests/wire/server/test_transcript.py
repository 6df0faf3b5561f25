import itertools
import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

import ohmshot
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.wire.server.server import Server, ServerSettings
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.simulated_station import SimulatedStation

PAGE = Path(__file__).parents[3] / "docs" / "protocol.md"


def printed() -> list[str]:
    """The lines of the session in the docs; those that a person types begin with "> "."""
    found = re.search(r"```transcript\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found
    return found.group(1).replace("VERSION", ohmshot.__version__).splitlines()


def test_the_session_in_the_docs_works_as_printed(station: SimulatedStation) -> None:
    session = Session(station, "by hand")
    seen: list[str] = []
    for line in printed():
        if line.startswith("> "):
            seen.append(line)
            seen += b"".join(session.receive(line[2:].encode() + b"\n")).decode().splitlines()
    assert seen == printed()


@pytest.mark.parametrize("program", ["nc", "telnet"])
def test_the_session_in_the_docs_works_in_a_real_terminal_program(
    program: str, parameters: ParameterSet, serve: Callable[..., AbstractContextManager[Server]]
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    seen: list[str] = []
    with (
        serve(parameters, ServerSettings(port=0, without_token=True)) as server,
        subprocess.Popen(
            [program, "127.0.0.1", str(server.port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        ) as typed,
    ):
        assert typed.stdin
        assert typed.stdout
        greeting = 3 if program == "telnet" else 0  # Trying, Connected, Escape character
        list(itertools.islice(typed.stdout, greeting))
        for line in printed():
            if line.startswith("> "):
                typed.stdin.write(line[2:] + "\n")
                seen.append(line)
            else:
                seen.append(typed.stdout.readline().rstrip("\r\n"))
        typed.stdin.write("*OPC?\n")  # nothing may be left between the session and this answer
        assert typed.stdout.readline().strip() == "1"
        typed.kill()
    assert seen == printed()
