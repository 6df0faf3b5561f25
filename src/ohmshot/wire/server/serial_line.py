"""A session over a serial line."""

import asyncio
from typing import Any

from ohmshot.foundation.errors import OhmshotError
from ohmshot.wire.protocol.transport import DEFAULT_BAUD
from ohmshot.wire.server.hand import Hand
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.station import Station

_POLL_SECONDS = 0.2
_PATIENCE_SECONDS = 600.0
"""For others to take their answers."""
_STALL_SECONDS = 2.0
"""A message that pauses for so long has been garbled: a line runs on byte after byte."""


def open_line(device: str, baud: int = DEFAULT_BAUD) -> Any:
    """Open a serial line for `serve_serial`; what it has received before is dropped.

    Raises:
        OhmshotError: pyserial is not installed, or the line cannot be used.
    """
    try:
        import serial
    except ImportError as error:
        raise OhmshotError("A serial line needs pyserial: pip install 'ohmshot[visa]'.") from error
    try:
        return serial.Serial(device, baud, timeout=_POLL_SECONDS)
    except serial.SerialException as error:
        raise OhmshotError(f"The serial line {device} cannot be used: {error}.") from error


async def serve_serial(station: Station, line: Any, hand: Hand) -> None:
    """Serve a station over an open serial line until cancelled, then close it; the hand takes turns with others.

    Raises:
        OhmshotError: the line cannot be used any more.
    """
    session, quiet = Session(station, line.name), 0.0
    try:
        while True:
            data = await asyncio.to_thread(_some, line)
            for message in session.messages(data):
                async with hand.answer(session, message, _PATIENCE_SECONDS) as answer:
                    for piece in answer:
                        await asyncio.to_thread(line.write, piece)
            quiet = 0.0 if data else quiet + _POLL_SECONDS
            if session.closing or (session.framer.in_message and quiet > _STALL_SECONDS):
                await hand.close(session)  # there is nothing to hang up: what follows is a new conversation
                session = Session(station, line.name)
    except OSError as error:  # pyserial's errors are of this kind
        raise OhmshotError(f"The serial line {line.name} cannot be used: {error}.") from error
    finally:
        session.close()
        line.close()


def _some(line: Any) -> bytes:
    """Bytes that have arrived; empty after `_POLL_SECONDS` without any."""
    first: bytes = line.read(1)
    more: bytes = line.read(line.in_waiting) if first else b""
    return first + more
