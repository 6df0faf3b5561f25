"""Sessions over TCP, and over TLS with a token when the server can be reached from elsewhere."""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ohmshot.foundation.errors import OhmshotError, SettingsError
from ohmshot.wire.protocol.faulty_line import Delivery, FaultyLine
from ohmshot.wire.protocol.local_token import drawn_token, publish_token, withdraw_token
from ohmshot.wire.protocol.transport import DEFAULT_PORT
from ohmshot.wire.server.hand import Hand
from ohmshot.wire.server.session import Session
from ohmshot.wire.server.station import Station

_CHUNK = 65536
_LONGEST_TURN_S = 0.01
"""Of a connection whose messages need no chip, before others are looked after."""
_FAREWELL_S = 1.0
_BACKLOG = 64
"""Connections accepted in one go, between which those that are there are served."""
PROOF_SECONDS = 5.0
"""For the TLS handshake and the token together, from the moment that the connection is accepted."""
PROOF_BYTES = 4096
"""That a connection may send before its token."""
MOST_UNPROVEN = 64
"""Connections without a token at one time, in places of their own; a further one takes that of the oldest."""
WRONG_TOKENS_A_MINUTE = 10
"""From one address; further connections from there are hung up on until a minute has passed."""
_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ServerSettings:
    """Settings of a server: its address, its clients, its limits.

    Attributes:
        host: name or address to listen at.
        port: 0 for any free one.
        certificate: PEM file with the server's certificate chain; TLS when given.
        key: PEM file with its private key.
        token: what a client must give first. None draws one for a server that this machine alone can reach; clients of
            the same user find it in a file (`ohmshot.wire.protocol.local_token`).
        without_token: every program and every user of this machine may drive the chip.
        most_connections: connections open at once that have given the token, or need none; further ones get an error
            and are closed.
        most_pending_bytes: limit on the bytes of unfinished messages, all connections together.
        stall_seconds: a message must arrive, and an answer be taken, without a longer pause.
    """

    host: str = "127.0.0.1"
    port: int = DEFAULT_PORT
    certificate: Path | None = None
    key: Path | None = None
    token: str | None = None
    without_token: bool = False
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
        SettingsError: reachable from elsewhere without TLS and a token, a token and none, or certificate and key cannot
            be used.

    Attributes:
        token_files: where the token lies that the server has drawn.
        hand: carries out what touches the chip, for other kinds of connection too.
    """

    def __init__(self, station: Station, settings: ServerSettings, line: FaultyLine | None = None) -> None:
        self._station = station
        self._line = line
        self._settings = settings
        self._tls = _tls_context(settings)
        self._sessions: dict[Session, asyncio.StreamWriter] = {}
        self._unproven: dict[asyncio.Task[None], asyncio.Transport] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._wrong_tokens: dict[str, list[float]] = {}
        self._server: asyncio.Server | None = None
        self._rested = 0.0
        self.hand = Hand()
        if not is_loopback(settings.host) and (self._tls is None or not settings.token):
            raise SettingsError(
                f"{settings.host} can be reached from elsewhere: give a certificate, its key and a token, "
                "or serve at 127.0.0.1."
            )
        if settings.without_token and settings.token:
            raise SettingsError("A token was given, and none shall be asked for: give one of the two.")
        self._drawn = None if settings.token or settings.without_token else drawn_token()
        self._token = settings.token or self._drawn
        self._published: list[tuple[str, int]] = []
        self.token_files: list[Path] = []

    @property
    def port(self) -> int:
        """The port that it listens at."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def connections(self) -> int:
        """Number of open connections that have given the token, or need none."""
        return sum(session.proven for session in self._sessions)

    async def start(self) -> None:
        """Listen.

        Raises:
            OhmshotError: the port is taken, the host is not of this machine, or the token cannot be written.
        """
        settings = self._settings
        try:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(
                lambda: _Doorway(self._admit), settings.host, settings.port, backlog=_BACKLOG, start_serving=False
            )
            if self._drawn:  # before the first client can come
                self._publish(self._drawn)
            await self._server.start_serving()
        except OSError as error:
            raise OhmshotError(
                f"Cannot listen at {settings.host}:{settings.port}: {error.strerror or error}. Choose another --port."
            ) from error

    async def stop(self) -> None:
        """Stop listening, close every connection, and finish the message that is being carried out."""
        assert self._server is not None
        self._server.close()
        for host, port in self._published:
            withdraw_token(host, port, self._drawn or "")
        for task in list(self._unproven):
            task.cancel()
        for writer in list(self._sessions.values()):
            writer.close()
        await self.hand.rest()
        for _ in range(2):  # those that do not end by themselves are ended
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=_FAREWELL_S)
            for task in self._tasks:
                task.cancel()

    def _publish(self, token: str) -> None:
        assert self._server is not None
        self._published = [bound.getsockname()[:2] for bound in self._server.sockets]
        try:
            self.token_files = [publish_token(host, port, token) for host, port in self._published]
        except OhmshotError as error:
            self._server.close()
            raise OhmshotError(
                f"{error} The server's token is to lie there: set OHMSHOT_STATE to another folder, "
                "or give a --token-file."
            ) from error

    def _admit(self, transport: asyncio.Transport) -> None:
        """Let a connection prove itself; where there are too many such, the oldest goes."""
        host = str(transport.get_extra_info("peername")[0])
        if self._guesses(host):
            transport.abort()
            return
        if len(self._unproven) >= MOST_UNPROVEN:
            next(iter(self._unproven)).cancel()
        task = asyncio.get_running_loop().create_task(self._welcome(transport))
        self._unproven[task] = transport
        self._tasks.add(task)
        task.add_done_callback(self._left)

    def _left(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        transport = self._unproven.pop(task, None)
        if transport is not None:
            transport.abort()
        if not task.cancelled() and (error := task.exception()):
            _logger.error("a connection failed", exc_info=error)

    async def _welcome(self, transport: asyncio.Transport) -> None:
        """Shake hands, if that is asked for, and converse."""
        reader = asyncio.StreamReader(limit=_CHUNK)
        protocol = asyncio.StreamReaderProtocol(reader)
        loop, until = asyncio.get_running_loop(), asyncio.get_running_loop().time() + PROOF_SECONDS
        if self._tls is None:
            transport.set_protocol(protocol)
            protocol.connection_made(transport)
            transport.resume_reading()
        else:
            try:
                async with asyncio.timeout_at(until):
                    encrypted = await loop.start_tls(transport, protocol, self._tls, server_side=True)
            except (OSError, TimeoutError) as error:
                _logger.info("no handshake: %s", error)
                return
            if encrypted is None:
                return
            protocol.connection_made(encrypted)
            transport = encrypted
        await self._converse(reader, asyncio.StreamWriter(transport, protocol, reader, loop), until)

    def _guesses(self, host: str) -> bool:
        """Whether an address has given too many wrong tokens in the last minute."""
        now = asyncio.get_running_loop().time()
        recent = [moment for moment in self._wrong_tokens.pop(host, []) if now - moment < 60]
        if recent:
            self._wrong_tokens[host] = recent
        return len(recent) >= WRONG_TOKENS_A_MINUTE

    def _prove(self, session: Session) -> bool:
        """Take a connection out of those that must prove themselves; false where no place is left for it."""
        task = asyncio.current_task()
        assert task is not None
        if task in self._unproven and session.proven:
            if len(self._tasks) - len(self._unproven) >= self._settings.most_connections:
                return False
            del self._unproven[task]
        return True

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, until: float) -> None:
        peer = "{}:{}".format(*writer.get_extra_info("peername")[:2])
        _keep_alive(writer)
        session = Session(self._station, peer, self._token)
        self._sessions[session] = writer
        try:
            await self._serve(session, reader, writer, until)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            _logger.info("%s is gone: %s", peer, error)
        finally:
            await self.hand.close(session)
            del self._sessions[session]
            writer.transport.abort()  # a client that takes no answers must not hold what is left of them

    async def _serve(
        self, session: Session, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, until: float
    ) -> None:
        stall, before_proof = self._settings.stall_seconds, 0
        while not session.closing:
            if not self._prove(session):
                writer.write(b'-200,"Execution error; too many connections; try again later"\n')
                break
            async with asyncio.timeout(stall if session.framer.in_message else None):
                async with asyncio.timeout_at(None if session.proven else until):
                    data = await reader.read(_CHUNK)
            if not data:
                break
            before_proof += 0 if session.proven else len(data)
            if before_proof > PROOF_BYTES:
                break
            delivery = self._line.delivery(data) if self._line else Delivery(data)
            for message in session.messages(delivery.data):
                await self._breathe()
                async with self.hand.answer(session, message, stall) as answer:
                    for piece in () if delivery.lost or delivery.late else answer:
                        writer.write(self._line.garbled(piece) if self._line and delivery.answer_garbled else piece)
                        async with asyncio.timeout(stall):
                            await writer.drain()
            if delivery.lost:
                break
            self._count_wrong_tokens(session)
            if sum(each.framer.pending for each in self._sessions) > self._settings.most_pending_bytes:
                writer.write(b'-363,"Input buffer overrun; the server holds too many unfinished messages"\n')
                break
        async with asyncio.timeout(stall):
            writer.close()
            await writer.wait_closed()

    async def _breathe(self) -> None:
        """Let others have their turn where one connection has had the loop for long: its messages may be many."""
        loop = asyncio.get_running_loop()
        if loop.time() - self._rested > _LONGEST_TURN_S:
            await asyncio.sleep(0)
            self._rested = loop.time()

    def _count_wrong_tokens(self, session: Session) -> None:
        wrong = session.take_wrong_tokens()
        if wrong:
            _logger.warning("%s gave a wrong token", session.peer)
            host = session.peer.rpartition(":")[0]
            self._wrong_tokens.setdefault(host, []).extend([asyncio.get_running_loop().time()] * wrong)


class _Doorway(asyncio.Protocol):
    """Holds a connection that has just been accepted; nothing is read from it before the handshake.

    Args:
        admit: takes it.
    """

    def __init__(self, admit: Callable[[asyncio.Transport], None]) -> None:
        self._admit = admit

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take a connection."""
        assert isinstance(transport, asyncio.Transport)
        transport.pause_reading()
        self._admit(transport)


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
