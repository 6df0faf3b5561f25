"""Checks of the command language."""

import torch

from ohmshot.chip.meter import OPERATIONS
from ohmshot.foundation.errors import ChipError
from ohmshot.wire.client.conversation import Conversation
from ohmshot.wire.conformance.check import Check, SkippedError, Subject, require
from ohmshot.wire.protocol.blocks import array_bytes, array_from_bytes, block
from ohmshot.wire.server.commands import COMMANDS

_OPTIONAL = ("SIMulator", "SYSTem:SESSion", "SYSTem:FRAMe")
_HOST_CODE = 77  # of the health map, where checks leave it


def identity(subject: Subject) -> str:
    """Four fields."""
    answer = subject.talk.ask_text(b"*IDN?")
    return require(answer.count(",") == 3, answer)


def versions(subject: Subject) -> str:
    """SCPI-99 and protocol 1; every command that is not optional."""
    scpi = subject.talk.ask_text(b"SYST:VERS?")
    told = subject.chip.capabilities
    needed = {command.pattern for command in COMMANDS if not command.pattern.startswith(_OPTIONAL)}
    missing = sorted(needed - set(told.commands))
    require(scpi.startswith("199"), f"SCPI version {scpi}")
    return require(not missing, f"SCPI {scpi}, protocol {told.protocol}, missing: {', '.join(missing) or 'nothing'}")


def datasheet(subject: Subject) -> str:
    """Numbers that a host can plan with."""
    sheet = subject.chip.datasheet
    levels = sheet.level_conductances
    rising = all(low < high for low, high in zip((sheet.reset_conductance, *levels), levels, strict=False))
    positive = min(sheet.rows, sheet.columns, sheet.read_voltage, *sheet.set_gate_voltages) > 0
    return require(
        rising and positive and sheet.set_conductances[0] < sheet.set_conductances[1],
        f"{sheet.rows} x {sheet.columns} cells, levels {levels[0]:g} to {levels[-1]:g} uS",
    )


def error_queue(subject: Subject) -> str:
    """An unknown header is reported once, in order, and *CLS forgets."""
    subject.talk.tell(b"*CLS")
    subject.refuses(b"NO:SUCH:HEADER", -113)
    subject.talk.tell(b"NO:SUCH:HEADER\n*CLS")
    return require(subject.error() == 0, "one error each, and none after *CLS")


_MALFORMED = (
    (b"CELL:FORM", (-109,)),
    (b"CELL:FORM (@0),1", (-108,)),
    (b"CELL:FORM (@0:)", (-171, -170, -102)),
    (b"CELL:FORM 3", (-104,)),
    (b"CELL:SET (@0) 1.5", (-102, -103)),
    (b"CELL:SET (@0),1.5 A", (-131, -138)),
    (b"CELL:SET (@0),1e99", (-222, -120, -123)),
    (b"CELL:SET (@0),-1", (-222,)),
    (b"CELL:SET (@0:3),1.5,1.6", (-224,)),
    (b"CELL:SET (@3,1),1.5", (-224,)),
    (b"CELL:SET #14\x00\x00\x00\x00,#0", (-161, -160, -102)),
    (b"CELL:READ? (@999999999)", (-222,)),
    (b"CHIP:WAIT -1", (-222,)),
    (b"ARR:MULT? 0,1,#13abc", (-161, -224)),
    (b'SYST:TOK "', (-151, -150, -102)),
    (b"%", (-101, -102)),
)


def malformed(subject: Subject) -> str:
    """Each gives an error and no effect."""
    before = subject.chip.meter()
    for message, codes in _MALFORMED:
        subject.refuses(message, *codes)
    spent = subject.chip.meter() - before
    done = {name: int(count) for name, count in zip(OPERATIONS, spent.counts.sum(1), strict=True) if count}
    return require(not done, f"{len(_MALFORMED)} messages refused, done all the same: {done or 'nothing'}")


def no_partial_effect(subject: Subject) -> str:
    """A message whose last unit is wrong does nothing at all."""
    address = f"(@{int(subject.cells[0])})".encode()
    before = subject.chip.meter()
    subject.refuses(b"CELL:FORM " + address + b";SET " + address + b",1.5;:NO:SUCH:HEADER", -113)
    subject.refuses(b"CELL:RES " + address + b",2;READ? (@999999999)", -222)
    done = int((subject.chip.meter() - before).pulses.sum())
    return require(done == 0, f"{done} pulses by two messages that end in an error")


def spelling(subject: Subject) -> str:
    """Short and long forms, any case, absolute and relative paths mean the same."""
    forms = (b"CHIP:SHAPE?", b"chip:shap?", b":Chip:Shape?", b"SYST:ERR:COUN?;:CHIP:SHAP?", b"MET:COUN?;:CHIP:SHAP?")
    subject.talk.tell(b"FORM ASC")
    answers = {subject.talk.ask_text(form).split(";")[-1] for form in forms}
    subject.talk.tell(b"FORM PACK")
    sheet = subject.chip.datasheet
    expected = f"{subject.chip.chips},{sheet.rows},{sheet.columns}"
    return require(answers == {expected}, f"answered {' and '.join(sorted(answers))} for {expected}")


def formats(subject: Subject) -> str:
    """The meter is the same in ASCII and in blocks of either byte order."""
    talk = subject.talk
    subject.chip.read(subject.cells[:3])  # an energy of 0 reads the same in any order of bytes
    talk.tell(b"FORM ASC")
    text = [float(value) for value in talk.ask_text(b"MET:ENER?").split(",")]
    talk.tell(b"FORM PACK;:FORM:BORD NORM")
    big = array_from_bytes(talk.ask_blocks(b"MET:ENER?")[0], torch.float64, "NORMAL").tolist()
    talk.tell(b"FORM:BORD SWAP")
    little = array_from_bytes(talk.ask_blocks(b"MET:ENER?")[0], torch.float64, "SWAPPED").tolist()
    return require(text == big == little, f"{len(text)} energies, each in three ways")


