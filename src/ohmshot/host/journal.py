"""A journal of an adaptation: a host that is killed at any instruction goes on, or says why it cannot.

Before the first pulse of a write, what shall be written is on the disk; after the last one is verified, that it was. A
host that starts again takes the last write begun and brings every cell of the chip to its targets, read and verified,
whether or not the journal says that it was done: a half-written array, or another chip, is never taken for whole
(docs/journal.md).
"""

import hashlib
import json
import os
from pathlib import Path
from typing import Literal

import safetensors
import torch
from pydantic import ValidationError
from torch import Tensor

from ohmshot.bundle.standard import TaskStandard
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import make_folder
from ohmshot.foundation.records import Record
from ohmshot.foundation.tensor_files import tensors_of, write_tensors
from ohmshot.host.learner import Learner

JOURNAL = "journal.jsonl"


class JournalError(OhmshotError):
    """A journal cannot be gone on with."""


class Opening(Record):
    """The first line: what the journal is of."""

    format: Literal["ohmshot-journal"] = "ohmshot-journal"
    format_version: Literal[1] = 1
    bundle: str
    """SHA-256, see `ohmshot.bundle.bundle.Bundle.digest`."""
    task: str
    """SHA-256 of features and labels."""
    settings: str
    """How the learner learns."""


class Begun(Record):
    """A write that may have begun."""

    event: Literal["begun"] = "begun"
    step: int
    """0 writes the initialisation, k the update k."""
    state: str
    """SHA-256 of the file of this step: head, targets and the task's standard."""


class Done(Record):
    """A write whose cells have been verified."""

    event: Literal["done"] = "done"
    step: int
    missed: tuple[int, ...]
    """Addresses of the cells that missed their target."""


class Journal:
    """The journal of one adaptation, in a folder of its own.

    Args:
        folder: made if it is not there.
        opening: what it must be of.

    Raises:
        JournalError: the folder holds the journal of something else, or a damaged one.
    """

    def __init__(self, folder: Path, opening: Opening) -> None:
        make_folder(folder)
        self._folder = folder
        self._path = folder / JOURNAL
        lines = self._whole_lines()
        self.begun: Begun | None = None
        self.done: Done | None = None
        if not lines:
            self._append(opening)
            return
        try:
            found = Opening.model_validate_json(lines[0])
            for line in lines[1:]:
                if json.loads(line).get("event") == "begun":
                    self.begun, self.done = Begun.model_validate_json(line), None
                else:
                    self.done = Done.model_validate_json(line)
        except (ValidationError, ValueError, AttributeError) as error:
            raise JournalError(f"{self._path} is damaged. Begin anew in another folder.") from error
        for name in ("bundle", "task", "settings"):
            if getattr(found, name) != getattr(opening, name):
                raise JournalError(
                    f"{self._path} is of another {name}. Go on with what it was begun with, or choose another folder."
                )

    def begin(self, step: int, learner: Learner) -> None:
        """Keep what is about to be written; call it before the first pulse."""
        standard = learner.standard
        tensors = {
            "head.first": learner.shadow[0],
            "head.second": learner.shadow[1],
            "targets": learner.targets,
            "standard.origin": torch.as_tensor(standard.origin),
            "standard.size": torch.as_tensor(standard.size),
        }
        path = self._state(step)
        write_tensors(path, tensors, {})
        self.begun, self.done = Begun(step=step, state=_digest(path.read_bytes())), None
        self._append(self.begun)

    def end(self, step: int, missed: Tensor) -> None:
        """Keep that every cell was verified, but those that missed their target."""
        self.done = Done(step=step, missed=tuple(missed.tolist()))
        self._append(self.done)

    def recall(self, learner: Learner) -> Tensor:
        """Bring learner and chip to the last write begun; returns the cells that missed their target.

        Raises:
            JournalError: the file of that step is missing or damaged.
        """
        assert self.begun is not None
        path = self._state(self.begun.step)
        try:
            content = path.read_bytes()
            if _digest(content) != self.begun.state:
                raise ValueError("changed")
            kept, _ = tensors_of(content)
        except (OSError, ValueError, safetensors.SafetensorError) as error:
            raise JournalError(f"{path} is missing or damaged. Begin anew in another folder.") from error
        standard = TaskStandard(kept["standard.origin"], kept["standard.size"])
        return learner.resume((kept["head.first"], kept["head.second"]), kept["targets"], standard)

    def _state(self, step: int) -> Path:
        return self._folder / f"step-{step}.safetensors"

    def _whole_lines(self) -> list[str]:
        """Lines that were written to their end; a torn one at the end is cut off, its write had not begun."""
        if not self._path.exists():
            return []
        content = self._path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            with self._path.open("r+b") as file:
                file.truncate(len(whole))
        return whole.decode(errors="replace").splitlines()

    def _append(self, line: Record) -> None:
        with self._path.open("ab") as file:
            file.write(line.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def adapt(learner: Learner, features: Tensor, labels: Tensor, folder: Path) -> int:
    """Write the initialisation and make every update, with a journal; go on with it where there is one.

    Args:
        learner: with one chip or several, which may have been written in part before.
        features: [chips, examples, features] of the support set.
        labels: int64 [examples].
        folder: of the journal.

    Returns:
        The step that was gone on from; -1 for a fresh start.

    Raises:
        JournalError: the journal is damaged, or of another bundle, task or learner.
    """
    task = hashlib.sha256(features.contiguous().numpy().tobytes() + labels.numpy().tobytes()).hexdigest()
    opening = Opening(bundle=learner.bundle.digest, task=task, settings=repr(learner.settings))
    journal = Journal(folder, opening)
    reached = -1
    if journal.begun is not None:
        reached = journal.begun.step
        journal.end(reached, journal.recall(learner))
    for step in range(reached + 1, 1 + len(learner.bundle.header.rates)):
        learner.before_pulses = lambda step=step: journal.begin(step, learner)
        if step == 0:
            learner.initialise()
        else:
            learner.update(features, labels, step - 1)
        journal.end(step, learner.missed)
    learner.before_pulses = None
    return reached


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
