"""How long a chip remembers: bakes of adapted chips, what they mean for years of use, and cheap repairs.

Everything here rests on one tuned rate (`retention_loss` and `retention_spread` at 12 h and 150 degrees), which
stands for the retention that the VLSI 2025 summary states; agreement with it is no evidence. What the study adds is
how the answer moves with the assumptions.
"""

import dataclasses
import math
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.adapted import AT_ONCE, AdaptedChips, adapted_chips, tasks_for
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import Interval, half_interval
from ohmshot.host.care.repair import gain_from, rewrite_worst, write_reference_cells
from ohmshot.host.strategies import strategy_named
from ohmshot.study.lifetime import HOUR_S, YEAR_S, activation_energy, equivalent_time, falls_below
from ohmshot.study.sensitivity import variants
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings

BAKE_S, BAKE_CELSIUS = 12 * HOUR_S, 150.0
"""The bake that stands for 10 years at 75 degrees (VLSI 2025 summary)."""
USE_CELSIUS = (55.0, 65.0, 75.0, 85.0, 95.0, 105.0, 115.0, 125.0)
ACTIVATION_ENERGIES = (1.0, 1.2, 1.506, 1.8)
LINE = 0.9
"""The accuracy at which a chip counts as having forgotten."""
AGEING_ROWS = ("retention_loss", "retention_spread", "retention_spread_limit", "relaxation_spread_per_decade")
WRITING_ROWS = ("set_spread", "read_noise", "reset_conductance")
FEWER = 200
"""Episodes where chips are written anew for a changed row: these rows are compared coarsely."""
REWRITTEN = (0.02, 0.05, 0.1, 0.2, 0.5)
"""Shares of the cells rewritten by a repair."""


@dataclass(frozen=True)
class Grid:
    """What is visited.

    Attributes:
        bake_h: bake times of the map of accuracy, rising.
        celsius: bake temperatures.
        lifetime_h: bake times at 150 degrees in search of the line, rising.
        repaired_h: bakes at 150 degrees before a repair.
        energies_ev: activation energies.
        rows: rows of the parameter set taken to both ends of their range.
    """

    bake_h: tuple[float, ...]
    celsius: tuple[float, ...]
    lifetime_h: tuple[float, ...]
    repaired_h: tuple[float, ...]
    rows: tuple[str, ...]


