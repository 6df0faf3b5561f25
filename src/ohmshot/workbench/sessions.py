"""Sessions: what each page has on its bench, apart from every other page, bounded in number and in time."""

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from ohmshot.foundation.errors import SettingsError
from ohmshot.workbench.bench import Learned, Taught
from ohmshot.workbench.jobs import Job
from ohmshot.workbench.settings import BenchSettings
from ohmshot.workbench.task import BenchTask, GivenTask

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
        task: the task that was last read, so that it need not be read again for other settings.
        earlier: the chip as it was before each of the last changes, newest last.
        rounds: the recorded run whose cells were last looked at, with the settings and the task that it is of.
        job: a long run; None for none.
        lock: held while the session is worked on.
        cancelled: set when the page went away or asked to stop.
        used: when it was last spoken to, by the monotonic clock.
    """

    name: str
    taught: Taught | None = None
    task: BenchTask | None = None
    earlier: list[Taught] = field(default_factory=list)
    rounds: tuple[BenchSettings, GivenTask, Learned] | None = None
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

    def learn(self, taught: Taught) -> None:
        """Take a chip that has learned; the one before can be had back."""
        self._remember(self.taught)
        self.taught = taught

    def change(self, what: Callable[[Taught], Taught]) -> Taught:
        """Change the chip so that it can be undone; where that fails, the chip is as before.

        A chip behind a wire cannot be copied, so what is done to it stays done.
        """
        before = self.chip()
        if not before.copies:
            self.taught = what(before)
            return self.taught
        self.taught = what(before.copied())
        self._remember(before)
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

    def undo_all(self) -> Taught:
        """Take back all that was done to the chip since it learned.

        Raises:
            SettingsError: there is nothing to undo.
        """
        taught = self.undo()
        while taught.history and self.earlier:
            taught = self.undo()
        return taught

    def _remember(self, taught: Taught | None) -> None:
        """Keep a chip to come back to; of too many the oldest goes, but never the present one as it had learned."""
        if taught is None or not taught.copies:
            self.earlier = []
            return
        self.earlier.append(taught)
        if len(self.earlier) > MOST_UNDONE:
            learned = max(place for place, each in enumerate(self.earlier) if not each.history)
            self.earlier.pop(0 if learned else 1)

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
