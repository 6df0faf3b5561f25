"""The gate before the page: who may ask, from where, and what a browser may do with what it gets.

A page on this machine can be reached by every page that the same browser has open. So a request must name a host that
the server was opened for (a foreign name that was made to point here is refused: DNS rebinding) and come from the page
itself (a foreign Origin is refused: cross-site requests). Beyond this machine it must also show the token.
"""

import hmac
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ohmshot.foundation.errors import SettingsError

SHORTEST_TOKEN = 16
COOKIE = "ohmshot_token"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "media-src 'self' blob:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Doors:
    """Where the server listens.

    Attributes:
        host: address.
        token: what every request must show; empty for none, on this machine alone.
        names: host names that a request may give; for an address of all interfaces any number, but no other name.

    Raises:
        SettingsError: beyond this machine without a token, or a token that is too short.
    """

    host: str = "127.0.0.1"
    token: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if self.host not in LOOPBACK and not self.token:
            raise SettingsError(
                f"At {self.host} others can reach the workbench, so it needs a token: add --token, of at least "
                f"{SHORTEST_TOKEN} signs, or leave --host out."
            )
        if self.token and len(self.token) < SHORTEST_TOKEN:
            raise SettingsError(f"The token has {len(self.token)} signs; give at least {SHORTEST_TOKEN}.")

    def admits(self, host_header: str) -> bool:
        """Whether a request may name this host."""
        name = urlsplit(f"//{host_header}").hostname or ""
        if name in LOOPBACK or name == self.host.lower():
            return True
        # A server for all interfaces is reached by a number of its own; a number cannot be pointed elsewhere.
        return self.host in ("0.0.0.0", "::") and _is_number(name)


class Gate:
    """Lets through what `Doors` admit, and gives every answer the headers of a page that loads nothing from elsewhere.

    Args:
        app: what stands behind.
        doors: where the server listens.
    """

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self._app, self._doors = app, doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refused = self._refusal(headers)
        if refused is None and self._doors.token:
            given = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("token", [""])[0]
            if scope["type"] == "http" and scope["path"] == "/" and _same(given, self._doors.token):
                answer = RedirectResponse("/", 303)
                answer.set_cookie(COOKIE, self._doors.token, httponly=True, samesite="strict")
                await answer(scope, receive, send)
                return
            if not any(_same(each, self._doors.token) for each in _tokens(headers)):
                refused = "This workbench asks for its token: open the address that it printed when it started."
        if refused is None:
            await self._app(scope, receive, _with_headers(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": refused})
        else:
            await PlainTextResponse(refused, 403)(scope, receive, _with_headers(send))

    def _refusal(self, headers: Headers) -> str | None:
        host = headers.get("host", "")
        if not self._doors.admits(host):
            return "This workbench is not known by that name. Open the address that it printed when it started."
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc.lower() != host.lower():
            return "Another page may not use this workbench."
        if origin is None and headers.get("sec-fetch-site", "none") == "cross-site" and (
            headers.get("sec-fetch-mode") != "navigate"
        ):  # fmt: skip
            return "Another page may not use this workbench."
        return None


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
        await send(message)

    return sent


def _tokens(headers: Headers) -> Iterable[str]:
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        yield given
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return
    if COOKIE in cookies:
        yield cookies[COOKIE].value


def _same(given: str, token: str) -> bool:
    return hmac.compare_digest(given.encode(), token.encode())


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
