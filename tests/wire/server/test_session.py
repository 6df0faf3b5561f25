import pytest
import torch

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.foundation.errors import BrownOutError, ChipError, OverTemperatureError
from ohmshot.wire.protocol.framing import Framer
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


# IEEE 488.2-1992, 11.5.1.1, the bits of the standard event status register; SCPI-99, volume 2, 21.8: which errors set
# which. Query errors (bit 2) do not arise: an answer that nobody fetched stays in the stream.
OPERATION_COMPLETE, DEVICE_DEPENDENT, EXECUTION, COMMAND, POWER_ON = 1, 8, 16, 32, 128


@pytest.mark.parametrize(
    ("message", "code", "bit"),
    [
        ("NO:SUCH", -113, COMMAND),
        ("CELL:FORM", -109, COMMAND),
        ("CELL:FORM (@0,", -171, COMMAND),
        ("CELL:SET (@0),1.5 kg", -131, COMMAND),
        ("CELL:SET (@0),11", -222, EXECUTION),
        ("FORM MAYBE", -224, EXECUTION),
        ("SYST:SESS:BEG? 'short'", -224, EXECUTION),
        ("CELL:FORM #9999999999", -363, DEVICE_DEPENDENT),
        ("SYST:SESS:RES? 'a key that nobody has begun'", 102, DEVICE_DEPENDENT),
    ],
)
def test_every_class_of_errors_sets_its_own_bit(session: Session, message: str, code: int, bit: int) -> None:
    assert say(session, "*ESR?") == str(POWER_ON)
    assert say(session, "*ESR?") == "0"  # reading clears it
    session.framer.longest_message = 1000
    say(session, message)
    session.framer = Framer(1000)  # an announced block that never comes would swallow the question
    assert say(session, "*ESR?;SYST:ERR?").startswith(f"{bit};{code},")


@pytest.mark.parametrize(
    ("error", "code", "bit"),
    [
        (BrownOutError(torch.arange(3)), 103, DEVICE_DEPENDENT),
        (OverTemperatureError("90 degrees"), 104, DEVICE_DEPENDENT),
        (ChipError("It refuses."), -200, EXECUTION),
        (RuntimeError("a fault of the program"), -310, DEVICE_DEPENDENT),
    ],
)
def test_what_the_chip_reports_sets_the_bit_of_its_class(
    station: SimulatedStation, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, bit: int
) -> None:
    def fail(cells: torch.Tensor) -> None:
        raise error

    monkeypatch.setattr(station.crossbar, "form", fail)
    session = Session(station, "here")
    assert say(session, "*CLS;:CELL:FORM (@0)") == ""
    assert say(session, "*ESR?;SYST:ERR?").startswith(f"{bit};{code},")


def test_another_writers_chip_is_a_device_dependent_error(station: SimulatedStation, session: Session) -> None:
    other = Session(station, "there")
    say(session, "CELL:FORM (@0)")
    say(other, "*CLS")
    say(other, "CELL:FORM (@0)")
    assert say(other, "*ESR?;SYST:ERR?").startswith(f"{DEVICE_DEPENDENT};101,")


def test_errors_of_several_classes_add_up_and_a_completed_operation_too(session: Session) -> None:
    say(session, "*CLS")
    for message in ("BAD", "CELL:SET (@0),11", "*OPC"):
        say(session, message)
    assert say(session, "*ESR?") == str(COMMAND + EXECUTION + OPERATION_COMPLETE)


def test_the_status_byte_sums_up_errors_and_enabled_events(session: Session) -> None:
    # SCPI-99, volume 1, 9: bit 2, an error waits. IEEE 488.2, 11.2: bit 5, an enabled event; bit 6, service wanted.
    say(session, "*CLS;*ESE 16;*SRE 32")
    say(session, "BAD")
    assert say(session, "*STB?") == "4"  # a command error is not enabled
    say(session, "CELL:SET (@0),11")
    assert say(session, "*STB?") == str(64 + 32 + 4)
    assert say(session, "*ESR?;*STB?") == "48;4"  # the events are taken, the errors still wait
    assert say(session, "*ESE?;*SRE?") == "16;32"
