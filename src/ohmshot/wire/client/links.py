"""Links to a chip: TCP (with or without TLS), a serial line, any VISA resource."""

import re
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ohmshot.foundation.errors import ChipError
from ohmshot.wire.protocol.local_token import found_token

_VISA_SOCKET = re.compile(r"TCPIP[0-9]*::([^:]+)::([0-9]+)::SOCKET", re.IGNORECASE)
ANSWER_SECONDS = 60.0
"""An answer must come within this unless an address says otherwise; a big multiply takes a while."""
SLOWEST_SOCKET = 20_000.0
"""Bytes in a second of a long answer, for which its time limit grows: far below any network of a lab."""
SLOWEST_VISA = 1_000.0
_BITS_OF_A_BYTE = 10
"""On a serial line: 8 data bits, start and stop."""
_IDLE = 4
"""A serial line may rest for three quarters of the time."""


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
        answer_seconds: time in s of a whole answer, from when it is waited for.
        limit: sets the most seconds that the next send or receive may take; None where they cannot be set.
        slowest: bytes in a second; a long answer has so much more time.
        token: that this machine keeps for the chip.

    Attributes:
        answer_seconds: time in s of a whole answer.
        token: that this machine keeps for the chip; None for none.
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
        limit: Callable[[float], object] | None = None,
        slowest: float = SLOWEST_SOCKET,
        token: str | None = None,
    ) -> None:
        self.name = name
        self.answer_seconds = answer_seconds
        self.token = token
        self.sent = 0
        self.received = 0
        self._send = send
        self._receive = receive
        self._close = close
        self._most_at_once = most_at_once
        self._limit = limit or (lambda seconds: None)
        self._slowest = slowest
        self._until: float | None = None
        self._buffer = bytearray()

    def write(self, data: bytes) -> None:
        """Send all of it.

        Raises:
            ConnectionLostError: the connection is lost.
        """
        self.next_answer()
        try:
            self._limit(self.answer_seconds)
            self._send(data)
        except Exception as error:
            raise self._lost(error) from error
        self.sent += len(data)

    def next_answer(self) -> None:
        """What is read from now on is another answer, with a time limit of its own."""
        self._until = None

    def read(self, count: int) -> bytes:
        """Wait for exactly so many bytes.

        Raises:
            ConnectionLostError: the connection is lost, or the answer has not come whole in time.
        """
        if self._until is None:
            self._until = time.monotonic() + self.answer_seconds
        while len(self._buffer) < count:
            missing, left = count - len(self._buffer), self._until - time.monotonic()
            if left <= 0:
                raise self._too_late()
            try:
                self._limit(left)
                data = self._receive(max(missing, self._most_at_once) if self._most_at_once else missing)
            except TimeoutError as error:
                raise self._too_late() from error
            except Exception as error:
                raise self._lost(error) from error
            if not data:
                raise ConnectionLostError(
                    f"The chip at {self.name} is gone or silent: no answer within {self.answer_seconds:g} s."
                )
            self.received += len(data)
            self._until += len(data) / self._slowest
            self._buffer += data
        taken = bytes(self._buffer[:count])
        del self._buffer[:count]
        return taken

    def close(self) -> None:
        """Hang up."""
        self._close()

    def _too_late(self) -> ConnectionLostError:
        return ConnectionLostError(
            f"The answer of the chip at {self.name} was not whole within its time limit of {self.answer_seconds:g} s "
            "(?seconds=S in the address sets another)."
        )

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

    def limit(seconds: float) -> None:
        if seconds < 1 or abs(seconds - line.timeout) > 1:  # each setting configures the line anew
            line.timeout = line.write_timeout = seconds

    slowest = baud / _BITS_OF_A_BYTE / _IDLE
    return Link(name, line.write, line.read, line.close, None, answer_seconds, limit, slowest)


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

    def limit(seconds: float) -> None:
        opened.timeout = 1000 * seconds

    token = found_token(*_socket_of(resource))
    return Link(
        name, opened.write_raw, opened.read_bytes, opened.close, None, ANSWER_SECONDS, limit, SLOWEST_VISA, token
    )


def _connected(host: str, port: int, name: str, answer_seconds: float) -> socket.socket:
    try:
        connection = socket.create_connection((host, port), timeout=answer_seconds)
    except OSError as error:
        raise ConnectionLostError(f"No chip answers at {name}: {error}. Start one with `ohmshot serve`.") from error
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def _socket_link(connection: socket.socket, name: str, answer_seconds: float) -> Link:
    try:
        host, port = connection.getpeername()[:2]
    except OSError:  # gone already; the first message says so
        host, port = "", 0
    return Link(
        name,
        connection.sendall,
        connection.recv,
        connection.close,
        answer_seconds=answer_seconds,
        limit=connection.settimeout,
        token=found_token(host, port),
    )


def _socket_of(resource: str) -> tuple[str, int]:
    """Address and port of a VISA resource that is a socket of this machine; of any other, nothing."""
    found = _VISA_SOCKET.fullmatch(resource)
    if not found:
        return "", 0
    try:
        return str(socket.gethostbyname(found.group(1))), int(found.group(2))
    except OSError:
        return "", 0
