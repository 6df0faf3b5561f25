"""Sessions: what each page has on its bench, apart from every other page, bounded in number and in time."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ohmshot.chip.recorded import Round
from ohmshot.foundation.errors import SettingsError
from ohmshot.workbench.bench import Taught
from ohmshot.workbench.jobs import Job

MOST_SESSIONS = 64
IDLE_SECONDS = 1800.0
"""A page that is silent for so long is let go; its drawings are in the browser, so nothing is lost."""
MOST_UNDONE = 8


class GoneError(SettingsError):
    """The server no longer knows a page's session: it was idle for too long, or the server was started again."""


@dataclass
class Session:
    """One page.

    Attributes:
        name: drawn by chance; who knows it may use the session.
        taught: the chip; None before something was learned.
        earlier: the chip as it was before each of the last changes, newest last.
        rounds: the recorded pulses of the last run whose cells were looked at, and of what run they are.
        job: a long run; None for none.
        lock: held while the session is worked on.
        cancelled: set when the page went away or asked to stop.
        used: when it was last spoken to, by the monotonic clock.
    """

    name: str
    taught: Taught | None = None
    earlier: list[Taught] = field(default_factory=list)
    rounds: tuple[str, tuple[tuple[Round, ...], ...], dict[str, Any]] | None = None
    job: Job | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    cancelled: threading.Event = field(default_factory=threading.Event)
    used: float = 0.0

    def chip(self) -> Taught:
        """The chip that has learned.

        Raises:
            SettingsError: there is none yet.
        """
        if self.taught is None:
            raise SettingsError("Nothing has been learned yet. Press Learn first.")
        return self.taught

    def change(self, what: Callable[[Taught], Taught]) -> Taught:
        """Change the chip so that it can be undone; where that fails, the chip is as before.

        A chip behind a wire cannot be copied, so what is done to it stays done.
        """
        before = self.chip()
        if not before.copies:
            self.taught = what(before)
            return self.taught
        self.taught = what(before.copied())
        self.earlier = [*self.earlier[1 - MOST_UNDONE :], before]
        return self.taught

    def undo(self) -> Taught:
        """Take the last change back.

        Raises:
            SettingsError: there is nothing to undo.
        """
        if not self.earlier:
            raise SettingsError("There is nothing to undo on this chip.")
        self.taught = self.earlier.pop()
        return self.taught

    def close(self) -> None:
        """Stop what still runs."""
        self.cancelled.set()
        if self.job is not None:
            self.job.stop()


class Sessions:
    """All pages of one server.

    Args:
        clock: seconds that only rise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._open)

    def new(self) -> Session:
        """Open a session; the one that was silent longest is let go where there are too many."""
        with self._lock:
            self._let_idle_go()
            while len(self._open) >= MOST_SESSIONS:
                self._open.popitem(last=False)[1].close()
            session = Session(secrets.token_urlsafe(24), used=self._clock())
            self._open[session.name] = session
            return session

    def get(self, name: str) -> Session:
        """Return a session.

        Raises:
            GoneError: there is none of this name, or no longer.
        """
        with self._lock:
            self._let_idle_go()
            if name not in self._open:
                raise GoneError("The server no longer knows this page: it was silent for long, or the server was "
                                "started again. Your drawings are still here.")  # fmt: skip
            self._open.move_to_end(name)
            session = self._open[name]
            session.used = self._clock()
            return session

    def close(self) -> None:
        """Let all go."""
        with self._lock:
            for session in self._open.values():
                session.close()
            self._open.clear()

    def _let_idle_go(self) -> None:
        now = self._clock()
        for name in [name for name, each in self._open.items() if now - each.used > IDLE_SECONDS]:
            self._open.pop(name).close()
