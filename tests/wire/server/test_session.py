import pytest

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.simulated_station import SimulatedStation
from ohmshot.wire.server.token_gate import LONGEST_BEFORE_TOKEN


@pytest.fixture
def session(station: SimulatedStation) -> Session:
    return Session(station, "here")


def say(session: Session, message: str) -> str:
    return b"".join(session.receive(message.encode("latin-1") + b"\n")).decode("latin-1").removesuffix("\n")


def test_an_error_anywhere_in_a_message_undoes_all_of_it(session: Session) -> None:
    assert say(session, "CELL:FORM (@0:9);SET (@0),1.5;:CELL:READ? (@0);:NO:SUCH") == ""
    assert say(session, "SYST:ERR?") == '-113,"Undefined header; NO:SUCH"'
    assert say(session, "MET:COUN?") == "0,0,0,0,0"


def test_answers_of_one_message_stand_in_one_line(session: Session) -> None:
    assert say(session, "*OPC?;CHIP:SHAP?;:SYST:VERS?") == "1;1,32,64;1999.0"


def test_the_error_queue_says_when_it_overflows(session: Session) -> None:
    for _ in range(40):
        say(session, "BAD")
    assert say(session, "SYST:ERR:COUN?") == "32"
    errors = [say(session, "SYST:ERR?") for _ in range(33)]
    assert errors[30].startswith("-113")
    assert errors[31] == '-350,"Queue overflow"'
    assert errors[32] == '0,"No error"'


def test_ascii_answers_are_exact(session: Session) -> None:
    say(session, "CELL:FORM (@0:63)")
    values = say(session, "CELL:READ? (@0:63)").split(",")
    assert all(float(format(float(value), ".9g")) == float(value) for value in values)
    assert len(set(values)) > 60


def test_only_one_session_drives(station: SimulatedStation, session: Session) -> None:
    other = Session(station, "there")
    say(session, "CELL:FORM (@0)")
    assert say(other, "CHIP:SHAP?") == "1,32,64"
    assert say(other, "CELL:READ? (@0)") == ""
    assert say(other, "SYST:ERR?").startswith('101,"Chip held by another writer; here drives it')
    assert say(other, "SYST:LOCK:REQ?;OWN?") == '0;"here"'
    session.close()
    assert say(other, "SYST:LOCK:REQ?;OWN?") == '1;"there"'


def test_a_token_comes_first(parameters: ParameterSet) -> None:
    session = Session(SimulatedStation(parameters, 5), "far", "correct horse battery")
    assert say(session, "CHIP:SHAP?") == ""
    assert say(session, "SYST:ERR?").startswith("-203")
    say(session, "CELL:FORM #9999999999")
    assert session.framer.pending <= LONGEST_BEFORE_TOKEN
    assert say(session, "SYST:ERR?") == ""  # still in the block that was announced


def test_the_right_token_opens_and_three_wrong_ones_hang_up(parameters: ParameterSet) -> None:
    station = SimulatedStation(parameters, 5)
    session = Session(station, "far", "correct horse battery")
    say(session, "SYST:TOK 'correct horse battery'")
    assert say(session, "CHIP:SHAP?") == "1,32,64"
    stranger = Session(station, "far", "correct horse battery")
    for _ in range(3):
        say(stranger, "SYST:TOK 'guess'")
    assert stranger.closing
    assert say(stranger, "*IDN?") == ""


def test_reset_leaves_the_chip_alone(session: Session) -> None:
    say(session, "CELL:FORM (@0);:FORM PACK;*RST")
    assert say(session, "FORM?;:MET:COUN?") == "ASC;1,0,0,0,0"


def test_a_simulator_gives_fresh_chips(session: Session) -> None:
    say(session, "CELL:FORM (@0:2047)")
    say(session, "SIM:FRES 0,0,0,1,3,0")
    assert say(session, "CHIP:SHAP?;:CELL:WEAR? (@0,4096);:SYST:ERR?") == '3,32,64;0,0;0,"No error"'


class RealStation(SimulatedStation):
    """A station that says that its chip is real."""

    simulator = None  # type: ignore[assignment]


def test_a_real_chip_does_not_know_what_only_simulators_can(parameters: ParameterSet) -> None:
    session = Session(RealStation(parameters, 5), "lab")
    for message in ("SIM:FRES 1,0", "SIM:POW:CYCL", "SIM:COND?"):
        assert say(session, message) == ""
        assert say(session, "SYST:ERR?").startswith("-113,")
    assert "SIMulator" not in say(session, "SYST:CAP?")
