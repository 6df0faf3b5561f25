"""Writes of a task, tasks of a chip's life, and accuracy with stuck cells by what the host does about them."""

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.adapt.adaptation import updates
from ohmshot.adapt.adaptations import adapted
from ohmshot.adapt.source import numbered_chips
from ohmshot.adapt.tasks import Tasks
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import every_cell
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.chunks import ranges
from ohmshot.host.care.care import NO_CARE, Care, work_around
from ohmshot.host.care.remap import with_spare_units
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.studies.endurance.findings import findings
from ohmshot.studies.endurance.rungs import climbs, rung_steps, rung_table
from ohmshot.studies.endurance.tables import (
    STUCK,
    WORN,
    accuracy_table,
    curve_table,
    failed_share,
    life_table,
    placement_of,
    wear_table,
    writes_table,
)
from ohmshot.studies.endurance.writes import LearningCurve, learning_curve, scratch_bundle
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings, step_counter
from ohmshot.study.tasks import AT_ONCE, tasks_for

SPARES = 4
SPARE_COLUMNS = 8
"""Bit lines beyond the 64 that give room for the spare hidden units."""
HELPS = ("nothing", "partners", "partners and places", "partners, places and spares")


@dataclass(frozen=True)
class EnduranceGrid:
    """Points of the study.

    Attributes:
        scratch_updates: updates from random weights.
        tasks_in_a_row: tasks that one chip learns in succession, to measure wear.
        stuck: shares of cells stuck in the low resistance state from the start.
        life: tasks learned before the accuracy is measured, in lives of the cell that learning wears most.
    """

    scratch_updates: int
    tasks_in_a_row: int
    stuck: tuple[float, ...]
    life: tuple[float, ...]


