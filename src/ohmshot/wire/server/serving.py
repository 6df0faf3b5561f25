"""A server's life: start, serve sockets and perhaps a serial line, stop on SIGINT or SIGTERM."""

import asyncio
import contextlib
import signal
from collections.abc import Callable
from pathlib import Path

from ohmshot.foundation.errors import SettingsError
from ohmshot.wire.server.serial_line import open_line, serve_serial
from ohmshot.wire.server.server import Server
from ohmshot.wire.server.station import Station

SHORTEST_TOKEN = 16


async def serve_until_interrupted(
    server: Server, station: Station, serial: str | None, ready: Callable[[], None]
) -> None:
    """Serve until SIGINT or SIGTERM; see `serve_until`."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
            loop.add_signal_handler(number, ended.set)
    await serve_until(ended, server, station, serial, ready)


async def serve_until(
    ended: asyncio.Event, server: Server, station: Station, serial: str | None, ready: Callable[[], None]
) -> None:
    """Serve sockets, and a serial line if one is named, until an event; ``ready`` is called when clients can come.

    Raises:
        OhmshotError: the port is taken, or the serial line cannot be used.
    """
    opened = open_line(serial) if serial else None  # before clients can come: opening drops what they have sent
    await server.start()
    line = asyncio.create_task(serve_serial(station, opened, server.hand)) if opened else None
    interrupted = asyncio.create_task(ended.wait())
    ready()
    await asyncio.wait({interrupted, line} if line else {interrupted}, return_when=asyncio.FIRST_COMPLETED)
    await server.stop()
    interrupted.cancel()
    if line:
        line.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await line


def token_from_file(path: Path) -> str:
    """Read a token: the first line of a file.

    Raises:
        SettingsError: it cannot be read, or the token is short.
    """
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The token file {path} cannot be read as ASCII text.") from error
    token = lines[0].strip() if lines else ""
    if len(token) < SHORTEST_TOKEN:
        raise SettingsError(f"The token in {path} must have at least {SHORTEST_TOKEN} characters.")
    return token
