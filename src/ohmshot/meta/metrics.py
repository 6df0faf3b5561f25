"""Metrics of a run in progress: metrics.jsonl always, TensorBoard files where wanted."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ohmshot.foundation.errors import OhmshotError, SettingsError
from ohmshot.foundation.files import append_text, write_text
from ohmshot.foundation.foreign_files import json_of, reading, text_of


@dataclass(frozen=True)
class Metric:
    """One line of the log.

    Attributes:
        phase: phase of the run.
        iteration: iterations of the phase that are done.
        loss: loss of the last iteration.
        held_out: accuracy on held-out classes in per cent, where it was measured.
    """

    phase: str
    iteration: int
    loss: float | None
    held_out: float | None


class Log(Protocol):
    """Destination of metrics; every phase begins with `rewind`."""

    def add(self, metric: Metric) -> None:
        """Take a metric."""

    def rewind(self, phase: str, iteration: int) -> None:
        """Drop metrics of a phase after an iteration: they are about to be computed again."""


class JsonLines:
    """metrics.jsonl: one JSON object a line, each iteration once however often the run was killed."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, metric: Metric) -> None:
        """Append a line."""
        fields = {key: value for key, value in vars(metric).items() if value is not None}
        append_text(self.path, json.dumps(fields) + "\n")

    def rewind(self, phase: str, iteration: int) -> None:
        """Drop lines of a phase after an iteration, and a line that a kill cut short."""
        if not self.path.exists():
            return
        with reading(lambda reason: OhmshotError(f"{self.path} is damaged ({reason}). Move it away.")):
            lines = text_of(self.path).splitlines(keepends=True)
            kept = [line for line in lines if line.endswith("\n") and not _after(json_of(line), phase, iteration)]
        if kept != lines:
            write_text(self.path, "".join(kept))


def _after(line: dict[str, object], phase: str, iteration: int) -> bool:
    return line["phase"] == phase and int(str(line["iteration"])) > iteration


class TensorBoard:
    """TensorBoard event files, a folder a phase.

    Args:
        folder: folder of the files.

    Raises:
        SettingsError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise SettingsError("TensorBoard is not installed. Run `pip install 'ohmshot[tensorboard]'`.") from error
        self._open: Callable[[str, int], Any] = lambda phase, step: SummaryWriter(folder / phase, purge_step=step)
        self._writers: dict[str, Any] = {}

    def add(self, metric: Metric) -> None:
        """Add the loss and the accuracy of a phase as scalars."""
        writer = self._writers[metric.phase]
        if metric.loss is not None:
            writer.add_scalar("loss", metric.loss, metric.iteration)
        if metric.held_out is not None:
            writer.add_scalar("held-out accuracy", metric.held_out, metric.iteration)
        writer.flush()

    def rewind(self, phase: str, iteration: int) -> None:
        """Begin a file that replaces the later iterations of earlier ones."""
        self._writers[phase] = self._open(phase, max(0, iteration + 1))
