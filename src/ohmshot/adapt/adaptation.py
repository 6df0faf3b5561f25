"""The act itself: a chip learns a task. The one loop that everything else iterates.

    for step in adaptation(learner, support, labels):
        ...  # look at the chip: measure answers, read cells, take its picture

Whoever iterates looks between the steps, and what that costs is charged to no step.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.adapt.journal import Journal, replacement
from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.summary import Summarised, Summary, with_unit
from ohmshot.host.care.care import REPAIR, Care
from ohmshot.host.learner import Learner
from ohmshot.host.writer import NO_CELLS


@dataclass(frozen=True, repr=False)
class Step(Summarised):
    """One write of an adaptation, care included.

    Attributes:
        number: 0 for the initialisation, k for update k.
        changed: cells whose target it moved, int64 [chips].
        missed: addresses of the cells that missed their target in its last write, [n].
        cost: pulses, reads, multiplies, energy and busy time of the step.
        meter: reading of the chips' meters at its end.

    Examples:
        >>> import ohmshot as oh
        >>> learner = oh.Learner(oh.SimulatedChips(chips=2), oh.load_bundle())
        >>> task = oh.draw_tasks(oh.load_examples("invented"))
        >>> features = learner.bundle.features(task.support[0])
        >>> first, *others = oh.adaptation(learner, features, task.support_labels)
        >>> first.number, first.changed.tolist(), len(others)
        (0, [2048, 2048], 5)
    """

    number: int
    changed: Tensor
    missed: Tensor
    cost: MeterReading
    meter: MeterReading

    def _summary(self) -> Summary:
        name = "initialisation" if self.number == 0 else f"update {self.number}"
        moved, missed = float(self.changed.double().mean()), self.missed.numel() / len(self.changed)
        joules, costs = with_unit(float(self.cost.joules.mean()), "J"), self.cost._summary()
        text = f"{name}: {moved:,.0f} cells moved and {missed:,.1f} missed on a chip, {joules}"
        return Summary(text, costs.rows, costs.headings)


def adaptation(
    learner: Learner, support: Tensor, labels: Tensor, care: Care = REPAIR, journal: Journal | None = None
) -> Iterator[Step]:
    """Write the learned initialisation, then make every update.

    With a journal, what shall be written is on the disk before its first pulse, and that it was verified after its last
    one. A host that starts again begins with the last write that had begun: every cell of the chip is brought to its
    targets, read and verified, whether or not the journal says that it was done, so that a half-written array, or
    another chip, is never taken for whole (docs/journal.md).

    Args:
        learner: with the chips, fresh, used or half-written.
        support: features of the support set, [chips, examples, features], or [examples, features] for one task on every
            chip.
        labels: int64 [examples].
        care: what is done about faults of the chips.
        journal: journal of this adaptation (`ohmshot.adapt.journal.open_journal`); None for none.

    Yields:
        Each step once it is done, from the one that is gone on from.

    Raises:
        LimitError: a step could exceed a limit; no pulse of what could was given.
        ChipError: a chip has too many faults to be of use, or fails.

    Examples:
        >>> import ohmshot as oh
        >>> learner = oh.Learner(oh.SimulatedChips(), oh.load_bundle())
        >>> task = oh.draw_tasks(oh.load_examples("invented"))
        >>> support, query = (learner.bundle.features(drawings[0]) for drawings in (task.support, task.query))
        >>> for step in oh.adaptation(learner, support, task.support_labels):
        ...     answers = learner.forward(query).logits[0].argmax(-1)  # between steps one may look
        >>> bool((answers == task.query_labels).double().mean() > 0.8)
        True
    """
    learner.begin_task(support, labels)
    first = 0
    if journal is not None and journal.begun is not None:
        first = journal.begun.step + 1
        yield _resumed(learner, care, journal)
    for number in range(first, 1 + len(learner.bundle.rates)):
        yield _step(learner, number, care, journal)


def updates(learner: Learner, support: Tensor, labels: Tensor, care: Care = REPAIR) -> Iterator[Step]:
    """Make every update on chips that hold an initialisation or another task; see `adaptation`."""
    learner.begin_task(support, labels)
    for number in range(1, 1 + len(learner.bundle.rates)):
        yield _step(learner, number, care)


def _step(learner: Learner, number: int, care: Care, journal: Journal | None = None) -> Step:
    before = learner.crossbar.meter()
    with _recorded(learner, number, journal):
        if number == 0:
            care.before(learner)
            learner.initialise()
        else:
            learner.update(number - 1)
        care.after_write(learner, number)
    return _done(learner, number, before)


def _resumed(learner: Learner, care: Care, journal: Journal) -> Step:
    """Bring the last write that had begun to its end."""
    assert journal.begun is not None
    before, begun, write = learner.crossbar.meter(), journal.begun, journal.write()
    replaced = bool(replacement(journal, learner))
    was_formed = not replaced and (begun.step > 0 or journal.done is not None)
    if journal.chip_there != journal.chip:
        journal.replace(journal.chip_there)
    care.resumed(learner)
    account, forming = (None if replaced else write.account), (NO_CELLS if was_formed else None)
    learner.resume(write.head, write.targets, write.standard, account, forming)
    learner.changed = torch.tensor(begun.changed)
    with _recorded(learner, begun.step, journal):
        care.after_write(learner, begun.step)
    return _done(learner, begun.step, before)


@contextlib.contextmanager
def _recorded(learner: Learner, number: int, journal: Journal | None) -> Iterator[None]:
    """Keep every write of this block in the journal, and that the step is done where the block ends well."""
    if journal is None:
        yield
        return
    learner.writer.before_pulses = lambda: journal.begin(number, learner)
    try:
        yield
    finally:
        learner.writer.before_pulses = None
    journal.end(number, learner)


def _done(learner: Learner, number: int, before: MeterReading) -> Step:
    meter = learner.crossbar.meter()
    return Step(number, learner.changed, learner.missed, meter - before, meter)
