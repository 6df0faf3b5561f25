"""An adaptation from the first pulse to the last update; with a journal a host that is killed goes on.

Before the first pulse of a write, what shall be written is on the disk; after the last one is verified, that it was. A
host that starts again takes the last write begun and brings every cell of the chip to its targets, read and verified,
whether or not the journal says that it was done: a half-written array, or another chip, is never taken for whole
(docs/journal.md).
"""

import dataclasses
import hashlib
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.adapt.journal import Journal, JournalError, Opening
from ohmshot.host.care import healing
from ohmshot.host.learner import Learner


def write_count(learner: Learner) -> int:
    """How many writes an adaptation has: the initialisation and every update."""
    return 1 + len(learner.bundle.header.rates)


def write_step(learner: Learner, features: Tensor, labels: Tensor, step: int) -> None:
    """Make one write: 0 writes the learned initialisation round the faults that are known, k makes the update k.

    Args:
        learner: with one chip or several.
        features: [chips, examples, features] of the support set.
        labels: int64 [examples].
        step: of `write_count`.
    """
    if step == 0:
        healing.get_round_known(learner)
        learner.initialise()
    else:
        learner.update(features, labels, step - 1)


def open_journal(folder: Path, learner: Learner, features: Tensor, labels: Tensor, chip: str = "") -> Journal:
    """Open the journal of an adaptation, or begin one; no chip is touched.

    Args:
        folder: of the journal.
        learner: with one chip or several, which may have been written in part before.
        features: [chips, examples, features] of the support set.
        labels: int64 [examples].
        chip: what the chip tells of itself; "" where it tells nothing.

    Raises:
        JournalError: the journal is damaged, or of another bundle, task or learner, or of chips of another size.
    """
    task = hashlib.sha256(features.contiguous().numpy().tobytes() + labels.numpy().tobytes()).hexdigest()
    settings = repr(dataclasses.replace(learner.settings, limits=None))
    journal = Journal(folder, Opening(bundle=learner.bundle.digest, task=task, settings=settings, chip=chip))
    if journal.begun is not None:
        wanted, found = (learner.crossbar.chips, learner.crossbar.datasheet.cells), journal.write().targets.shape
        if wanted != tuple(found):
            raise JournalError(
                f"The journal in {folder} is of {found[0]} chips with {found[1]} cells, not of {wanted[0]} with "
                f"{wanted[1]}. Put the right chip in its place, or begin anew in another folder."
            )
    return journal


def replacement(journal: Journal, learner: Learner, chip: str = "") -> str:
    """Why the chip is not the one that the journal has written; empty where nothing speaks against it.

    A chip that tells its serial number is known by it. Any chip is known to be another one, or to have lost its meter,
    when it counts fewer pulses than it had.
    """
    if journal.begun is None:
        return ""
    if chip != journal.chip:
        return f"The journal was written to the chip '{journal.chip}'; '{chip}' stands in its place now."
    counted = learner.crossbar.meter().pulses.tolist()
    for now, before in zip(counted, journal.pulses, strict=True):
        if now < before:
            return (
                f"The chip counts {now} pulses and had {before} when the journal last looked: it is another chip, or "
                "its meter was reset."
            )
    return ""


def run(
    journal: Journal,
    learner: Learner,
    features: Tensor,
    labels: Tensor,
    chip: str = "",
    after: Callable[[int, Tensor], None] = lambda step, changed: None,
) -> None:
    """Make every write that the journal does not have, and verify the last one that it has.

    Args:
        journal: see `open_journal`, and for the other arguments.
        learner: with the chips.
        features: of the support set.
        labels: of the support set.
        chip: what it tells of itself.
        after: told each step that has been written and verified, and the cells whose target it moved, int64 [chips];
            the step gone on from comes first.
    """
    reached = -1
    if journal.begun is not None:
        reached, write = journal.begun.step, journal.write()
        replaced = bool(replacement(journal, learner, chip))
        was_formed = not replaced and (reached > 0 or journal.done is not None)
        forming = write.targets.new_zeros(0, dtype=torch.int64) if was_formed else None
        if chip != journal.chip:
            journal.replace(chip)
        learner.faults = healing.known_faults(learner.crossbar)
        learner.resume(write.head, write.targets, write.standard, None if replaced else write.account, forming)
        journal.end(reached, learner)
        after(reached, learner.changed.new_tensor(journal.begun.changed))
    try:
        for step in range(reached + 1, write_count(learner)):
            learner.before_pulses = lambda step=step: journal.begin(step, learner)
            write_step(learner, features, labels, step)
            journal.end(step, learner)
            after(step, learner.changed)
    finally:
        learner.before_pulses = None


def adapt(learner: Learner, features: Tensor, labels: Tensor, folder: Path, chip: str = "") -> int:
    """Open a journal and `run` it.

    Returns:
        The step that was gone on from; -1 for a fresh start.

    Raises:
        JournalError: the journal is damaged, or of another bundle, task or learner, or of chips of another size.
    """
    journal = open_journal(folder, learner, features, labels, chip)
    reached = -1 if journal.begun is None else journal.begun.step
    run(journal, learner, features, labels, chip)
    return reached
