"""Bakes of adapted chips, the years of use that they stand for, and cheap repairs.

On Leti's cells all rests on one tuned rate (`retention_loss` and `retention_spread` at 12 h and 150 degrees), which
stands for the retention that the VLSI 2025 summary states; agreement with it is no evidence. What the study adds is
how the answer moves with the assumptions, and the same tasks on cells whose ageing was measured.
"""

import dataclasses
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.adaptations import AdaptedChips
from ohmshot.adapt.bake import STANDARD_BAKE, Bake, stored_until
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.log_relaxation_numbers import relaxes_in_log_time
from ohmshot.cell.state import CellState
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import Interval
from ohmshot.foundation.units import HOUR_S
from ohmshot.host.care.repair import gain_from, rewrite_worst, write_reference_cells
from ohmshot.host.measure.written_levels import write_levels
from ohmshot.studies.retention.findings import findings
from ohmshot.studies.retention.tables import (
    LEVELS,
    Repair,
    accuracy_table,
    equivalence_table,
    lifetime_table,
    repair_table,
    sensitivity_table,
)
from ohmshot.studies.retention.technologies import TECHNOLOGIES, technologies_table
from ohmshot.study.lifetime import falls_below
from ohmshot.study.sensitivity import Variant, variants
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings, step_counter
from ohmshot.study.tasks import AT_ONCE, adapted_chips, tasks_for

LINE = 0.9
"""The accuracy at which a chip counts as having forgotten."""
AGEING_ROWS = ("retention_loss", "retention_spread", "retention_spread_limit", "relaxation_spread_per_decade")
LOG_TIME_ROWS = ("log_relaxation_variance", "log_relaxation_jumps", "loss_rate", "loss_activation_energy")
"""In place of `AGEING_ROWS` where a set relaxes in log time."""
WRITING_ROWS = ("set_spread", "read_noise", "reset_conductance")
FEWER = 200
"""Episodes where chips are written anew for a changed row: these rows are compared coarsely."""
REWRITTEN = (0.02, 0.05, 0.1, 0.2, 0.5)
"""Shares of the cells rewritten by a repair."""


SimulatedChips = AdaptedChips[SimulatedCrossbar]


@dataclass(frozen=True)
class RetentionGrid:
    """Points of the study.

    Attributes:
        bake_h: bake times of the map of accuracy, rising.
        celsius: bake temperatures.
        lifetime_h: bake times at 150 degrees in search of the line, rising.
        repaired_h: bakes at 150 degrees before a repair.
        rows: rows of the parameter set taken to both ends of their range, where it has them.
    """

    bake_h: tuple[float, ...]
    celsius: tuple[float, ...]
    lifetime_h: tuple[float, ...]
    repaired_h: tuple[float, ...]
    rows: tuple[str, ...]


