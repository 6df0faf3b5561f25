"""From the address of a chip to a link. The kinds of address are in the error message of `connect`."""

import math
import re
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit

from ohmshot.foundation.errors import SettingsError
from ohmshot.wire.client.links import ANSWER_SECONDS, Link, serial_link, tcp_link, tls_link, visa_link
from ohmshot.wire.protocol.transport import DEFAULT_BAUD, DEFAULT_PORT

_WINDOWS_LINE = re.compile(r"COM[0-9]+", re.IGNORECASE)


def connect(address: str) -> Link:
    """Open a link to the chip at an address.

    Raises:
        SettingsError: no such kind of address.
        ChipError: no chip answers there.
    """
    if address.startswith("visa://"):
        return visa_link(address.removeprefix("visa://"), address)
    try:
        parts = urlsplit(address)
    except ValueError as error:  # brackets that do not hold an address
        raise SettingsError(f"The chip's address {address} cannot be read: {error}.") from error
    if parts.netloc.count(":") > 1 and "[" not in parts.netloc:
        raise SettingsError(
            f"The chip's address {address} is not clear: put an IPv6 address in brackets, as tcp://[::1]:5025."
        )
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        seconds = float(options.pop("seconds", ANSWER_SECONDS))
        if not 0 < seconds < math.inf:
            raise ValueError(f"{seconds:g} s")
        if parts.scheme == "tcp" and parts.hostname and not options:
            return tcp_link(parts.hostname, parts.port or DEFAULT_PORT, address, seconds)
        if parts.scheme == "tls" and parts.hostname and not options.keys() - {"ca"}:
            authority = Path(options["ca"]) if "ca" in options else None
            return tls_link(parts.hostname, parts.port or DEFAULT_PORT, address, authority, seconds)
        device = _device(parts)
        if parts.scheme == "serial" and device and not options.keys() - {"baud"}:
            return serial_link(device, address, int(options.get("baud", DEFAULT_BAUD)), seconds)
    except ValueError as error:  # a port, a baud rate or a time that is no number
        raise SettingsError(f"The chip's address {address} has no valid number: {error}.") from error
    raise SettingsError(
        f"There is no kind of chip '{address}'. Give sim, tcp://HOST:PORT, tls://HOST:PORT?ca=FILE, "
        "serial:///dev/DEVICE?baud=RATE or visa://RESOURCE; ?seconds=S limits the time of an answer."
    )


def _device(parts: SplitResult) -> str:
    """Name of a serial line: serial:///dev/ttyUSB0, or serial://COM3 of Windows with any number of slashes."""
    for name in (parts.netloc, parts.path.lstrip("/")):
        if _WINDOWS_LINE.fullmatch(name):
            return name.upper()
    return "" if parts.netloc else parts.path
