"""What all pages of one server share: initialisations, a chip behind a wire, the studies that run."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

from ohmshot.api.loading import connect, load_bundle
from ohmshot.bundle.bundle import Bundle
from ohmshot.data.source import PERSONAL, training_examples
from ohmshot.foundation.errors import ChipError, SettingsError
from ohmshot.meta.personal import personal_bundle
from ohmshot.task.one_chip import identity_of
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.workbench.jobs import GivenStudy, Job
from ohmshot.workbench.sessions import Session
from ohmshot.workbench.settings import Technologies

DRAWINGS = "characters"
MOST_JOBS = 2
"""Studies that run side by side on one server."""


@dataclass
class Workbench:
    """What all pages of one server share.

    Attributes:
        technologies: parameter sets by name.
        chip: "sim", or the address of a chip behind a wire.
        data: folder of the data sets; None for the usual places.
    """

    technologies: Technologies = field(default_factory=Technologies)
    chip: str = "sim"
    data: Path | None = None
    _bundles: dict[str, Bundle] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _remote: RemoteCrossbar | None = None
    _holder: Session | None = None
    _jobs: list[Job] = field(default_factory=list)

    def bundle(self, name: str) -> Bundle:
        """Return the initialisation for drawings, or that for the people of a source, made the first time.

        Raises:
            SettingsError: no such bundle.
            OhmshotError: the data of the source are missing.
        """
        with self._lock:
            if name not in self._bundles:
                if name == DRAWINGS:
                    self._bundles[name] = load_bundle(DRAWINGS)
                elif name in PERSONAL:
                    training = training_examples(name, self.data)
                    self._bundles[name] = personal_bundle(PERSONAL[name], training, lambda *_: None)
                else:
                    raise SettingsError(f"There is no initialisation '{name}' here.")
            return self._bundles[name]

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
            job = Job(study, self.technologies.files.get(study.technology, study.technology))
            self._jobs.append(job)
            return job

    def let_go(self) -> None:
        """Let the chip behind the wire go, at the end of the server."""
        if self._remote is not None:
            self._remote.close()
            self._remote = None
