"""Faults, what the host does about them, and the cost: accuracy, pulses, energy, time."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add

import polars as pl
import torch

from ohmshot.adapt.adaptations import Adaptations, adapted
from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.adapt.source import simulated_source
from ohmshot.adapt.tasks import Tasks
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.foundation.chunks import ranges
from ohmshot.foundation.sentences import signed_count
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.host.care.care import NO_CARE, REPAIR, TEST_FIRST, Care
from ohmshot.host.guard import GuardedCrossbar
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings
from ohmshot.study.tasks import AT_ONCE, tasks_for
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.faulty_link import FaultyLink
from ohmshot.wire.client.links import Link
from ohmshot.wire.client.numbered import NumberedConversation
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.faulty_line import FaultyLine
from ohmshot.wire.server.simulated_station import SimulatedStation

ANSWERS = {NO_CARE: "nothing", REPAIR: "tests where it misses", TEST_FIRST: "tests before"}
ONE_BY_ONE = 40
"""Adaptations over a line with faults, one after another: answers are compared, so a few tell as much as many."""
SHARED_HEAT = 25
"""Chips of a batch where they heat up; a batch shares one temperature."""


@dataclass(frozen=True)
class Case:
    """One row of the table: a fault, and the care for it.

    Attributes:
        name: fault in the syntax of `--inject`; empty for none.
        injection: the injected fault.
        care: care for stuck cells.
        answer: description of the care in the table.
    """

    name: str
    injection: Injection
    care: Care
    answer: str


def _cells(name: str, cares: tuple[Care, ...], **values: float) -> list[Case]:
    injection = Injection.model_validate(values)
    return [Case(name, injection, care, ANSWERS[care]) for care in cares]


ALL = (NO_CARE, REPAIR, TEST_FIRST)
RECONNECTS = "connects again, sends again"
CASES: dict[Size, tuple[Case, ...]] = {
    "default": (
        *_cells("stuck:0.02", ALL, stuck=0.02),
        *_cells("stuck:0.1", ALL, stuck=0.1),
        *_cells("dead-row:1", ALL, dead_row=1),
        *_cells("dead-column:2", ALL, dead_column=2),
        *_cells("endurance:14", (NO_CARE, REPAIR), endurance=14),
        Case("brown-out:0.05", Injection(brown_out=0.05), REPAIR, "gives what was cut off"),
        Case("over-temperature:0.05", Injection(over_temperature=0.05), REPAIR, "waits until it has cooled"),
        Case("lost-connection:0.01", Injection(lost_connection=0.01), REPAIR, RECONNECTS),
        Case("late-answer:0.01", Injection(late_answer=0.01), REPAIR, RECONNECTS),
        Case("bit-flip:0.01", Injection(bit_flip=0.01), REPAIR, RECONNECTS),
    ),
    "small": (
        *_cells("stuck:0.1", (NO_CARE, REPAIR), stuck=0.1),
        Case("brown-out:0.05", Injection(brown_out=0.05), REPAIR, "gives what was cut off"),
        Case("lost-connection:0.01", Injection(lost_connection=0.01), REPAIR, RECONNECTS),
    ),
}
NO_FAULT = Case("", NOTHING, REPAIR, "nothing to do")


@dataclass(frozen=True)
class FaultOutcome:
    """Adaptations of a case, and what happened on the way.

    Attributes:
        batch: all adaptations of the case.
        met: faults in the middle of work, all adaptations together.
        sent_again: messages sent again, all adaptations together.
        paused_s: pauses of the host for heat or for a connection, all adaptations together; all chips of a batch wait.
    """

    batch: Adaptations
    met: int = 0
    sent_again: int = 0
    paused_s: float = 0.0


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt chips with every fault, and without."""
    tasks, cases = tasks_for(settings), (NO_FAULT, *CASES[settings.size])
    outcomes = []
    for done, case in enumerate(cases):
        outcomes.append(_run(settings, tasks, case))
        progress(done + 1, len(cases))
    visited = list(zip(cases, outcomes, strict=True))
    table = pl.DataFrame([_row(case, outcome, outcomes[0].batch) for case, outcome in visited])
    return Measurement({"faults": table}, tuple(_findings(table, outcomes[0], visited)))


