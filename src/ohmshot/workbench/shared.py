"""What all pages of one server share: initialisations, a chip behind a wire, the studies that run."""

import functools
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ohmshot.api.loading import connect, load_bundle
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.file import read_bundle
from ohmshot.data.source import PERSONAL
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.task.one_chip import identity_of
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.workbench.jobs import GivenStudy, Job
from ohmshot.workbench.offered import DRAWINGS, offered
from ohmshot.workbench.sessions import Session
from ohmshot.workbench.settings import Technologies
from ohmshot.workbench.worker import BUNDLE

MOST_JOBS = 2
"""Studies that run side by side on one server."""


class PreparingError(SettingsError):
    """Something that a page asked for is being made in a process of its own.

    Args:
        state: of that work (`ohmshot.workbench.jobs.Job.state`).
    """

    def __init__(self, state: dict[str, Any]) -> None:
        super().__init__("This is being prepared. Ask again in a moment.")
        self.state = state


@dataclass
class Workbench:
    """What all pages of one server share.

    Attributes:
        technologies: parameter sets by name.
        chip: "sim", or the address of a chip behind a wire.
        data: folder of the data sets; None for the usual places.
        bundles: initialisations that are there, by name.
    """

    technologies: Technologies = field(default_factory=Technologies)
    chip: str = "sim"
    data: Path | None = None
    bundles: dict[str, Bundle] = field(default_factory=dict)
    _made: dict[str, Job] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _remote: RemoteCrossbar | None = None
    _holder: Session | None = None
    _jobs: list[Job] = field(default_factory=list)

    @functools.cached_property
    def offered(self) -> dict[str, Any]:
        """What a page can choose from; the studies take a moment to load."""
        return offered(self.technologies)

    def bundle(self, name: str) -> Bundle:
        """Return the initialisation for drawings, or that for the people of a source.

        The latter is made in a process of its own when it is first asked for.

        Raises:
            PreparingError: it is being made; ask again.
            SettingsError: no such bundle, or it could not be made.
        """
        with self._lock:
            if name in self.bundles:
                return self.bundles[name]
            if name == DRAWINGS:
                self.bundles[name] = load_bundle(DRAWINGS)
            elif name in PERSONAL:
                self.bundles[name] = self._made_elsewhere(name)
            else:
                raise SettingsError(f"There is no initialisation '{name}' here.")
            return self.bundles[name]

    def _made_elsewhere(self, name: str) -> Bundle:
        if name not in self._made:
            data = None if self.data is None else str(self.data)
            self._made[name] = Job("initialisation", {"source": name, "data": data})
        job, state = self._made[name], self._made[name].state
        if state["state"] == "running":
            raise PreparingError(state)
        try:
            if state["state"] != "done":
                raise SettingsError(state["words"])
            return read_bundle(job.file(BUNDLE)).bundle
        finally:
            self._made.pop(name).stop()

    def stop_making(self, name: str) -> None:
        """Stop making the initialisation for the people of a source; nothing where it is not being made."""
        with self._lock:
            job = self._made.pop(name, None)
        if job is not None:
            job.stop()

    def remote(self, session: Session) -> RemoteCrossbar:
        """Return the chip behind the wire for one session; whoever took it first keeps it.

        Raises:
            ChipError: another page has it, or it does not answer.
        """
        with self._lock:
            if self._holder is not None and self._holder is not session and not self._holder.cancelled.is_set():
                raise ChipError("Another page has the chip behind the wire. Close that page, then learn here.")
            if self._remote is None:
                self._remote = connect(self.chip)
            self._holder = session
            return self._remote

    def place(self) -> dict[str, str | int]:
        """Address and identity of the chip behind the wire; empty without one."""
        return {} if self._remote is None else {"address": self.chip, "identity": identity_of(self._remote)}

    def start(self, study: GivenStudy) -> Job:
        """Start a study.

        Raises:
            SettingsError: too many run already.
        """
        with self._lock:
            self._jobs = [job for job in self._jobs if job.state["state"] == "running"]
            if len(self._jobs) >= MOST_JOBS:
                raise SettingsError("Two studies run on this server already. Stop one, or wait until it is done.")
            cells = self.technologies.files.get(study.technology, study.technology)
            job = Job("study", {**study.model_dump(), "parameters": cells})
            self._jobs.append(job)
            return job

    def let_go(self) -> None:
        """Let the chip behind the wire go and stop what is being made, at the end of the server."""
        for name in list(self._made):
            self.stop_making(name)
        if self._remote is not None:
            self._remote.close()
            self._remote = None
