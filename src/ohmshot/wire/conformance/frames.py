"""A check of numbered messages, where a chip announces them: each is carried out once, whatever the line does."""

import secrets
import time

from ohmshot.foundation.errors import ChipError
from ohmshot.wire.client.conversation import Conversation
from ohmshot.wire.conformance.check import Check, FailedError, SkippedError, Subject, require
from ohmshot.wire.protocol.blocks import block
from ohmshot.wire.protocol.frames import Frame, pack_frame, unpack_greeting, unpack_reply

_LETTING_GO_S = 5.0
"""How long a chip may take to notice that a connection has ended (assumed)."""


def once(subject: Subject) -> str:
    """A frame that comes again over another connection gives no second pulse, and a garbled one none at all."""
    if "SYSTem:FRAMe?" not in subject.chip.capabilities.commands:
        raise SkippedError("numbered messages are not announced")
    before = subject.chip.meter()
    subject.talk.tell(b"SYST:LOCK:REL")
    subject.talk.ask_text(b"*OPC?")
    try:
        same, last = _again_and_garbled(subject)
    finally:
        _take_back(subject)
    pulses = int((subject.chip.meter() - before).pulses.sum())
    seen = f"{pulses} pulses for a frame that came twice, replies {'equal' if same else 'differ'}, {last} carried out"
    return require(same and last == 1 and pulses == 1, seen)


def _again_and_garbled(subject: Subject) -> tuple[bool, int]:
    """Whether both replies are the same, and the last number after a garbled frame 2."""
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
    try:
        talk = Conversation(subject.connect())
    except ChipError as error:
        raise SkippedError(f"only one connection: {error}") from error
    return talk, unpack_greeting(key, talk.ask_text(f'SYST:SESS:{how}? "{key}"'.encode()))


def _take_back(subject: Subject) -> None:
    until = time.monotonic() + _LETTING_GO_S
    while subject.talk.ask_text(b"SYST:LOCK:REQ?") != "1":
        if time.monotonic() > until:
            raise FailedError(f"the place of a writer that has gone is still held after {_LETTING_GO_S:g} s")
        time.sleep(0.02)


FRAME_CHECKS = (
    Check("numbered", "protocol", "a numbered message is carried out once, a garbled one not at all", once),
)