GRIDS: dict[Size, RetentionGrid] = {
    "default": RetentionGrid(
        bake_h=(1 / 60, 1 / 6, 1, 3, 12, 30, 100),
        celsius=(25, 75, 105, 125, 150, 175, 200),
        lifetime_h=(12, 50, 100, 150, 200, 250, 300, 350, 400, 500, 700),
        repaired_h=(12, 50, 100, 200, 300, 400),
        rows=AGEING_ROWS + LOG_TIME_ROWS + WRITING_ROWS,
    ),
    "small": RetentionGrid((1 / 60, 12, 100), (25, 150), (12, 200, 400, 700), (200,), ("retention_loss", "loss_rate")),
}


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt, bake in every way of the grid, extrapolate, repair."""
    grid = GRIDS[settings.size]
    tasks = tasks_for(settings)
    anchored = anchored_at_the_bake(settings.parameters.values)
    used = LOG_TIME_ROWS if relaxes_in_log_time(anchored) else AGEING_ROWS
    ageing = [
        Variant("as stated", "", "", settings.parameters.values),
        *variants(settings.parameters, [row for row in grid.rows if row in used]),
    ]
    writing = list(variants(settings.parameters, [row for row in grid.rows if row in WRITING_ROWS]))
    technologies = len(TECHNOLOGIES[settings.size])
    step = step_counter(progress, math.ceil(settings.episodes / AT_ONCE) + len(writing) + 1 + technologies)
    aged: dict[tuple[str, str, str], list[Tensor]] = defaultdict(list)
    baked: dict[tuple[float, float], list[Tensor]] = defaultdict(list)
    repairs: list[Repair] = []
    fresh = []
    for chips in adapted_chips(settings, tasks, anchored):
        start = chips.crossbar.state.clone()
        fresh.append(chips.learned)
        for celsius in grid.celsius:
            for hours, right in zip(grid.bake_h, _bakes(chips, start, celsius, grid.bake_h), strict=True):
                baked[celsius, hours].append(right)
        for each in ageing:
            right = _lifetime(chips, start, anchored_at_the_bake(each.parameters), grid)
            aged[each.row, each.end, each.label].append(right)
        repairs += _repairs(chips, start, grid.repaired_h)
        step()
    for each in writing:
        changed = anchored_at_the_bake(each.parameters)
        for chips in adapted_chips(settings.at_most(FEWER), tasks, changed):
            right = _lifetime(chips, chips.crossbar.state.clone(), changed, grid)
            aged[each.row, each.end, each.label].append(right)
        step()
    levels = level_spread(settings, grid)
    step()
    crossings = {key: _crossing(settings, grid, torch.cat(parts, 1)) for key, parts in aged.items()}
    tables = {
        "technologies": technologies_table(settings, tasks, step),
        "accuracy": accuracy_table(torch.cat(fresh), {key: torch.cat(parts) for key, parts in baked.items()}),
        "levels": levels,
        "equivalence": equivalence_table(),
        "lifetime": lifetime_table(crossings["as stated", "", ""]),
        "sensitivity": sensitivity_table(crossings),
        "repair": repair_table(repairs),
    }
    return Measurement(tables, tuple(findings(tables)))


def anchored_at_the_bake(parameters: CellParameters) -> CellParameters:
    """Cells with an equal loss, stated for the standard bake instead of for the years that it stands for.

    What an experiment measures is the bake; so when the activation energy changes, the loss in the bake must stay
    and the years must move. For the stated equivalence both ways are the same.
    """
    return dataclasses.replace(
        parameters,
        retention_reference_time=STANDARD_BAKE.seconds,
        retention_reference_temperature=STANDARD_BAKE.celsius,
    )


def level_spread(settings: StudySettings, grid: RetentionGrid) -> pl.DataFrame:
    """Program chips with all levels and the reset state, bake them, look at every level."""
    parameters = anchored_at_the_bake(settings.parameters.values)
    crossbar = SimulatedCrossbar(parameters, Circuit(), settings.seed, list(range(settings.chips)))
    sheet = crossbar.datasheet
    targets = torch.tensor((sheet.reset_conductance, *sheet.level_conductances))
    level = write_levels(crossbar, settings.strategy, targets)
    crossbar.wait(6.0)  # Bonnet et al. 2023 take statistics 6 s after programming.
    start = crossbar.state.clone()
    rows = []
    for celsius in grid.celsius:
        crossbar.put_cells(start)
        for hours in stored_until(crossbar, (0.0, *grid.bake_h), celsius, HOUR_S):
            now = crossbar.true_conductances().flatten()
            for i, target in enumerate(targets.tolist()):
                here = now[level == i]
                rows.append((float(celsius), float(hours), target, float(here.mean()), float(here.std()), len(here)))
    return pl.DataFrame(rows, LEVELS, orient="row")


def _bakes(chips: SimulatedChips, start: CellState, celsius: float, hours: tuple[float, ...]) -> list[Tensor]:
    """Accuracy of every chip after each bake time at one temperature, from a fresh start."""
    chips.crossbar.put_cells(start)
    return [chips.accuracy_now() for _ in stored_until(chips.crossbar, hours, celsius, HOUR_S)]


def _lifetime(chips: SimulatedChips, start: CellState, parameters: CellParameters, grid: RetentionGrid) -> Tensor:
    """Accuracy after long bakes at 150 degrees under other ageing, [times, chips]."""
    with chips.crossbar.ageing_as(parameters):
        return torch.stack(_bakes(chips, start, STANDARD_BAKE.celsius, grid.lifetime_h))


def _repairs(chips: SimulatedChips, start: CellState, hours: Sequence[float]) -> Iterator[Repair]:
    """Every repair after every bake."""
    chips.crossbar.put_cells(start)
    references = write_reference_cells(chips.learner)
    start = chips.crossbar.state.clone()
    for baked_h in hours:
        chips.crossbar.put_cells(start)
        Bake(baked_h, STANDARD_BAKE.celsius).apply_to(chips.crossbar)
        before = chips.crossbar.meter().joules
        yield Repair(baked_h, "none", chips.accuracy_now(), torch.zeros_like(before))
        before = chips.crossbar.meter().joules
        chips.learner.amplify(gain_from(chips.learner, references))
        spent = chips.crossbar.meter().joules - before
        yield Repair(baked_h, "gain", chips.accuracy_now(), spent)
        chips.learner.amplify(torch.ones(chips.crossbar.chips))
        baked = chips.crossbar.state.clone()
        for share in REWRITTEN:
            chips.crossbar.put_cells(baked)
            before = chips.crossbar.meter().joules
            rewrite_worst(chips.learner, share)
            spent = chips.crossbar.meter().joules - before
            yield Repair(baked_h, f"worst {share:.0%}", chips.accuracy_now(), spent)


def _crossing(settings: StudySettings, grid: RetentionGrid, right: Tensor) -> Interval:
    return falls_below(torch.tensor(grid.lifetime_h), right, LINE, generator(settings.seed, "retention", "bootstrap"))


STUDY = Study(
    name="retention",
    title="Retention: what a bake leaves, and for how many years that stands",
    question="How long does an adapted chip keep its accuracy at a use temperature, and what mends it cheaply?",
    measure=measure,
    counts={"default": Counts(20, 500), "small": Counts(2, 10)},
    assumptions={
        "retention_activation_energy": "1.0 to 1.8 eV, the loss in the bake held (it is what one measures)",
        "retention_loss": "both ends, time to 90 %",
        "retention_spread": "both ends, time to 90 %",
        "retention_spread_limit": "both ends, time to 90 %",
        "relaxation_spread_per_decade": "both ends, time to 90 %",
        "relaxation_saturation": "not swept: bakes are longer than the measured hour, and nothing supports going on",
        "set_spread": "both ends, time to 90 %",
        "read_noise": "both ends, time to 90 %",
        "reset_conductance": "both ends, time to 90 %",
    },
)