GRIDS: dict[Size, EnduranceGrid] = {
    "default": EnduranceGrid(60, 20, (0.0, 0.01, 0.02, 0.05, 0.1), (0.5, 1.0, 2.0, 5.0, 10.0)),
    "small": EnduranceGrid(8, 2, (0.0, 0.05), (0.1,)),
}


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Count writes, wear chips out, break cells."""
    grid = GRIDS[settings.size]
    tasks = tasks_for(settings)
    step = step_counter(progress, 2 + rung_steps(settings) + (len(grid.stuck) + len(grid.life)) * len(HELPS))
    rungs = rung_table(list(climbs(settings, step)))
    ours, scratch = _writes(settings, tasks, grid)
    step()
    wear = _wear_a_task(settings, tasks, grid)
    step()
    stuck, life = [], []
    for share in grid.stuck:
        broken = dataclasses.replace(settings.parameters.values, stuck_high_share=share)
        for help_ in HELPS:
            stuck.append((share, share, help_, _broken(settings, tasks, broken, help_, None)))
            step()
    values = settings.parameters.values
    for share in grid.life:
        learned_before = share * values.endurance_cycles / float(wear.max())
        failed = failed_share(wear, learned_before, values.endurance_cycles, values.endurance_shape)
        for help_ in HELPS:
            right = _broken(settings, tasks, values, help_, learned_before * wear)
            life.append((learned_before, failed, help_, right))
            step()
    tables = {
        "rungs": rungs,
        "writes": writes_table(ours, scratch, settings.bundle),
        "learning": curve_table([ours, scratch]),
        "wear": wear_table(wear, settings.bundle),
        "life": life_table(wear, settings),
        "worn": accuracy_table(life, WORN),
        "stuck": accuracy_table(stuck, STUCK),
    }
    return Measurement(tables, tuple(findings(tables)), ("prabhu2022chimera",))


def _fresh(
    settings: StudySettings, bundle: Bundle, numbers: range, parameters: CellParameters, circuit: Circuit
) -> tuple[Learner, SimulatedCrossbar]:
    crossbar = numbered_chips(parameters, circuit, settings.seed, range(settings.chips), numbers)
    return Learner(crossbar, bundle, LearnerSettings(strategy=settings.strategy)), crossbar


def _writes(settings: StudySettings, tasks: Tasks, grid: EnduranceGrid) -> tuple[LearningCurve, LearningCurve]:
    """Learn equal tasks from the learned initialisation and from random weights."""
    some = settings.at_most(AT_ONCE)
    numbers = range(some.episodes)
    ours, scratch = (
        learning_curve(
            start, _fresh(some, bundle, numbers, settings.parameters.values, Circuit())[0], tasks.batch(numbers)
        )
        for start, bundle in (
            ("learned initialisation", settings.bundle),
            ("random weights", scratch_bundle(settings.bundle, grid.scratch_updates, settings.seed)),
        )
    )
    return ours, scratch


def _wear_a_task(settings: StudySettings, tasks: Tasks, grid: EnduranceGrid) -> Tensor:
    """SET/RESET cycles that a task costs each cell, return to the initialisation included; mean of chips, [cells]."""
    chips = min(settings.chips, settings.episodes)
    learner, _ = _fresh(settings, settings.bundle, range(chips), settings.parameters.values, Circuit())
    learner.initialise()
    start = learner.crossbar.wear()
    count = min(grid.tasks_in_a_row, settings.episodes // chips)
    for turn in range(count):
        task = tasks.batch(range(turn * chips, (turn + 1) * chips))
        for _ in updates(learner, task.support, task.support_labels, NO_CARE):
            pass
        learner.restart()
    return ((learner.crossbar.wear() - start).double().flatten(1) / count).mean(0)


def _broken(
    settings: StudySettings, tasks: Tasks, parameters: CellParameters, help_: str, cycles: Tensor | None
) -> Tensor:
    """Accuracy after five updates on chips with stuck or worn cells, [episodes]."""
    some = settings.at_most(2 * AT_ONCE)
    spares = SPARES if help_ == HELPS[3] else 0
    bundle = with_spare_units(settings.bundle, spares) if spares else settings.bundle
    circuit = Circuit(columns=Circuit().columns + SPARE_COLUMNS) if spares else Circuit()
    right = []
    for numbers in ranges(some.episodes, AT_ONCE):
        learner, crossbar = _fresh(some, bundle, numbers, parameters, circuit)
        crossbar.form(every_cell(crossbar))
        if cycles is not None:
            crossbar.wear_in(_spread(learner, cycles, settings.bundle))
        chips = adapted(learner, crossbar, tasks.batch(numbers), _care(help_))
        right.append(chips.learned)
    return torch.cat(right)


def _care(help_: str) -> Care:
    """Care for formed chips: what is done about their stuck cells before the initialisation is written."""

    def before(learner: Learner) -> None:
        faults = learner.writer.test(every_cell(learner.crossbar))
        if help_ == HELPS[1]:
            learner.avoid(faults)
        else:
            work_around(learner, faults, SPARES if help_ == HELPS[3] else 0)

    return NO_CARE if help_ == HELPS[0] else dataclasses.replace(NO_CARE, name=help_, before=before)


def _spread(learner: Learner, cycles: Tensor, bundle: Bundle) -> Tensor:
    """Cycles of every cell, [chips, cells]: each as worn as the cell that holds its weight on the plain array."""
    plain = placement_of(bundle)
    wide = learner.array.placement
    spread = torch.zeros(learner.crossbar.datasheet.cells, dtype=cycles.dtype)
    hidden = plain.plus[0].shape[1]
    for ours, theirs in ((wide.plus, plain.plus), (wide.minus, plain.minus)):
        spread[ours[0][:, :hidden]] = cycles[theirs[0]]
        spread[ours[1][:hidden]] = cycles[theirs[1][:hidden]]
        spread[ours[1][-1]] = cycles[theirs[1][-1]]
    return spread.expand(learner.crossbar.chips, -1)


STUDY = Study(
    name="endurance",
    title="Endurance: writes a task costs, tasks a chip lives for, and stuck cells",
    question="How many tasks can a chip learn before its cells wear out, and what helps when they get stuck?",
    measure=measure,
    counts={"default": Counts(20, 400), "small": Counts(2, 4)},
    assumptions={
        "endurance_cycles": "both ends, tasks to failure; accuracy scales with it, since only tasks over life count",
        "endurance_shape": "not swept",
        "endurance_closure_start": "not swept; it matters only beyond itself",
        "stuck_high_share": "0 to 0.1, beyond its range",
        "stuck_low_share": "not swept: a worn cell of this kind conducts",
    },
    two_layers=True,
)