def _run(settings: StudySettings, tasks: Tasks, case: Case) -> FaultOutcome:
    if case.injection.of_line:
        return _over_a_line(settings, tasks, case)
    hot = bool(case.injection.over_temperature)
    batches, met, paused = [], 0, 0.0
    source = simulated_source(settings.parameters, Circuit(), settings.seed, case.injection)
    for numbers in ranges(settings.episodes, SHARED_HEAT if hot else AT_ONCE):
        crossbar = source.chips([number % settings.chips for number in numbers], list(numbers))
        batches.append(_adapted(crossbar, settings, tasks, case, numbers))
        if isinstance(crossbar, GuardedCrossbar):
            met += crossbar.met["brown-outs"] + len(numbers) * crossbar.met["pauses for heat"]
            paused += len(numbers) * crossbar.paused_s
    return FaultOutcome(Adaptations.cat(batches), met, 0, paused)


def _over_a_line(settings: StudySettings, tasks: Tasks, case: Case) -> FaultOutcome:
    station = SimulatedStation(settings.parameters, settings.seed)
    line = FaultyLine(case.injection, settings.seed)

    def link() -> Link:
        return FaultyLink(LoopbackLink(station), line)

    crossbar, batches = RemoteCrossbar(link(), reconnect=link), []
    for numbers in ranges(min(settings.episodes, ONE_BY_ONE), 1):
        crossbar.fresh([numbers.start % settings.chips], [numbers.start])
        batches.append(_adapted(crossbar, settings, tasks, case, numbers))
    assert isinstance(crossbar.conversation, NumberedConversation)
    interruptions = crossbar.conversation.interruptions
    return FaultOutcome(
        Adaptations.cat(batches), sum(line.met.values()), interruptions.sent_again, interruptions.paused_s
    )


def _adapted(
    crossbar: ObservedCrossbar, settings: StudySettings, tasks: Tasks, case: Case, numbers: range
) -> Adaptations:
    learner = Learner(crossbar, settings.bundle, LearnerSettings(strategy=settings.strategy))
    return adapted(learner, crossbar, tasks.batch(numbers), case.care).baked(STANDARD_BAKE)


def _row(case: Case, outcome: FaultOutcome, calm: Adaptations) -> dict[str, str | float]:
    """Row of a case: accuracy, and costs beyond those without faults, means of one adaptation."""
    batch = outcome.batch
    count = len(batch.accuracy)
    # Initialisation and updates together.
    spent, without = (reduce(add, each.updates, each.initialisation) for each in (batch, calm))
    accuracy, half = mean_and_half(batch.learned, 100)
    return {
        "fault": case.name or "none",
        "host": case.answer,
        "adaptations": count,
        "accuracy_percent": accuracy,
        "ci95_percent": half,
        "baked_percent": 100 * float(batch.accuracy_after_bake.mean()),
        "cells_known": float(batch.cells_stuck.double().mean()),
        "extra_pulses": float((spent.pulses - without.pulses[:count]).double().mean()),
        "extra_energy_uj": 1e6 * float((spent.joules - without.joules[:count]).mean()),
        "extra_busy_milliseconds": 1e3 * float((spent.seconds - without.seconds[:count]).mean()),
        "faults_met": outcome.met / count,
        "sent_again": outcome.sent_again / count,
        "paused_s": outcome.paused_s / count,
    }


def _findings(table: pl.DataFrame, calm: FaultOutcome, visited: list[tuple[Case, FaultOutcome]]) -> Iterator[str]:
    base = table.row(0, named=True)
    yield f"Without faults {base['accuracy_percent']:.2f} ± {base['ci95_percent']:.2f} %."
    for (name,), rows in table[1:].group_by("fault", maintain_order=True):
        by_host = "; ".join(
            f"{row['host']}: {row['accuracy_percent']:.2f} ± {row['ci95_percent']:.2f} %, "
            f"{signed_count(round(row['extra_pulses']), 'pulse')}"
            for row in rows.iter_rows(named=True)
        )
        yield f"{name}: {by_host}."
    for case, outcome in visited:
        if case.injection.of_line:
            answers = outcome.batch.answers
            same = torch.equal(answers, calm.batch.answers[: len(answers)])
            yield f"{case.name}: all answers {'are those' if same else 'are NOT those'} of an undisturbed line."


STUDY = Study(
    name="faults",
    title="Faults: what the host does, and what it costs",
    question="What do faults of cells, lines, supply and connection cost when the host does something about them?",
    measure=measure,
    counts={"default": Counts(20, 500), "small": Counts(2, 4)},
    assumptions={
        "stuck_low_share": "replaced by injected faults",
        "stuck_high_share": "replaced by injected faults",
        "endurance_cycles": "replaced by the injected life in the rows of endurance",
    },
)
