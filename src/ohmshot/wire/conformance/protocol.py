"""Checks of the command language, and of numbered messages where a chip announces them."""

import secrets
import time

import torch

from ohmshot.chip.meter import OPERATIONS
from ohmshot.foundation.errors import ChipError
from ohmshot.wire.client.conversation import Conversation
from ohmshot.wire.conformance.check import Check, FailedError, SkippedError, Subject, require
from ohmshot.wire.protocol.blocks import array_bytes, array_from_bytes, block
from ohmshot.wire.protocol.frames import Frame, pack_frame, unpack_greeting, unpack_reply
from ohmshot.wire.server.commands import COMMANDS

_OPTIONAL = ("SIMulator", "SYSTem:SESSion", "SYSTem:FRAMe")
_HOST_CODE = 77  # of the health map, where checks leave it
_LETTING_GO_S = 5.0
"""Most time in which a chip notices that a connection has ended (assumed)."""


def _identity(subject: Subject) -> str:
    answer = subject.talk.query(b"*IDN?")
    return require(answer.count(",") == 3, answer)


def _versions(subject: Subject) -> str:
    scpi = subject.talk.query(b"SYST:VERS?")
    capabilities = subject.chip.capabilities
    needed = {command.pattern for command in COMMANDS if not command.pattern.startswith(_OPTIONAL)}
    missing = sorted(needed - set(capabilities.commands))
    require(scpi.startswith("199"), f"SCPI version {scpi}")
    seen = f"SCPI {scpi}, protocol {capabilities.protocol}, missing: {', '.join(missing) or 'nothing'}"
    return require(not missing, seen)


def _datasheet(subject: Subject) -> str:
    sheet = subject.chip.datasheet
    levels = sheet.level_conductances
    rising = all(low < high for low, high in zip((sheet.reset_conductance, *levels), levels, strict=False))
    positive = min(sheet.rows, sheet.columns, sheet.read_voltage, *sheet.set_gate_voltages) > 0
    return require(
        rising and positive and sheet.set_conductances[0] < sheet.set_conductances[1],
        f"{sheet.rows} x {sheet.columns} cells, levels {levels[0]:g} to {levels[-1]:g} uS",
    )


def _error_queue(subject: Subject) -> str:
    subject.talk.send(b"*CLS")
    subject.refuses(b"NO:SUCH:HEADER", -113)
    subject.talk.send(b"NO:SUCH:HEADER\n*CLS")
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


def _malformed(subject: Subject) -> str:
    before = subject.chip.meter()
    for message, codes in _MALFORMED:
        subject.refuses(message, *codes)
    spent = subject.chip.meter() - before
    done = {name: int(count) for name, count in zip(OPERATIONS, spent.counts.sum(1), strict=True) if count}
    return require(not done, f"{len(_MALFORMED)} messages refused, done all the same: {done or 'nothing'}")


def _no_partial_effect(subject: Subject) -> str:
    address = f"(@{int(subject.cells[0])})".encode()
    before = subject.chip.meter()
    subject.refuses(b"CELL:FORM " + address + b";SET " + address + b",1.5;:NO:SUCH:HEADER", -113)
    subject.refuses(b"CELL:RES " + address + b",2;READ? (@999999999)", -222)
    done = int((subject.chip.meter() - before).pulses.sum())
    return require(done == 0, f"{done} pulses by two messages that end in an error")


def _spelling(subject: Subject) -> str:
    forms = (b"CHIP:SHAPE?", b"chip:shap?", b":Chip:Shape?", b"SYST:ERR:COUN?;:CHIP:SHAP?", b"MET:COUN?;:CHIP:SHAP?")
    subject.talk.send(b"FORM ASC")
    answers = {subject.talk.query(form).split(";")[-1] for form in forms}
    subject.talk.send(b"FORM PACK")
    sheet = subject.chip.datasheet
    expected = f"{subject.chip.chips},{sheet.rows},{sheet.columns}"
    return require(answers == {expected}, f"answered {' and '.join(sorted(answers))} for {expected}")


