"""How many writes learning costs, how many tasks a chip lives to learn, and what helps when cells get stuck."""

import dataclasses
import math
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.adapted import AT_ONCE, Tasks, learned, tasks_for
from ohmshot.bundle.bundle import Bundle
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.care.faults import find_stuck
from ohmshot.host.care.remap import remap, with_spare_units
from ohmshot.host.learner import Learner, LearnerSettings
from ohmshot.host.placement import Placement, place
from ohmshot.studies.endurance.writes import Curve, curve_table, learning_curve, scratch_bundle, writes_table
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings

SPARES = 4
SPARE_COLUMNS = 8
"""Bit lines beyond the 64 that give room for the spare hidden units."""
HELPS = ("nothing", "partners", "partners and places", "partners, places and spares")


@dataclass(frozen=True)
class Grid:
    """What is visited.

    Attributes:
        scratch_updates: from random weights.
        tasks_in_a_row: that one chip learns, to measure wear.
        stuck: shares of cells stuck in the low resistance state from the start.
        life: how many tasks before the accuracy is measured, in lives of the cell that learning wears most.
    """

    scratch_updates: int
    tasks_in_a_row: int
    stuck: tuple[float, ...]
    life: tuple[float, ...]


GRIDS: dict[Size, Grid] = {
    "default": Grid(60, 20, (0.0, 0.01, 0.02, 0.05, 0.1), (0.5, 1.0, 2.0, 5.0, 10.0)),
    "small": Grid(8, 2, (0.0, 0.05), (0.1,)),
}


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Count writes, wear chips out, break cells."""
    grid = GRIDS[settings.size]
    tasks = tasks_for(settings)
    steps = 2 + (len(grid.stuck) + len(grid.life)) * len(HELPS)
    ours, scratch = _writes(settings, tasks, grid)
    progress(1, steps)
    wear = _wear_a_task(settings, tasks, grid)
    progress(2, steps)
    done = 2
    stuck, life = [], []
    for share in grid.stuck:
        broken = dataclasses.replace(settings.parameters.values, stuck_high_share=share)
        for help_ in HELPS:
            stuck.append((share, help_, _broken(settings, tasks, broken, help_, None)))
            done += 1
            progress(done, steps)
    cycles = settings.parameters.values.endurance_cycles
    for share in grid.life:
        learned_before = share * cycles / float(wear.max())
        for help_ in HELPS:
            right = _broken(settings, tasks, settings.parameters.values, help_, learned_before * wear)
            life.append((learned_before, help_, right))
            done += 1
            progress(done, steps)
    tables = {
        "writes": writes_table(ours, scratch, settings.bundle),
        "learning": curve_table([ours, scratch]),
        "wear": _wear_table(wear, settings.bundle),
        "life": _life_table(wear, settings),
        "worn": _accuracy_table(life, "tasks_learned", settings, wear),
        "stuck": _accuracy_table(stuck, "stuck_share", settings, None),
    }
    return Measurement(tables, _findings(tables))


def _fresh(
    settings: StudySettings, bundle: Bundle, numbers: range, parameters: CellParameters, circuit: Circuit
) -> tuple[Learner, SimulatedCrossbar]:
    crossbar = SimulatedCrossbar(
        parameters, circuit, settings.seed, [number % settings.chips for number in numbers], list(numbers)
    )
    return Learner(crossbar, bundle, LearnerSettings(strategy=settings.strategy)), crossbar


def _writes(settings: StudySettings, tasks: Tasks, grid: Grid) -> tuple[Curve, Curve]:
    """Learn the same tasks from the learned initialisation and from random weights."""
    some = settings.at_most(AT_ONCE)
    numbers = range(some.episodes)
    ours, scratch = (
        learning_curve(
            start,
            _fresh(some, bundle, numbers, settings.parameters.values, Circuit())[0],
            tasks,
            tasks.episodes.part(slice(len(numbers))),
        )
        for start, bundle in (
            ("learned initialisation", settings.bundle),
            ("random weights", scratch_bundle(settings.bundle, grid.scratch_updates, settings.seed)),
        )
    )
    return ours, scratch


# --- wear: one task after the other -----------------------------------------------------------------------------------


def _wear_a_task(settings: StudySettings, tasks: Tasks, grid: Grid) -> Tensor:
    """SET/RESET cycles that a task costs each cell, return to the initialisation included; mean of chips, [cells]."""
    chips = min(settings.chips, settings.episodes)
    learner, _ = _fresh(settings, settings.bundle, range(chips), settings.parameters.values, Circuit())
    learner.initialise()
    start = learner.crossbar.wear()
    count = min(grid.tasks_in_a_row, settings.episodes // chips)
    for turn in range(count):
        episodes = tasks.episodes.part(slice(turn * chips, (turn + 1) * chips))
        support = episodes.support(tasks.features)
        for step in range(len(settings.bundle.header.rates)):
            learner.update(support, episodes.support_labels, step)
        learner.restart()
    return ((learner.crossbar.wear() - start).double().flatten(1) / count).mean(0)


def _plain(bundle: Bundle) -> Placement:
    """Where the weights of a bundle lie on one array."""
    shapes = tuple((weights.shape[0], weights.shape[1]) for weights in bundle.head)
    return place(shapes, Circuit().rows, Circuit().columns)


def _wear_table(wear: Tensor, bundle: Bundle) -> pl.DataFrame:
    """Cycles a task costs, by layer."""
    placement = _plain(bundle)
    rows = []
    for name, layer in (("first", 0), ("second", 1)):
        here = wear[torch.cat([placement.plus[layer].flatten(), placement.minus[layer].flatten()])]
        rows.append((name, len(here), float(here.mean()), float(here.quantile(0.5)), float(here.max())))
    columns = ["layer", "cells", "mean_cycles_a_task", "median_cycles_a_task", "most_cycles_a_task"]
    return pl.DataFrame(rows, columns, orient="row")


def _life_table(wear: Tensor, settings: StudySettings) -> pl.DataFrame:
    """Tasks until a share of the cells has failed: cells fail by Weibull's law at their own pace.

    Expected share after n tasks: mean over cells of ``1 - exp(-(n w / scale)^shape)``.
    """
    quantity = settings.parameters.quantities["endurance_cycles"]
    shape = settings.parameters.values.endurance_shape
    low, high = quantity.swept_values or (quantity.value, quantity.value)
    rows = [
        (scale, *(_tasks_to_share(wear, scale, shape, share) for share in (1 / 2048, 0.001, 0.01, 0.05)))
        for scale in sorted({float(low), float(quantity.value), float(high)})  # type: ignore[arg-type]
    ]
    columns = ["endurance_cycles", "tasks_to_first_cell", "tasks_to_0.1_pct", "tasks_to_1_pct", "tasks_to_5_pct"]
    return pl.DataFrame(rows, columns, orient="row")


def failed_share(wear: Tensor, tasks: float, scale: float, shape: float) -> float:
    """Expected share of cells that have failed after some tasks, each at its own wear a task [cells]."""
    return float(-torch.expm1(-((tasks * wear / scale) ** shape)).mean())


def _tasks_to_share(wear: Tensor, scale: float, shape: float, share: float) -> float:
    """Solve `failed_share` for the number of tasks by bisection in its logarithm."""
    low, high = 0.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if failed_share(wear, math.exp(middle), scale, shape) < share else (low, middle)
    return math.exp((low + high) / 2)


# --- faults -----------------------------------------------------------------------------------------------------------


def _broken(
    settings: StudySettings, tasks: Tasks, parameters: CellParameters, help_: str, cycles: Tensor | None
) -> Tensor:
    """Accuracy after five updates on chips with stuck or worn cells, [episodes]."""
    some = settings.at_most(2 * AT_ONCE)
    spares = SPARES if help_ == HELPS[3] else 0
    bundle = with_spare_units(settings.bundle, spares) if spares else settings.bundle
    circuit = Circuit(columns=Circuit().columns + SPARE_COLUMNS) if spares else Circuit()
    right = []
    for first in range(0, some.episodes, AT_ONCE):
        numbers = range(first, min(some.episodes, first + AT_ONCE))
        learner, crossbar = _fresh(some, bundle, numbers, parameters, circuit)
        crossbar.form(torch.arange(crossbar.chips * crossbar.datasheet.cells))
        if cycles is not None:
            crossbar.wear_in(_spread(learner, cycles, settings.bundle))
        if help_ != HELPS[0]:
            faults = find_stuck(crossbar)
            if help_ != HELPS[1]:
                remap(learner, faults, spares)
            learner.faults = faults
        learner.initialise()
        right.append(learned(learner, crossbar, tasks, numbers).accuracy_by_update[:, -1])
    return torch.cat(right)


def _spread(learner: Learner, cycles: Tensor, bundle: Bundle) -> Tensor:
    """Cycles of every cell of every chip, [chips, cells]: those of the same weight on the plain array."""
    plain = _plain(bundle)
    wide = learner.placement
    spread = torch.zeros(learner.crossbar.datasheet.cells, dtype=cycles.dtype)
    hidden = plain.plus[0].shape[1]
    for ours, theirs in ((wide.plus, plain.plus), (wide.minus, plain.minus)):
        spread[ours[0][:, :hidden]] = cycles[theirs[0]]
        spread[ours[1][:hidden]] = cycles[theirs[1][:hidden]]
        spread[ours[1][-1]] = cycles[theirs[1][-1]]
    return spread.expand(learner.crossbar.chips, -1)


def _accuracy_table(
    measured: list[tuple[float, str, Tensor]], first: str, settings: StudySettings, wear: Tensor | None
) -> pl.DataFrame:
    values = settings.parameters.values
    rows = []
    for x, help_, right in measured:
        failed = x if wear is None else failed_share(wear, x, values.endurance_cycles, values.endurance_shape)
        rows.append((x, 100 * failed, help_, 100 * float(right.mean()), 100 * half_interval(right)))
    return pl.DataFrame(rows, [first, "stuck_pct", "help", "accuracy_pct", "ci95_pct"], orient="row")


def _findings(tables: dict[str, pl.DataFrame]) -> tuple[str, ...]:
    writes = tables["writes"]
    ours, scratch = writes.row(0, named=True), writes.row(1, named=True)
    ratio = scratch["cell_writes"] / ours["cell_writes"]
    reached = "is as accurate" if scratch["as_accurate"] else f"is at {scratch['accuracy_pct']:.1f} %"
    found = [
        f"Five updates write {ours['cell_writes']:.0f} cells ({ours['mean_cycles']:.2f} cycles a cell in the mean, "
        f"{ours['most_cycles']:.0f} for the worst) and end at {ours['accuracy_pct']:.1f} %; from random weights the "
        f"same layers on the same features need {scratch['updates']} updates and {ratio:.1f} times as many cell writes "
        f"until the chip {reached}.",
    ]
    found.extend(
        f"{row['way'][0].upper()}{row['way'][1:]}: {row['cell_writes']:.2g} cell writes, "
        f"{row['cell_writes'] / ours['cell_writes']:.2g} times as many as our five updates (counted, not simulated)."
        for row in writes.filter(pl.col("counted") == "by hand").iter_rows(named=True)
    )
    found.extend(
        f"With cells that live {row['endurance_cycles']:.0e} cycles a chip learns {row['tasks_to_first_cell']:.2g} "
        f"tasks before its first cell fails and {row['tasks_to_1_pct']:.2g} before 1 % have failed."
        for row in tables["life"].iter_rows(named=True)
    )
    for name, what in (("worn", "worn"), ("stuck", "stuck from the start")):
        table = tables[name]
        last = table.filter(pl.col("stuck_pct") == table["stuck_pct"].max())
        said = ", ".join(f"{row['help']} {row['accuracy_pct']:.1f} %" for row in last.iter_rows(named=True))
        found.append(f"With {last['stuck_pct'][0]:.2g} % of the cells {what}, accuracy by what helps: {said}.")
    return tuple(found)


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
)
