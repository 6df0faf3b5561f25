"""Faults, what the host does about them, and the cost: accuracy, pulses, energy, time."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import torch

from ohmshot.adapt.adaptations import Adaptations
from ohmshot.adapt.run import adapt_chips
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.source import ObservedCrossbar
from ohmshot.adapt.tasks import Tasks
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import InjectedCrossbar, simulated_chips
from ohmshot.chip.faults.injection import NOTHING, Injection
from ohmshot.chip.meter import MeterReading
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.care.care import NO_CARE, REPAIR, TEST_FIRST, Care
from ohmshot.host.guard import GuardedCrossbar
from ohmshot.host.learner import LearnerSettings
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings
from ohmshot.study.tasks import AT_ONCE, tasks_for
from ohmshot.wire.client.crossbar import RemoteCrossbar
from ohmshot.wire.client.faulty_link import FaultyLink
from ohmshot.wire.client.links import Link
from ohmshot.wire.client.numbered import NumberedConversation
from ohmshot.wire.loopback import LoopbackLink
from ohmshot.wire.protocol.faulty_line import FaultyLine, line_faults
from ohmshot.wire.server.simulated_station import SimulatedStation

SAID = {NO_CARE: "nothing", REPAIR: "tests where it misses", TEST_FIRST: "tests before"}
ONE_BY_ONE = 40
"""Adaptations over a line with faults, one after another: answers are compared, so a few tell as much as many."""
SHARED_HEAT = 25
"""Chips of a batch where they heat up; a batch shares one temperature."""


@dataclass(frozen=True)
class Case:
    """One row: a fault and what is done about it.

    Attributes:
        name: of the fault, as `--inject` has it; empty for none.
        injection: of it.
        care: about stuck cells.
        answer: what the host does, for the table.
    """

    name: str
    injection: Injection
    care: Care
    answer: str


def _cells(name: str, cares: tuple[Care, ...], **values: float) -> list[Case]:
    injection = Injection.model_validate(values)
    return [Case(name, injection, care, SAID[care]) for care in cares]


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
class Outcome:
    """Adaptations of a case, and what happened on the way.

    Attributes:
        batch: of all its adaptations.
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
    table = _table(cases, outcomes)
    return Measurement({"faults": table}, _findings(table, outcomes[0], list(zip(cases, outcomes, strict=True))))


def _run(settings: StudySettings, tasks: Tasks, case: Case) -> Outcome:
    if case.injection.of_line:
        return _over_a_line(settings, tasks, case)
    hot = bool(case.injection.over_temperature)
    batches, met, paused = [], 0, 0.0
    for numbers in _chunks(settings.episodes, SHARED_HEAT if hot else AT_ONCE):
        chips = [number % settings.chips for number in numbers]
        made = simulated_chips(
            settings.parameters.values, Circuit(), settings.seed, chips, list(numbers), case.injection
        )
        crossbar = GuardedCrossbar(made) if isinstance(made, InjectedCrossbar) else made
        batches.append(_adapted(crossbar, settings, tasks, case, numbers))
        if isinstance(crossbar, GuardedCrossbar):
            met += crossbar.met["brown-outs"] + len(numbers) * crossbar.met["pauses for heat"]
            paused += len(numbers) * crossbar.paused_s
    return Outcome(Adaptations.cat(batches), met, 0, paused)


def _over_a_line(settings: StudySettings, tasks: Tasks, case: Case) -> Outcome:
    station = SimulatedStation(settings.parameters, settings.seed)
    line = FaultyLine(line_faults(case.injection), settings.seed)

    def link() -> Link:
        return FaultyLink(LoopbackLink(station), line)

    crossbar, batches = RemoteCrossbar(link(), reconnect=link), []
    for numbers in _chunks(min(settings.episodes, ONE_BY_ONE), 1):
        crossbar.fresh([numbers.start % settings.chips], [numbers.start])
        batches.append(_adapted(crossbar, settings, tasks, case, numbers))
    assert isinstance(crossbar.conversation, NumberedConversation)
    interruptions = crossbar.conversation.interruptions
    return Outcome(Adaptations.cat(batches), sum(line.met.values()), interruptions.sent_again, interruptions.paused_s)


def _adapted(
    crossbar: ObservedCrossbar,
    settings: StudySettings,
    tasks: Tasks,
    case: Case,
    numbers: range,
) -> Adaptations:
    wanted = AdaptationSettings(
        episodes=settings.episodes,
        chips=settings.chips,
        seed=settings.seed,
        learner=LearnerSettings(strategy=settings.strategy),
        care=case.care,
    )
    return adapt_chips(crossbar, settings.bundle, tasks, wanted, numbers)


def _chunks(episodes: int, at_once: int) -> Iterator[range]:
    for first in range(0, episodes, at_once):
        yield range(first, min(episodes, first + at_once))


def _spent(batch: Adaptations) -> MeterReading:
    """Initialisation and updates together."""
    total = batch.initialisation
    for update in batch.updates:
        total = total + update
    return total


def _table(cases: tuple[Case, ...], outcomes: list[Outcome]) -> pl.DataFrame:
    rows = []
    calm = outcomes[0].batch
    for case, outcome in zip(cases, outcomes, strict=True):
        batch = outcome.batch
        right, baked, count = batch.accuracy[:, -1], batch.accuracy_after_bake, len(batch.accuracy)
        spent, without = _spent(batch), _spent(calm)[:count]
        rows.append(
            (
                case.name or "none",
                case.answer,
                count,
                100 * float(right.mean()),
                100 * half_interval(right),
                100 * float(baked.mean()),
                float(batch.cells_stuck.double().mean()),
                float((spent.pulses - without.pulses).double().mean()),
                1e6 * float((spent.joules - without.joules).mean()),
                1e3 * float((spent.seconds - without.seconds).mean()),
                outcome.met / count,
                outcome.sent_again / count,
                outcome.paused_s / count,
            )
        )
    columns = [
        "fault",
        "host",
        "adaptations",
        "accuracy_pct",
        "ci95_pct",
        "baked_pct",
        "cells_known",
        "extra_pulses",
        "extra_energy_uj",
        "extra_busy_ms",
        "faults_met",
        "sent_again",
        "paused_s",
    ]
    return pl.DataFrame(rows, columns, orient="row")


def _findings(table: pl.DataFrame, calm: Outcome, all_: list[tuple[Case, Outcome]]) -> tuple[str, ...]:
    base = table.row(0, named=True)
    found = [f"Without faults {base['accuracy_pct']:.2f} ± {base['ci95_pct']:.2f} %."]
    for name in table["fault"].unique(maintain_order=True)[1:]:
        part = table.filter(fault=name)
        said = "; ".join(
            f"{row['host']}: {row['accuracy_pct']:.2f} ± {row['ci95_pct']:.2f} %, "
            f"{round(row['extra_pulses']):+d} pulses"
            for row in part.iter_rows(named=True)
        )
        found.append(f"{name}: {said}.")
    for case, outcome in all_:
        if case.injection.of_line:
            count = len(outcome.batch.answers)
            same = torch.equal(outcome.batch.answers, calm.batch.answers[:count])
            found.append(f"{case.name}: all answers {'are those' if same else 'are NOT those'} of an undisturbed line.")
    return tuple(found)


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
