"""Who drives a chip, told by sessions: as a client sees it."""

import pytest

from ohmshot.wire.server.session import Session
from ohmshot.wire.server.simulated_station import SimulatedStation

KEY = '"0123456789abcdef"'


def say(session: Session, message: str) -> str:
    return b"".join(session.receive(message.encode() + b"\n")).decode().removesuffix("\n")


@pytest.fixture
def pair(station: SimulatedStation) -> tuple[Session, Session]:
    return Session(station, "first"), Session(station, "second")


def test_whoever_drives_first_is_the_writer_until_it_lets_go(pair: tuple[Session, Session]) -> None:
    first, second = pair
    assert say(first, "SYST:LOCK:OWN?") == '""'
    say(first, "CELL:FORM (@0)")
    assert say(second, "SYST:LOCK:OWN?;REQ?") == '"first";0'
    say(second, "SYST:LOCK:REL")  # not its own to let go
    assert say(second, "SYST:LOCK:OWN?") == '"first"'
    say(first, "SYST:LOCK:REL")
    assert say(second, "SYST:LOCK:REQ?;OWN?") == '1;"second"'


def test_a_session_is_begun_with_a_long_key_while_nobody_drives(pair: tuple[Session, Session]) -> None:
    first, second = pair
    say(first, 'SYST:SESS:BEG? "short"')
    assert say(first, "SYST:ERR?").startswith('-224,"Illegal parameter value')
    assert say(first, f"SYST:SESS:BEG? {KEY}").startswith("0,")
    say(second, 'SYST:SESS:BEG? "fedcba9876543210"')
    assert say(second, "SYST:ERR?").startswith('101,"Chip held by another writer; first drives it')


def test_a_session_ends_when_another_drives(pair: tuple[Session, Session]) -> None:
    first, second = pair
    say(first, f"SYST:SESS:BEG? {KEY}")
    first.close()
    say(second, "CELL:FORM (@0)")
    second.close()
    say(first, f"SYST:SESS:RES? {KEY}")
    assert say(first, "SYST:ERR?").startswith('102,"Session lost')


def test_what_is_no_frame_ends_the_connection_of_a_session(pair: tuple[Session, Session]) -> None:
    first, second = pair
    say(second, "SYST:FRAM? #13abc")
    assert second.closing
    say(first, f"SYST:SESS:BEG? {KEY}")
    assert not first.closing
    say(first, "NO:SUCH")
    assert first.closing
