"""Links to a chip: TCP (with or without TLS), a serial line, any VISA resource."""

import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ohmshot.foundation.errors import ChipError

ANSWER_SECONDS = 60.0
"""An answer must begin within this unless an address says otherwise; a big multiply takes a while."""


class ConnectionLostError(ChipError):
    """The way to a chip is broken, or nothing comes over it in time: worth another attempt."""


class Link:
    """A stream of bytes to a chip and back, over anything that sends bytes and receives at most so many.

    Args:
        name: the chip's place, for messages.
        send: sends all of its argument.
        receive: takes the most bytes wanted; returns at least one, or none when the other side is gone.
        close: hangs up.
        most_at_once: most bytes asked of receive; None where it waits for all that it is asked for.
        answer_seconds: time in s that receive waits.

    Attributes:
        sent: bytes so far.
        received: bytes so far.
    """

    def __init__(
        self,
        name: str,
        send: Callable[[bytes], object],
        receive: Callable[[int], bytes],
        close: Callable[[], object],
        most_at_once: int | None = 2**18,
        answer_seconds: float = ANSWER_SECONDS,
    ) -> None:
        self.name = name
        self.sent = 0
        self.received = 0
        self._send = send
        self._receive = receive
        self._close = close
        self._most_at_once = most_at_once
        self._answer_seconds = answer_seconds
        self._buffer = bytearray()

    def write(self, data: bytes) -> None:
        """Send all of it.

        Raises:
            ConnectionLostError: the connection is lost.
        """
        try:
            self._send(data)
        except Exception as error:
            raise self._lost(error) from error
        self.sent += len(data)

    def read(self, count: int) -> bytes:
        """Wait for exactly so many bytes.

        Raises:
            ConnectionLostError: the connection is lost, or nothing came in time.
        """
        while len(self._buffer) < count:
            missing = count - len(self._buffer)
            try:
                data = self._receive(max(missing, self._most_at_once) if self._most_at_once else missing)
            except Exception as error:
                raise self._lost(error) from error
            if not data:
                raise ConnectionLostError(
                    f"The chip at {self.name} is gone or silent: no answer within {self._answer_seconds:g} s."
                )
            self.received += len(data)
            self._buffer += data
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def close(self) -> None:
        """Hang up."""
        self._close()

    def _lost(self, error: Exception) -> ConnectionLostError:
        return ConnectionLostError(f"The connection to the chip at {self.name} is lost: {error}.")


def tcp_link(host: str, port: int, name: str, answer_seconds: float = ANSWER_SECONDS) -> Link:
    """Connect to a socket.

    Raises:
        ChipError: nobody answers there.
    """
    return _socket_link(_connected(host, port, name, answer_seconds), name, answer_seconds)


def tls_link(host: str, port: int, name: str, authority: Path | None, answer_seconds: float = ANSWER_SECONDS) -> Link:
    """Connect with TLS; the server's certificate must be signed by an authority (the system's, or one in a PEM file).

    Raises:
        ChipError: nobody answers there, or the certificate is not to be trusted.
    """
    try:
        context = ssl.create_default_context(cafile=authority)
        wrapped = context.wrap_socket(_connected(host, port, name, answer_seconds), server_hostname=host)
    except (OSError, ssl.SSLError) as error:
        raise ChipError(f"No trusted TLS connection to {name}: {error}. Give its certificate with ?ca=FILE.") from error
    return _socket_link(wrapped, name, answer_seconds)


def serial_link(device: str, name: str, baud: int, answer_seconds: float = ANSWER_SECONDS) -> Link:
    """Open a serial line: 8 data bits, no parity, hardware handshake off.

    Raises:
        ChipError: pyserial is not installed, or the line cannot be opened.
    """
    try:
        import serial
    except ImportError as error:
        raise ChipError("A serial line needs pyserial: pip install 'ohmshot[visa]'.") from error
    try:
        line = serial.Serial(device, baud, timeout=answer_seconds, write_timeout=answer_seconds)
    except (serial.SerialException, ValueError) as error:
        raise ChipError(f"The serial line {device} cannot be opened: {error}.") from error
    return Link(name, line.write, line.read, line.close, None, answer_seconds)


def visa_link(resource: str, name: str) -> Link:
    """Open a VISA resource with whatever VISA library is there (pyvisa-py where no other is).

    Raises:
        ChipError: pyvisa is not installed, or the resource cannot be opened.
    """
    try:
        import pyvisa
    except ImportError as error:
        raise ChipError("VISA needs pyvisa: pip install 'ohmshot[visa]'.") from error
    try:
        opened: Any = pyvisa.ResourceManager().open_resource(resource)
        opened.timeout = 1000 * ANSWER_SECONDS
        opened.read_termination = None
        opened.write_termination = None
    except Exception as error:
        raise ChipError(f"The VISA resource {resource} cannot be opened: {error}.") from error
    return Link(name, opened.write_raw, opened.read_bytes, opened.close, most_at_once=None)


def _connected(host: str, port: int, name: str, answer_seconds: float) -> socket.socket:
    try:
        connection = socket.create_connection((host, port), timeout=answer_seconds)
    except OSError as error:
        raise ConnectionLostError(f"No chip answers at {name}: {error}. Start one with `ohmshot serve`.") from error
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _socket_link(connection: socket.socket, name: str, answer_seconds: float) -> Link:
    return Link(name, connection.sendall, connection.recv, connection.close, answer_seconds=answer_seconds)