def block_arguments(subject: Subject) -> str:
    """Addresses in blocks of either byte order reach the cells that a channel list reaches."""
    cells = subject.cells[:3]
    before = subject.chip.health().view(-1)[cells]
    reached = []
    for order, name in (("NORMAL", b"NORM"), ("SWAPPED", b"SWAP")):
        content = block(array_bytes(cells.to(torch.int32), order))  # type: ignore[arg-type]
        codes = block(array_bytes(torch.full((3,), _HOST_CODE, dtype=torch.int32), order))  # type: ignore[arg-type]
        subject.talk.tell(b"FORM:BORD " + name + b"\nCELL:HEAL " + content + b"," + codes)
        subject.talk.tell(b"FORM ASC;:FORM:BORD SWAP")
        channels = ",".join(str(int(cell)) for cell in cells)
        reached.append(subject.talk.ask_text(f"CELL:HEAL? (@{channels})".encode()))
        subject.talk.tell(f"CELL:HEAL (@{channels}),0;:FORM PACK".encode())
    subject.chip.keep_health(cells, before)
    return require(reached == [f"{_HOST_CODE},{_HOST_CODE},{_HOST_CODE}"] * 2, f"codes {' and '.join(reached)}")


def status(subject: Subject) -> str:
    """*ESR? and *STB? show an error; *OPC? comes after all that was sent."""
    talk = subject.talk
    talk.tell(b"*CLS;*ESE 32")
    quiet = talk.ask_text(b"*STB?")
    talk.link.write(b"NO:SUCH:HEADER\n*STB?;*ESR?;*OPC?\nSYST:ERR?\n")
    loud = talk.line()
    talk.line()
    talk.tell(b"*CLS;*ESE 0")
    return require(quiet == "0" and loud == "36;32;1", f"*STB? {quiet}, after an error *STB?;*ESR?;*OPC? {loud}")


def pipelining(subject: Subject) -> str:
    """Commands are carried out in order without a round trip; an error among them surfaces at the next question."""
    counts = subject.chip.meter()
    address = int(subject.cells[0])
    subject.talk.tell(b"\n".join([f"CELL:HEAL (@{address}),{code}".encode() for code in range(20)]))
    subject.talk.tell(b"CELL:HEAL (@999999999),1")
    subject.talk.tell(f"CELL:HEAL (@{address}),21".encode())
    try:
        subject.talk.ask_text(b"*OPC?")
        surfaced = False
    except ChipError:
        surfaced = True
    last = int(subject.chip.health().view(-1)[address])
    subject.chip.keep_health(subject.cells[:1], torch.zeros(1, dtype=torch.int8))
    pulses = int((subject.chip.meter() - counts).pulses.sum())
    return require(surfaced and last == 21 and pulses == 0, f"error surfaced: {surfaced}, last code {last} of 21")


def oversized(subject: Subject) -> str:
    """A block that announces too many bytes is refused at once, and the session goes on."""
    length = subject.chip.capabilities.longest_message + 1
    subject.talk.link.write(f"CELL:FORM #{len(str(length))}{length}".encode())
    chunk = bytes(2**16)
    for _ in range(length // len(chunk)):
        subject.talk.link.write(chunk)
    subject.talk.link.write(bytes(length % len(chunk)))
    subject.refuses(b"", -363, -223)
    return f"{length} bytes dropped"


def second_writer(subject: Subject) -> str:
    """Another connection may look, but not drive."""
    try:
        other = Conversation(subject.connect())
    except ChipError as error:
        raise SkippedError(f"only one connection: {error}") from error
    before = subject.chip.meter()
    try:
        shape = other.ask_text(b"CHIP:SHAP?")
        granted = other.ask_text(b"SYST:LOCK:REQ?")
        other.link.write(f"CELL:SET (@{int(subject.cells[0])}),1.5\nSYST:ERR?\n".encode())
        answer = other.line()
    finally:
        other.link.close()
    pulses = int((subject.chip.meter() - before).pulses.sum())
    return require(
        granted == "0" and pulses == 0 and answer.startswith("101,"),
        f"it saw {shape}, was granted {granted}, its pulse gave {answer}",
    )


PROTOCOL_CHECKS = (
    Check("identity", "protocol", "*IDN? has four fields", identity),
    Check("versions", "protocol", "SCPI version, protocol version and every command are announced", versions),
    Check("datasheet", "protocol", "the datasheet's levels rise and its voltages are positive", datasheet),
    Check("error-queue", "protocol", "an error is reported once, and *CLS forgets", error_queue),
    Check("malformed", "protocol", "malformed input gives an error and no effect", malformed),
    Check("no-partial-effect", "protocol", "a message with an error in its last unit does nothing", no_partial_effect),
    Check("spelling", "protocol", "short and long forms, case and paths", spelling),
    Check("formats", "protocol", "ASCII and blocks of both byte orders give the same numbers", formats),
    Check("block-arguments", "protocol", "blocks and channel lists reach the same cells", block_arguments),
    Check("status", "protocol", "*STB?, *ESR? and *OPC?", status),
    Check("pipelining", "protocol", "order without round trips; errors surface at the next question", pipelining),
    Check("oversized", "protocol", "a message that is too long is dropped, and the session goes on", oversized),
    Check("second-writer", "protocol", "a second writer is refused", second_writer),
)
