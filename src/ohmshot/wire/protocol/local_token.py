"""The token of a server on this machine, in a file that only its user reads.

A port of the loopback interface is open to every user and every program of a machine, a browser's pages among them. So
a server there asks for a token too. It draws a new one at each start and writes it to a file of mode 0600 in the user's
state folder, named after the address; a client of the same user finds it there. A token that a killed server has left
opens nothing any more.
"""

import ipaddress
import os
import secrets
import stat
from pathlib import Path

from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import make_folder, state_folder, write_bytes

_MOST_BYTES = 1024


def drawn_token() -> str:
    """Return a new token of 192 random bits."""
    return secrets.token_urlsafe(24)


def token_path(host: str, port: int) -> Path:
    """The file with the token of a server at an address and a port."""
    return state_folder() / "tokens" / f"{_name(host)}-{port}"


def publish_token(host: str, port: int, token: str) -> Path:
    """Write the file; returns its path.

    Raises:
        OhmshotError: it cannot be written.
    """
    path = token_path(host, port)
    make_folder(path.parent)
    try:
        path.parent.chmod(0o700)
    except OSError as error:
        raise OhmshotError(f"The folder {path.parent} is not this user's: {error.strerror}.") from error
    write_bytes(path, token.encode() + b"\n", mode=0o600)
    return path


def withdraw_token(host: str, port: int, token: str) -> None:
    """Remove the file, unless another server has put its own there."""
    if found_token(host, port) == token:
        token_path(host, port).unlink(missing_ok=True)


def found_token(host: str, port: int) -> str | None:
    """Return the token for an address of this machine; None where this user has none that only he can read."""
    if not _is_loopback(host):
        return None
    try:
        handle = os.open(token_path(host, port), os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return None
    with os.fdopen(handle, "rb") as file:
        about = os.fstat(file.fileno())
        if hasattr(os, "getuid") and (about.st_uid != os.getuid() or stat.S_IMODE(about.st_mode) & 0o077):
            return None
        content = file.read(_MOST_BYTES)
    token = content.decode("ascii", "replace").strip()
    return token if token.isprintable() and token else None


def _name(host: str) -> str:
    address = _address(host)
    return str(address).replace(":", "_") if address else host


def _is_loopback(host: str) -> bool:
    address = _address(host)
    return address is not None and address.is_loopback


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
