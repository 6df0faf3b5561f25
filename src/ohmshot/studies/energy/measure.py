"""Where the energy goes: by operation and by cause, what it depends on, and what the chip takes while it idles.

Nothing published was found for the energy of a pulse on these cells, so currents are assumed (one microampere a
microsiemens at compliance) and everything here scales with them; what does not is the order of the causes.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.adapted import Tasks, adapted_chips, tasks_for
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.meter import OPERATIONS
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies import STRATEGIES
from ohmshot.host.strategies.settings import StrategySettings
from ohmshot.study.periphery import chip_parts
from ohmshot.study.sensitivity import variants
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings

PHASES = ("initialisation", "five updates", "one classification")
CITATIONS = ("zhang2012sar", "skywater2020sky130", "10.3390/mi13122110", "10.3389/fnano.2025.1549547")
CLAIM_UJ = 10.0
"""Energy of the updates that the VLSI 2025 summary states as an upper bound."""
ROWS: dict[Size, tuple[str, ...]] = {
    "default": (
        "compliance_per_conductance",
        "reset_current_factor",
        "line_capacitance",
        "read_voltage",
        "read_width",
        "set_spread",
    ),
    "small": ("compliance_per_conductance",),
}
FEWER = 100
"""Episodes of a changed setting; the stated one takes all."""


@dataclass(frozen=True)
class Spent:
    """What a run cost.

    Attributes:
        phases: energy in J by phase and operation, [phases, operations, episodes].
        accuracy: after the updates, [episodes].
        cells_written: by all updates, [episodes].
        pulses: of all updates, [episodes].
    """

    phases: Tensor
    accuracy: Tensor
    cells_written: Tensor
    pulses: Tensor


@dataclass(frozen=True)
class Setting:
    """One thing changed from what is stated."""

    name: str
    value: str
    parameters: CellParameters
    learner: LearnerSettings
    circuit: Circuit


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt chips and split what their meters say; change one thing at a time."""
    tasks = tasks_for(settings)
    stated = settings.parameters.values
    learner = LearnerSettings(strategy=settings.strategy)
    changed = list(_changed(settings, learner))
    steps = 3 + len(changed)
    spent = spend(settings, tasks, Setting("as stated", "", stated, learner, Circuit()))
    progress(1, steps)
    fewer = settings.at_most(FEWER)
    part = spend(fewer, tasks, Setting("as stated", "", stated, learner, Circuit()))
    without_lines = dataclasses.replace(stated, line_capacitance=0.0)
    no_lines = spend(fewer, tasks, Setting("", "", without_lines, learner, Circuit()))
    progress(2, steps)
    no_converters = spend(fewer, tasks, Setting("", "", stated, learner, Circuit(conversion_energy_j=0.0)))
    progress(3, steps)
    rows = [_sensitivity_row("as stated", "", spent)]
    for done, setting in enumerate(changed):
        rows.append(_sensitivity_row(setting.name, setting.value, spend(fewer, tasks, setting)))
        progress(4 + done, steps)
    tables = {
        "split": _split_table(part, no_lines, no_converters),
        "totals": _totals_table(spent),
        "sensitivity": pl.DataFrame(rows, _SENSITIVITY, orient="row"),
        "standby": _standby_table(),
    }
    return Measurement(tables, _findings(tables), CITATIONS)


def spend(settings: StudySettings, tasks: Tasks, setting: Setting) -> Spent:
    """Adapt the chips of a study under a setting and read their meters."""
    phases, right, written, pulses = [], [], [], []
    for chips in adapted_chips(settings, tasks, setting.parameters, setting.learner, setting.circuit):
        before = chips.crossbar.meter()
        right.append(chips.accuracy())
        one = (chips.crossbar.meter() - before).energy_joules / chips.query.shape[1]
        phases.append(torch.stack([chips.initialisation.energy_joules, chips.updates.energy_joules, one]))
        written.append(chips.cells_written.sum(1).double())
        pulses.append(chips.updates.pulses.double())
    return Spent(torch.cat(phases, 2), torch.cat(right), torch.cat(written), torch.cat(pulses))


def _changed(settings: StudySettings, learner: LearnerSettings) -> Iterator[Setting]:
    """Every row and setting at both ends of its range."""
    stated, circuit = settings.parameters.values, Circuit()
    for each in variants(settings.parameters, ROWS[settings.size]):
        yield Setting(each.row, each.label, each.parameters, learner, circuit)
    for row in ("set_width", "reset_width"):
        for factor in (0.1, 10.0):
            width = factor * getattr(stated, row)
            yield Setting(row, f"{1e6 * width:g} µs", dataclasses.replace(stated, **{row: width}), learner, circuit)
    for joules in (5e-12, 17e-12):  # Bonnet et al. 2023: 0.7 to 2.5 nJ an inference of about 150 conversions.
        changed = dataclasses.replace(circuit, conversion_energy_j=joules)
        yield Setting("conversion energy", f"{1e12 * joules:g} pJ", stated, learner, changed)
    if settings.size == "small":
        return
    for tolerance in (1.0, 5.0):
        asked = dataclasses.replace(learner, strategy_settings=StrategySettings(tolerance=tolerance))
        yield Setting("tolerance", f"{tolerance:g} µS", stated, asked, circuit)
    for levels in (4, 16):
        yield Setting("levels", str(levels), stated, dataclasses.replace(learner, levels=levels), circuit)
    for threshold in (15.0, 30.0):
        asked = dataclasses.replace(learner, write_threshold=threshold)
        yield Setting("write threshold", f"{threshold:g} µS", stated, asked, circuit)
    for strategy in STRATEGIES:
        if strategy != learner.strategy:
            yield Setting("strategy", strategy, stated, dataclasses.replace(learner, strategy=strategy), circuit)


