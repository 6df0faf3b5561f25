import re
from pathlib import Path

import ohmshot
from ohmshot.wire.session import Session
from ohmshot.wire.simulated_station import SimulatedStation

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"


def test_the_session_in_the_docs_works_as_printed(station: SimulatedStation) -> None:
    page = PAGE.read_text("utf-8").replace("VERSION", ohmshot.__version__)
    found = re.search(r"```transcript\n(.*?)```", page, re.DOTALL)
    assert found
    lines = found.group(1).splitlines()
    session = Session(station, "by hand")
    seen: list[str] = []
    for line in lines:
        if line.startswith("> "):
            seen.append(line)
            seen += b"".join(session.receive(line[2:].encode() + b"\n")).decode().splitlines()
    assert seen == lines
