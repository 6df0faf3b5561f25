"""Sessions over TCP, and over TLS with a token when the server can be reached from elsewhere."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from dataclasses import dataclass
from pathlib import Path

from ohmshot.foundation.errors import OhmshotError, SettingsError
from ohmshot.wire.protocol.faulty_line import Delivery, FaultyLine
from ohmshot.wire.protocol.transport import DEFAULT_PORT
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.station import Station

_CHUNK = 65536
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerSettings:
    """Settings of a server: its address, its clients, its limits.

    Attributes:
        host: name or address to listen at.
        port: 0 for any free one.
        certificate: PEM file with the server's certificate chain; TLS when given.
        key: PEM file with its private key.
        token: what a client must give first.
        most_connections: connections open at once; further ones get an error and are closed.
        most_pending_bytes: limit on the bytes of unfinished messages, all connections together.
        stall_seconds: a message must arrive, and an answer be taken, without a longer pause.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    certificate: Path | None = None
    key: Path | None = None
    token: str | None = None
    most_connections: int = 128
    most_pending_bytes: int = 64 * 2**20
    stall_seconds: float = 30.0


class Server:
    """Serves one station to many clients, one of whom drives it.

    Args:
        station: the chip in its tester.
        settings: its address, its clients, its limits.
        line: draws faults for all connections; None for none.

    Raises:
        SettingsError: reachable from elsewhere without TLS and a token, or certificate and key cannot be used.
    """

    def __init__(self, station: Station, settings: ServerSettings, line: FaultyLine | None = None) -> None:
        self._station = station
        self._line = line
        self._settings = settings
        self._tls = _tls_context(settings)
        self._sessions: dict[Session, asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        if not is_loopback(settings.host) and (self._tls is None or not settings.token):
            raise SettingsError(
                f"{settings.host} can be reached from elsewhere: give a certificate, its key and a token, "
                "or serve at 127.0.0.1."
            )

    @property
    def port(self) -> int:
        """The port that it listens at."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def connections(self) -> int:
        """Number of open connections."""
        return len(self._sessions)

    async def start(self) -> None:
        """Listen.

        Raises:
            OhmshotError: the port is taken, or the host is not of this machine.
        """
        settings = self._settings
        try:
            self._server = await asyncio.start_server(
                self._converse, settings.host, settings.port, ssl=self._tls, limit=_CHUNK, backlog=1024
            )
        except OSError as error:
            raise OhmshotError(
                f"Cannot listen at {settings.host}:{settings.port}: {error.strerror or error}. Choose another --port."
            ) from error

    async def stop(self) -> None:
        """Stop listening and close every connection."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._sessions.values()):
            writer.close()
        await asyncio.sleep(0)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = "{}:{}".format(*writer.get_extra_info("peername")[:2])
        if len(self._sessions) >= self._settings.most_connections:
            with contextlib.suppress(OSError):
                writer.write(b'-200,"Execution error; too many connections; try again later"\n')
                writer.close()
            return
        _keep_alive(writer)
        session = Session(self._station, peer, self._settings.token)
        self._sessions[session] = writer
        try:
            await self._serve(session, reader, writer)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            _logger.info("%s is gone: %s", peer, error)
        finally:
            session.close()
            del self._sessions[session]
            writer.transport.abort()  # a client that takes no answers must not hold what is left of them

    async def _serve(self, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        stall = self._settings.stall_seconds
        while not session.closing:
            async with asyncio.timeout(stall if session.framer.in_message else None):
                data = await reader.read(_CHUNK)
            if not data:
                break
            delivery = self._line.delivery(data) if self._line else Delivery(data)
            for answer in session.receive(delivery.data):
                if delivery.lost or delivery.late:
                    continue
                writer.write(self._line.garbled(answer) if self._line and delivery.answer_garbled else answer)
                async with asyncio.timeout(stall):
                    await writer.drain()
            if delivery.lost:
                break
            if sum(each.framer.pending for each in self._sessions) > self._settings.most_pending_bytes:
                writer.write(b'-363,"Input buffer overrun; the server holds too many unfinished messages"\n')
                break
        async with asyncio.timeout(stall):
            writer.close()
            await writer.wait_closed()


def is_loopback(host: str) -> bool:
    """Whether a name or an address means this machine alone."""
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def _keep_alive(writer: asyncio.StreamWriter) -> None:
    """A writer whose machine died must not hold the chip for ever: found out after about a minute."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _tls_context(settings: ServerSettings) -> ssl.SSLContext | None:
    if settings.certificate is None and settings.key is None:
        return None
    if settings.certificate is None or settings.key is None:
        raise SettingsError("TLS needs both a certificate and its key.")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.certificate, settings.key)
    except (OSError, ssl.SSLError) as error:
        raise SettingsError(
            f"{settings.certificate} and {settings.key} are no certificate and key in PEM that belong together."
        ) from error
    return context
