import asyncio
import contextlib
import datetime
import ipaddress
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set
from ohmshot.data.examples import Examples
from ohmshot.data.invented import invented_alphabets
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.faulty_line import FaultyLine
from ohmshot.wire.server.server import Server, ServerSettings
from ohmshot.wire.server.serving import serve_until
from ohmshot.wire.server.simulated_station import SimulatedStation


@pytest.fixture(scope="session")
def parameters() -> ParameterSet:
    return load_parameter_set("leti_hfo2_130nm")


@pytest.fixture(scope="session")
def drawings() -> Examples:
    """One alphabet, enough for one episode of 20 ways."""
    return invented_alphabets(7, 1, 20, 20)


@pytest.fixture
def station(parameters: ParameterSet) -> SimulatedStation:
    return SimulatedStation(parameters, 5)


@pytest.fixture
def client(station: SimulatedStation) -> Iterator[RemoteCrossbar]:
    remote = RemoteCrossbar(LoopbackLink(station))
    yield remote
    remote.close()


@contextlib.contextmanager
def served(
    parameters: ParameterSet,
    settings: ServerSettings | None = None,
    serial: str | None = None,
    seed: int = 5,
    line: FaultyLine | None = None,
) -> Iterator[Server]:
    """A server in a thread of its own; stopped at the end."""
    station = SimulatedStation(parameters, seed)
    server = Server(station, settings or ServerSettings(port=0), line)
    ready = threading.Event()
    loop = asyncio.new_event_loop()

    ended = asyncio.Event()
    serving = serve_until(ended, server, station, serial, ready.set)
    thread = threading.Thread(target=loop.run_until_complete, args=(serving,))
    thread.start()
    assert ready.wait(60)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()


@pytest.fixture
def serve() -> Callable[..., AbstractContextManager[Server]]:
    return served


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = datetime.datetime.now(datetime.UTC)
    alternatives = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(alternatives, critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"