def _formats(subject: Subject) -> str:
    talk = subject.talk
    subject.chip.read(subject.cells[:3])  # an energy of 0 reads the same in any order of bytes
    talk.send(b"FORM ASC")
    text = [float(value) for value in talk.query(b"MET:ENER?").split(",")]
    talk.send(b"FORM PACK;:FORM:BORD NORM")
    big = array_from_bytes(talk.query_blocks(b"MET:ENER?")[0], torch.float64, "NORMAL").tolist()
    talk.send(b"FORM:BORD SWAP")
    little = array_from_bytes(talk.query_blocks(b"MET:ENER?")[0], torch.float64, "SWAPPED").tolist()
    return require(text == big == little, f"{len(text)} energies, each in three ways")


def _block_arguments(subject: Subject) -> str:
    cells = subject.cells[:3]
    before = subject.chip.health().view(-1)[cells]
    reached = []
    for order, name in (("NORMAL", b"NORM"), ("SWAPPED", b"SWAP")):
        content = block(array_bytes(cells.to(torch.int32), order))  # type: ignore[arg-type]
        codes = block(array_bytes(torch.full((3,), _HOST_CODE, dtype=torch.int32), order))  # type: ignore[arg-type]
        subject.talk.send(b"FORM:BORD " + name + b"\nCELL:HEAL " + content + b"," + codes)
        subject.talk.send(b"FORM ASC;:FORM:BORD SWAP")
        channels = ",".join(str(int(cell)) for cell in cells)
        reached.append(subject.talk.query(f"CELL:HEAL? (@{channels})".encode()))
        subject.talk.send(f"CELL:HEAL (@{channels}),0;:FORM PACK".encode())
    subject.chip.keep_health(cells, before)
    return require(reached == [f"{_HOST_CODE},{_HOST_CODE},{_HOST_CODE}"] * 2, f"codes {' and '.join(reached)}")


def _status(subject: Subject) -> str:
    talk = subject.talk
    talk.send(b"*CLS;*ESE 32")
    quiet = talk.query(b"*STB?")
    talk.link.write(b"NO:SUCH:HEADER\n*STB?;*ESR?;*OPC?\nSYST:ERR?\n")
    loud = talk.line()
    talk.line()
    talk.send(b"*CLS;*ESE 0")
    return require(quiet == "0" and loud == "36;32;1", f"*STB? {quiet}, after an error *STB?;*ESR?;*OPC? {loud}")


def _pipelining(subject: Subject) -> str:
    counts = subject.chip.meter()
    address = int(subject.cells[0])
    subject.talk.send(b"\n".join([f"CELL:HEAL (@{address}),{code}".encode() for code in range(20)]))
    subject.talk.send(b"CELL:HEAL (@999999999),1")
    subject.talk.send(f"CELL:HEAL (@{address}),21".encode())
    try:
        subject.talk.query(b"*OPC?")
        surfaced = False
    except ChipError:
        surfaced = True
    last = int(subject.chip.health().view(-1)[address])
    subject.chip.keep_health(subject.cells[:1], torch.zeros(1, dtype=torch.int8))
    pulses = int((subject.chip.meter() - counts).pulses.sum())
    return require(surfaced and last == 21 and pulses == 0, f"error surfaced: {surfaced}, last code {last} of 21")


