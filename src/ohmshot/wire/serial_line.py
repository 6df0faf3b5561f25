"""A session over a serial line."""

import asyncio
from typing import Any

from ohmshot.foundation.errors import OhmshotError
from ohmshot.wire.address import DEFAULT_BAUD
from ohmshot.wire.session import Session
from ohmshot.wire.station import Station

_POLL_SECONDS = 0.2
_STALL_SECONDS = 2.0
"""A message that pauses for so long has been garbled: a line runs on byte after byte."""


async def serve_serial(station: Station, device: str, baud: int = DEFAULT_BAUD) -> None:
    """Serve a station over a serial line until cancelled.

    Raises:
        OhmshotError: pyserial is not installed, or the line cannot be used.
    """
    try:
        import serial
    except ImportError as error:
        raise OhmshotError("A serial line needs pyserial: pip install 'ohmshot[visa]'.") from error
    try:
        line = serial.Serial(device, baud, timeout=_POLL_SECONDS)
        session, quiet = Session(station, device), 0.0
        try:
            while True:
                # The waiting happens in a thread, the work here: sessions take turns at the chip.
                data = await asyncio.to_thread(_some, line)
                for answer in session.receive(data):
                    await asyncio.to_thread(line.write, answer)
                quiet = 0.0 if data else quiet + _POLL_SECONDS
                if session.closing or (session.framer.in_message and quiet > _STALL_SECONDS):
                    session.close()  # there is nothing to hang up: what follows is a new conversation
                    session = Session(station, device)
        finally:
            session.close()
            line.close()
    except serial.SerialException as error:
        raise OhmshotError(f"The serial line {device} cannot be used: {error}.") from error


def _some(line: Any) -> bytes:
    """What has arrived; empty after a while without anything."""
    first: bytes = line.read(1)
    more: bytes = line.read(line.in_waiting) if first else b""
    return first + more