_SENSITIVITY = [
    "changed",
    "value",
    "updates_uj",
    "updates_ci95_uj",
    "accuracy_pct",
    "accuracy_ci95_pct",
    "cells_written",
    "pulses",
]


def _sensitivity_row(name: str, value: str, spent: Spent) -> tuple[str | float, ...]:
    updates = 1e6 * spent.phases[1].sum(0)
    return (
        name,
        value,
        float(updates.mean()),
        half_interval(updates),
        100 * float(spent.accuracy.mean()),
        100 * half_interval(spent.accuracy),
        float(spent.cells_written.mean()),
        float(spent.pulses.mean()),
    )


def _split_table(stated: Spent, no_lines: Spent, no_converters: Spent) -> pl.DataFrame:
    """Energy by phase, operation and cause.

    Lines and converters only add energy and change no pulse, so what vanishes with them is exactly their share.
    """
    rows = []
    causes = {
        "cells": no_lines.phases + no_converters.phases - stated.phases,
        "lines": stated.phases - no_lines.phases,
        "converters": stated.phases - no_converters.phases,
    }
    for i, phase in enumerate(PHASES):
        for j, operation in enumerate(OPERATIONS):
            for cause, joules in causes.items():
                nanojoules = 1e9 * joules[i, j]
                rows.append((phase, operation, cause, float(nanojoules.mean()), half_interval(nanojoules)))
    return pl.DataFrame(rows, ["phase", "operation", "cause", "energy_nj", "ci95_nj"], orient="row")


def _totals_table(spent: Spent) -> pl.DataFrame:
    rows = []
    for i, phase in enumerate(PHASES):
        nanojoules = 1e9 * spent.phases[i].sum(0)
        rows.append((phase, float(nanojoules.mean()), half_interval(nanojoules), float(nanojoules.max())))
    per_cell = 1e9 * spent.phases[1].sum(0) / spent.cells_written.clamp(min=1)
    rows.append(("updates, a cell written", float(per_cell.mean()), half_interval(per_cell), float(per_cell.max())))
    return pl.DataFrame(rows, ["phase", "energy_nj", "ci95_nj", "most_nj"], orient="row")


def _standby_table() -> pl.DataFrame:
    cells = Circuit().rows * Circuit().columns
    rows = [(each.part, *each.area_mm2, *each.standby_nw) for each in chip_parts(cells)]
    columns = ["part", "area_mm2", "area_low_mm2", "area_high_mm2", "standby_nw", "standby_low_nw", "standby_high_nw"]
    return pl.DataFrame(rows, columns, orient="row")


def _findings(tables: dict[str, pl.DataFrame]) -> tuple[str, ...]:
    totals = {row["phase"]: row for row in tables["totals"].iter_rows(named=True)}
    updates, one = totals["five updates"], totals["one classification"]
    below = "below" if updates["most_nj"] < 1e3 * CLAIM_UJ else "not always below"
    found = [
        f"Five updates take {updates['energy_nj'] / 1e3:.3f} ± {updates['ci95_nj'] / 1e3:.3f} µJ on the chip, "
        f"at most {updates['most_nj'] / 1e3:.3f} µJ: {below} the stated {CLAIM_UJ:g} µJ.",
        f"One classification takes {one['energy_nj']:.2f} nJ, so the updates cost as much as "
        f"{updates['energy_nj'] / one['energy_nj']:.0f} classifications.",
    ]
    for phase in PHASES[1:]:
        parts = tables["split"].filter(pl.col("phase") == phase).sort("energy_nj", descending=True)
        total = sum(parts["energy_nj"])
        most = ", ".join(
            f"{row['operation']} {row['cause']} {row['energy_nj'] / total:.0%}"
            for row in parts.head(3).iter_rows(named=True)
            if row["energy_nj"] >= total / 100
        )
        found.append(f"Of {phase}: {most}.")
    stated = tables["sensitivity"].row(0, named=True)
    moved = tables["sensitivity"].slice(1).sort("updates_uj")
    low, high = moved.row(0, named=True), moved.row(-1, named=True)
    found.append(
        f"Changing one thing at a time moves the updates from {low['updates_uj']:.3f} µJ ({low['changed']} "
        f"{low['value']}, accuracy {low['accuracy_pct']:.1f} %) to {high['updates_uj']:.3f} µJ ({high['changed']} "
        f"{high['value']}); as stated {stated['updates_uj']:.3f} µJ."
    )
    chip = tables["standby"].row(-1, named=True)
    seconds = updates["energy_nj"] / chip["standby_nw"]
    found.append(
        f"Powered and idle the chip leaks about {chip['standby_nw']:.0f} nW ({chip['standby_low_nw']:.1f} to "
        f"{chip['standby_high_nw']:.0f} nW), the energy of the updates every {seconds:.1f} s; switched off it takes "
        f"none and keeps its weights. Area about {chip['area_mm2']:.1f} mm² ({chip['area_low_mm2']:.2f} to "
        f"{chip['area_high_mm2']:.1f} mm²), almost all of it converters."
    )
    return tuple(found)


STUDY = Study(
    name="energy",
    title="Energy: where it goes, and what it depends on",
    question="What do an update and a classification cost on the chip, and which assumption decides it?",
    measure=measure,
    counts={"default": Counts(20, 500), "small": Counts(2, 10)},
    assumptions={
        "compliance_per_conductance": "both ends",
        "reset_current_factor": "both ends",
        "line_capacitance": "both ends",
        "read_voltage": "both ends",
        "read_width": "both ends",
        "set_spread": "both ends",
        "form_width": "not swept: forming is once a life and no part of an update",
    },
)
