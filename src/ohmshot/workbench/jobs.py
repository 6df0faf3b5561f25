"""Long work in a process of its own, with progress, and stopped when asked: a study, an initialisation."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field

from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import Record
from ohmshot.study.registry import STUDIES
from ohmshot.study.study import size_named

WORKER = "ohmshot.workbench.worker"


class GivenStudy(Record):
    """A study as the page asks for it."""

    name: str
    size: str = "small"
    source: str = "invented"
    strategy: str = "hybrid"
    technology: str = "leti_hfo2_130nm"
    seed: int = Field(default=0, ge=0, le=2**31 - 1)
    chips: int | None = Field(default=None, ge=1, le=10_000)
    episodes: int | None = Field(default=None, ge=1, le=10_000)

    def checked(self) -> "GivenStudy":
        """Return this study, of a name and a size that there are.

        Raises:
            SettingsError: there are none.
        """
        if self.name not in STUDIES:
            raise SettingsError(f"There is no study '{self.name}'. Choose one of {', '.join(STUDIES)}.")
        size_named(self.size)
        return self


class Job:
    """Work in a process of its own, which ends when it is stopped and when this process ends.

    Args:
        work: what the worker shall do, one of `ohmshot.workbench.worker.WORK`.
        order: what it needs to know for that.

    Attributes:
        folder: where its files are; gone once it is stopped.
    """

    def __init__(self, work: str, order: Mapping[str, Any]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"ohmshot-{work}-"))
        self._state: dict[str, Any] = {"state": "running", "done": 0, "of": None, "words": "loading"}
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ),
            text=True,
            encoding="utf-8",
        )
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({**order, "work": work, "folder": str(self.folder)}) + "\n")
        self._process.stdin.flush()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def state(self) -> dict[str, Any]:
        """State for the page: "running", "done", "failed" or "stopped", with the steps done and what is done now."""
        with self._lock:
            return dict(self._state)

    def file(self, name: str) -> Path:
        """Return one of the files that it wrote, once it is done.

        Raises:
            SettingsError: it is not done, or it has no such file.
        """
        if self.state["state"] != "done":
            raise SettingsError("The study is not done yet.")
        if name not in self.state["files"]:
            raise SettingsError(f"The study has no file '{name}'.")
        return self.folder / name

    def stop(self) -> None:
        """End the process and delete what it wrote."""
        with self._lock:
            if self._state["state"] == "running":
                self._state = {"state": "stopped"}
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._listener.join(5)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                try:
                    told = json.loads(line)
                except ValueError:
                    continue
                with self._lock:
                    if self._state["state"] == "running":
                        self._state = {**self._state, **told}
        self._process.wait()
        with self._lock:
            if self._state["state"] == "running":
                self._state = {"state": "failed", "words": "It ended without a result; run the command below the page "
                               "to see why."}  # fmt: skip