def _oversized(subject: Subject) -> str:
    length = subject.chip.capabilities.longest_message + 1
    subject.talk.link.write(f"CELL:FORM #{len(str(length))}{length}".encode())
    chunk = bytes(2**16)
    for _ in range(length // len(chunk)):
        subject.talk.link.write(chunk)
    subject.talk.link.write(bytes(length % len(chunk)))
    subject.refuses(b"", -363, -223)
    return f"{length} bytes dropped"


def _second_writer(subject: Subject) -> str:
    other = subject.another()
    before = subject.chip.meter()
    try:
        shape = other.query(b"CHIP:SHAP?")
        granted = other.query(b"SYST:LOCK:REQ?")
        other.link.write(f"CELL:SET (@{int(subject.cells[0])}),1.5\nSYST:ERR?\n".encode())
        answer = other.line()
    finally:
        other.link.close()
    pulses = int((subject.chip.meter() - before).pulses.sum())
    return require(
        granted == "0" and pulses == 0 and answer.startswith("101,"),
        f"it saw {shape}, was granted {granted}, its pulse gave {answer}",
    )


def _numbered(subject: Subject) -> str:
    if "SYSTem:FRAMe?" not in subject.chip.capabilities.commands:
        raise SkippedError("numbered messages are not announced")
    before = subject.chip.meter()
    subject.talk.send(b"SYST:LOCK:REL")
    subject.talk.query(b"*OPC?")
    try:
        same, last = _again_and_garbled(subject)
    finally:
        _take_back(subject)
    pulses = int((subject.chip.meter() - before).pulses.sum())
    seen = f"{pulses} pulses for a frame that came twice, replies {'equal' if same else 'differ'}, {last} carried out"
    return require(same and last == 1 and pulses == 1, seen)


def _again_and_garbled(subject: Subject) -> tuple[bool, int]:
    """Whether both replies are equal, and the last number carried out after a garbled frame 2."""
    key, pulse = secrets.token_hex(16), f"CELL:SET (@{int(subject.cells[0])}),1.5".encode()
    replies = []
    for how in ("BEG", "RES"):
        talk, _ = _opened(subject, how, key)
        talk.link.write(b"SYST:FRAM? " + block(pack_frame(Frame(1, 0, pulse))) + b"\n")
        replies.append(unpack_reply(talk.next_block()))
        talk.link.close()
    talk, _ = _opened(subject, "RES", key)
    content = bytearray(pack_frame(Frame(2, 1, pulse)))
    content[-1] ^= 1
    talk.link.write(b"SYST:FRAM? " + block(bytes(content)) + b"\n")
    talk.link.close()
    talk, last = _opened(subject, "RES", key)
    talk.link.close()
    return replies[0] == replies[1], last


def _opened(subject: Subject, how: str, key: str) -> tuple[Conversation, int]:
    """A connection that carries the session, and the last number carried out."""
    talk = subject.another()
    return talk, unpack_greeting(key, talk.query(f'SYST:SESS:{how}? "{key}"'.encode()))


def _take_back(subject: Subject) -> None:
    until = time.monotonic() + _LETTING_GO_S
    while subject.talk.query(b"SYST:LOCK:REQ?") != "1":
        if time.monotonic() > until:
            raise FailedError(f"the place of a writer that has gone is still held after {_LETTING_GO_S:g} s")
        time.sleep(0.02)


PROTOCOL_CHECKS = (
    Check("identity", "protocol", "*IDN? has four fields", _identity),
    Check("versions", "protocol", "SCPI version, protocol version and every command are announced", _versions),
    Check("datasheet", "protocol", "the datasheet's levels rise and its voltages are positive", _datasheet),
    Check("error-queue", "protocol", "an error is reported once, and *CLS forgets", _error_queue),
    Check("malformed", "protocol", "malformed input gives an error and no effect", _malformed),
    Check("no-partial-effect", "protocol", "a message with an error in its last unit does nothing", _no_partial_effect),
    Check("spelling", "protocol", "short and long forms, any case and all paths mean the same", _spelling),
    Check("formats", "protocol", "ASCII and blocks of both byte orders give the same numbers", _formats),
    Check("block-arguments", "protocol", "blocks and channel lists reach the same cells", _block_arguments),
    Check("status", "protocol", "*STB? and *ESR? show an error; *OPC? comes after all that was sent", _status),
    Check("pipelining", "protocol", "order without round trips; errors surface at the next question", _pipelining),
    Check("oversized", "protocol", "a message that is too long is dropped, and the session goes on", _oversized),
    Check("second-writer", "protocol", "a second writer is refused", _second_writer),
    Check("numbered", "protocol", "a numbered message is carried out once, a garbled one not at all", _numbered),
)
