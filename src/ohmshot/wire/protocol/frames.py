"""Messages that are numbered and checked on their way: what `SYSTem:FRAMe?` takes and answers.

A frame and its reply are contents of definite-length blocks, big-endian. The CRC-32 (the one of zlib) covers everything
behind itself, so what a line has garbled is found by whoever receives it.
"""

import struct
import zlib
from dataclasses import dataclass

from ohmshot.foundation.errors import ChipError

_CHECK = struct.Struct(">I")
_FRAME = struct.Struct(">QQ")  # number, settled
_REPLY = struct.Struct(">QH")  # number, bytes of the error
FRAME_ROOM = 64
"""Bytes that a message gains at most as a frame, with command and block header."""


class BadFrameError(ChipError):
    """Bytes that are no frame, or not the ones that were sent."""


@dataclass(frozen=True)
class Frame:
    """One message.

    Attributes:
        number: from 1, rising by one; the chip carries each number out once.
        settled: every reply up to this number has arrived; the chip need not keep them.
        message: program message without its newline.
    """

    number: int
    settled: int
    message: bytes


@dataclass(frozen=True)
class Reply:
    """The outcome of one frame.

    Attributes:
        number: number of the frame.
        error: entry of the error queue that the message gave; empty for none.
        answer: what a plain session would have answered, newline included; empty for no answer.
    """

    number: int
    error: bytes
    answer: bytes


def pack_frame(frame: Frame) -> bytes:
    """Content of the block that carries a frame."""
    return _checked(_FRAME.pack(frame.number, frame.settled) + frame.message)


def unpack_frame(content: bytes) -> Frame:
    """Read a frame.

    Raises:
        BadFrameError: it has been garbled.
    """
    body = _body(content, _FRAME.size)
    number, settled = _FRAME.unpack_from(body)
    return Frame(number, settled, body[_FRAME.size :])


def pack_reply(reply: Reply) -> bytes:
    """Content of the block that carries a reply."""
    return _checked(_REPLY.pack(reply.number, len(reply.error)) + reply.error + reply.answer)


def unpack_reply(content: bytes) -> Reply:
    """Read a reply.

    Raises:
        BadFrameError: it has been garbled.
    """
    body = _body(content, _REPLY.size)
    number, length = _REPLY.unpack_from(body)
    end = _REPLY.size + length
    return Reply(number, body[_REPLY.size : end], body[end:])


def pack_greeting(key: str, last: int) -> str:
    """The answer to who begins or resumes a session: the last number carried out, and a CRC-32 over key and number."""
    return f"{last},{zlib.crc32(f'{key} {last}'.encode())}"


def unpack_greeting(key: str, answer: str) -> int:
    """Read the last number carried out.

    Raises:
        BadFrameError: question or answer have been garbled.
    """
    last = answer.partition(",")[0]
    if not (last.isascii() and last.isdigit()) or answer != pack_greeting(key, int(last)):
        raise BadFrameError(f"the greeting {answer[:40]!r} has been garbled on its way")
    return int(last)


def _checked(body: bytes) -> bytes:
    return _CHECK.pack(zlib.crc32(body)) + body


def _body(content: bytes, least: int) -> bytes:
    body = content[_CHECK.size :]
    if len(body) < least or _CHECK.pack(zlib.crc32(body)) != content[: _CHECK.size]:
        raise BadFrameError("a frame has been garbled on its way")
    return body