GRIDS: dict[Size, Grid] = {
    "default": Grid(
        bake_h=(1 / 60, 1 / 6, 1, 3, 12, 30, 100),
        celsius=(25, 75, 105, 125, 150, 175, 200),
        lifetime_h=(12, 50, 100, 150, 200, 250, 300, 350, 400, 500, 700),
        repaired_h=(12, 50, 100, 200, 300, 400),
        rows=AGEING_ROWS + WRITING_ROWS,
    ),
    "small": Grid((1 / 60, 12, 100), (25, 150), (12, 200, 400, 700), (200,), ("retention_loss",)),
}


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt, bake in every way of the grid, extrapolate, repair."""
    grid = GRIDS[settings.size]
    tasks = tasks_for(settings)
    anchored = anchored_at_the_bake(settings.parameters.values)
    ageing = [each for each in variants(settings.parameters, grid.rows) if each.row not in WRITING_ROWS]
    writing = list(variants(settings.parameters, [row for row in grid.rows if row in WRITING_ROWS]))
    steps, done = math.ceil(settings.episodes / AT_ONCE) + len(writing) + 1, 0
    aged: dict[tuple[str, str, str], list[Tensor]] = {}
    baked: dict[tuple[float, float], list[Tensor]] = {}
    repairs: list[tuple[float, str, Tensor, Tensor]] = []
    fresh = []
    for chips in adapted_chips(settings, tasks, anchored):
        start = chips.snapshot()
        fresh.append(chips.accuracy_by_update[:, -1])
        for celsius in grid.celsius:
            for hours, right in zip(grid.bake_h, _bakes(chips, start, celsius, grid.bake_h), strict=True):
                baked.setdefault((celsius, hours), []).append(right)
        aged.setdefault(("as stated", "", ""), []).append(_lifetime(chips, start, anchored, grid))
        for each in ageing:
            key = (each.row, each.end, each.label)
            aged.setdefault(key, []).append(_lifetime(chips, start, anchored_at_the_bake(each.parameters), grid))
        repairs += _repairs(chips, start, anchored, grid)
        done += 1
        progress(done, steps)
    for each in writing:
        changed = anchored_at_the_bake(each.parameters)
        for chips in adapted_chips(settings.at_most(FEWER), tasks, changed):
            key = (each.row, each.end, each.label)
            aged.setdefault(key, []).append(_lifetime(chips, chips.snapshot(), changed, grid))
        done += 1
        progress(done, steps)
    levels = level_spread(settings, grid)
    progress(steps, steps)
    crossings = {key: _crossing(settings, grid, torch.cat(parts, 1)) for key, parts in aged.items()}
    stated = crossings[("as stated", "", "")]
    tables = {
        "accuracy": _accuracy_table(torch.cat(fresh), {key: torch.cat(parts) for key, parts in baked.items()}),
        "levels": levels,
        "equivalence": _equivalence_table(),
        "lifetime": _lifetime_table(stated),
        "sensitivity": _sensitivity_table(crossings),
        "repair": _repair_table(repairs),
    }
    return Measurement(tables, _findings(tables))


def anchored_at_the_bake(parameters: CellParameters) -> CellParameters:
    """The same loss, stated for the bake instead of for the years that it stands for.

    What an experiment measures is the bake; so when the activation energy changes, the loss in the bake must stay
    and the years must move. For the stated equivalence both ways are the same.
    """
    return dataclasses.replace(
        parameters, retention_reference_time=BAKE_S, retention_reference_temperature=BAKE_CELSIUS
    )


def level_spread(settings: StudySettings, grid: Grid) -> pl.DataFrame:
    """Program chips with all levels and the reset state, bake them, look at every level."""
    parameters = anchored_at_the_bake(settings.parameters.values)
    crossbar = SimulatedCrossbar(parameters, Circuit(), settings.seed, list(range(settings.chips)))
    sheet = crossbar.datasheet
    targets = torch.tensor((sheet.reset_conductance, *sheet.level_conductances))
    everything = torch.arange(settings.chips * sheet.cells)
    level = everything % len(targets)
    crossbar.form(everything)
    strategy_named(settings.strategy)(crossbar, everything, targets[level])
    crossbar.wait(6.0)  # Bonnet et al. 2023 take statistics 6 s after programming.
    start = {name: tensor.clone() for name, tensor in crossbar.state.tensors().items()}
    rows = []
    for celsius in grid.celsius:
        for name, tensor in crossbar.state.tensors().items():
            tensor.copy_(start[name])
        waited = 0.0
        for hours in (0.0, *grid.bake_h):
            crossbar.wait((hours - waited) * HOUR_S, celsius)
            waited = hours
            now = crossbar.true_conductances().flatten()
            for i, target in enumerate(targets.tolist()):
                here = now[level == i]
                rows.append((float(celsius), float(hours), target, float(here.mean()), float(here.std()), len(here)))
    return pl.DataFrame(rows, ["bake_celsius", "bake_h", "target_us", "mean_us", "sigma_us", "cells"], orient="row")


def _bakes(chips: AdaptedChips, start: dict[str, Tensor], celsius: float, hours: tuple[float, ...]) -> list[Tensor]:
    """Accuracy of every chip after each bake time at one temperature, from a fresh start."""
    chips.restore(start)
    waited, right = 0.0, []
    for until in hours:
        chips.crossbar.wait((until - waited) * HOUR_S, celsius)
        waited = until
        right.append(chips.accuracy())
    return right


def _lifetime(chips: AdaptedChips, start: dict[str, Tensor], parameters: CellParameters, grid: Grid) -> Tensor:
    """Accuracy after long bakes at 150 degrees under other ageing, [times, chips]."""
    with chips.crossbar.ageing_as(parameters):
        return torch.stack(_bakes(chips, start, BAKE_CELSIUS, grid.lifetime_h))


def _repairs(
    chips: AdaptedChips, start: dict[str, Tensor], parameters: CellParameters, grid: Grid
) -> list[tuple[float, str, Tensor, Tensor]]:
    """(bake hours, repair, accuracy [chips], energy in J [chips]) of every repair."""
    chips.restore(start)
    references = write_reference_cells(chips.learner)
    start = chips.snapshot()
    found = []
    for hours in grid.repaired_h:
        chips.restore(start)
        chips.crossbar.wait(hours * HOUR_S, BAKE_CELSIUS)
        before = _spent(chips)
        found.append((hours, "none", chips.accuracy(), torch.zeros_like(before)))
        before = _spent(chips)
        chips.learner.gain = gain_from(chips.learner, references)
        spent = _spent(chips) - before
        found.append((hours, "gain", chips.accuracy(), spent))
        chips.learner.gain = torch.ones_like(chips.learner.gain)
        baked = chips.snapshot()
        for share in REWRITTEN:
            chips.restore(baked)
            before = _spent(chips)
            rewrite_worst(chips.learner, share)
            spent = _spent(chips) - before
            found.append((hours, f"worst {share:.0%}", chips.accuracy(), spent))
    return found


def _spent(chips: AdaptedChips) -> Tensor:
    return chips.crossbar.meter().joules


def _crossing(settings: StudySettings, grid: Grid, right: Tensor) -> Interval:
    return falls_below(torch.tensor(grid.lifetime_h), right, LINE, generator(settings.seed, "retention", "bootstrap"))


def _accuracy_table(fresh: Tensor, baked: dict[tuple[float, float], Tensor]) -> pl.DataFrame:
    energy = activation_energy(BAKE_S, BAKE_CELSIUS, 10 * YEAR_S, 75.0)
    rows = []
    for (celsius, hours), right in baked.items():
        years = equivalent_time(hours * HOUR_S, celsius, 75.0, energy) / YEAR_S
        kept = right - fresh
        rows.append(
            (celsius, hours, years, 100 * float(right.mean()), 100 * half_interval(right), -100 * float(kept.mean()))
        )
    columns = ["bake_celsius", "bake_h", "equivalent_years_at_75_c", "accuracy_pct", "ci95_pct", "lost_pct"]
    return pl.DataFrame([(float(c), float(h), *rest) for c, h, *rest in rows], columns, orient="row")


def _equivalence_table() -> pl.DataFrame:
    """Time at a use temperature that the bake stands for, for every activation energy."""
    stated = activation_energy(BAKE_S, BAKE_CELSIUS, 10 * YEAR_S, 75.0)
    rows = [
        (energy, celsius, equivalent_time(BAKE_S, BAKE_CELSIUS, celsius, energy) / YEAR_S)
        for energy in sorted({*ACTIVATION_ENERGIES, round(stated, 3)})
        for celsius in (25.0, *USE_CELSIUS, 150.0)
    ]
    return pl.DataFrame(rows, ["activation_energy_ev", "use_celsius", "years"], orient="row")


def _lifetime_table(stated: Interval) -> pl.DataFrame:
    """Time to the line at every use temperature and activation energy, with the bootstrap interval."""
    rows = [
        (
            energy,
            celsius,
            *(
                equivalent_time(hours * HOUR_S, BAKE_CELSIUS, celsius, energy) / YEAR_S
                for hours in (stated.middle, stated.low, stated.high)
            ),
        )
        for energy in ACTIVATION_ENERGIES
        for celsius in USE_CELSIUS
    ]
    columns = ["activation_energy_ev", "use_celsius", "years_to_90_pct", "low_years", "high_years"]
    return pl.DataFrame([[_finite(x) for x in row] for row in rows], columns, orient="row")


def _sensitivity_table(crossings: dict[tuple[str, str, str], Interval]) -> pl.DataFrame:
    rows = [
        [row, end, label, *(_finite(hours) for hours in (found.middle, found.low, found.high))]
        for (row, end, label), found in crossings.items()
    ]
    columns = {"row": pl.String, "end": pl.String, "value": pl.String}
    numbers = dict.fromkeys(("hours_to_90_pct_at_150_c", "low_h", "high_h"), pl.Float64)
    return pl.DataFrame(rows, {**columns, **numbers}, orient="row")


def _repair_table(repairs: list[tuple[float, str, Tensor, Tensor]]) -> pl.DataFrame:
    kinds = list(dict.fromkeys((hours, kind) for hours, kind, _, _ in repairs))
    rows = []
    for hours, kind in kinds:
        right = torch.cat([a for h, k, a, _ in repairs if (h, k) == (hours, kind)])
        spent = torch.cat([e for h, k, _, e in repairs if (h, k) == (hours, kind)])
        rows.append(
            (float(hours), kind, 100 * float(right.mean()), 100 * half_interval(right), 1e6 * float(spent.mean()))
        )
    return pl.DataFrame(rows, ["bake_h_at_150_c", "repair", "accuracy_pct", "ci95_pct", "energy_uj"], orient="row")


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _findings(tables: dict[str, pl.DataFrame]) -> tuple[str, ...]:
    stated = activation_energy(BAKE_S, BAKE_CELSIUS, 10 * YEAR_S, 75.0)
    found = [f"12 h at 150 °C and 10 years at 75 °C are the same ageing for an activation energy of {stated:.3f} eV."]
    accuracy = tables["accuracy"]
    stood = accuracy.filter((pl.col("bake_celsius") == BAKE_CELSIUS) & (pl.col("bake_h") == BAKE_S / HOUR_S))
    found.extend(
        f"After that bake {row['accuracy_pct']:.2f} ± {row['ci95_pct']:.2f} % are right, "
        f"{row['lost_pct']:.2f} points less than before it."
        for row in stood.iter_rows(named=True)
    )
    levels = tables["levels"].filter((pl.col("bake_celsius") == BAKE_CELSIUS) & (pl.col("bake_h") == 12))
    if levels.height:
        worst = levels.sort("sigma_us").row(-1, named=True)
        found.append(
            f"The level at {worst['target_us']:.1f} µS then spreads most: {worst['sigma_us']:.1f} µS, "
            f"with its mean at {worst['mean_us']:.1f} µS."
        )
    life = tables["lifetime"].filter(pl.col("use_celsius") == 85.0)
    years = life["years_to_90_pct"].drop_nulls().to_list()
    if years:
        found.append(
            f"At 85 °C accuracy falls to 90 % after {_two_digits(min(years))} to {_two_digits(max(years))} years, "
            f"as the activation energy goes from {min(ACTIVATION_ENERGIES):g} to {max(ACTIVATION_ENERGIES):g} eV."
        )
    sensitivity = tables["sensitivity"]
    middle = sensitivity["hours_to_90_pct_at_150_c"][0]
    moved = sensitivity.slice(1).with_columns((pl.col("hours_to_90_pct_at_150_c") / middle).log().abs().alias("moved"))
    if middle and moved["moved"].drop_nulls().len():
        row = moved.drop_nulls("moved").sort("moved").row(-1, named=True)
        found.append(
            f"At 150 °C the 90 % line is reached after {middle:.0f} h; of the assumed rows {row['row']} moves this "
            f"most: {row['hours_to_90_pct_at_150_c']:.0f} h at {row['value']}."
        )
    return (*found, *_repair_findings(tables["repair"]))


def _repair_findings(repair: pl.DataFrame) -> list[str]:
    """What the repairs bring at the bake after which they have most to mend."""
    hurt = repair.filter(pl.col("repair") == "none").sort("accuracy_pct").row(0, named=True)
    there = repair.filter(pl.col("bake_h_at_150_c") == hurt["bake_h_at_150_c"])
    said = ", ".join(
        f"{row['repair']} {row['accuracy_pct']:.1f} % ({row['energy_uj']:.2g} µJ)"
        for row in there.filter(pl.col("repair") != "none").iter_rows(named=True)
    )
    return [f"After {hurt['bake_h_at_150_c']:g} h at 150 °C, {hurt['accuracy_pct']:.1f} % unrepaired: {said}."]


def _two_digits(value: float) -> str:
    """Two significant digits without an exponent."""
    return f"{float(f'{value:.2g}'):,.15g}"


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
