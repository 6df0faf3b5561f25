"""Energy by operation and by cause, its sensitivity to one change at a time, and standby power.

Nothing published was found for the energy of a pulse on these cells, so currents are assumed (one microampere a
microsiemens at compliance) and everything here scales with them; what does not is the order of the causes.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.tasks import Tasks
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.host.strategies.strategy import with_settings
from ohmshot.studies.energy.around import CONVERTERS, ESTIMATED_J, EnergyAssumptions
from ohmshot.studies.energy.findings import findings
from ohmshot.studies.energy.scopes import WAIT, Measured, converter_table, scope_table
from ohmshot.studies.energy.tables import (
    SENSITIVITY,
    Spent,
    by_cause,
    sensitivity_row,
    split_table,
    standby_of,
    standby_table,
    totals_table,
)
from ohmshot.study.assumptions import assumptions_of, assumptions_table
from ohmshot.study.sensitivity import variants
from ohmshot.study.study import Counts, Measurement, Progress, Size, Study, StudySettings, step_counter
from ohmshot.study.tasks import adapted_and_baked, adapted_chips, tasks_for

CITATIONS = (
    "liu2010monotonic",
    "zhang2012sar",
    "skywater2020sky130",
    "10.3390/mi13122110",
    "10.3389/fnano.2025.1549547",
)
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
WAITS_S: dict[Size, tuple[float, ...]] = {"default": (0.0, 0.1, 1.0, 6.0, 60.0), "small": (0.0, 6.0)}
"""Waits after each write."""
FEWER = 100
"""Episodes of a changed setting; the baseline takes all."""


@dataclass(frozen=True)
class Change:
    """One parameter or setting changed from the baseline.

    Attributes:
        name: the changed parameter or setting.
        value: its new value, with unit.
        parameters: cell parameters.
        learner: settings of the learner.
        circuit: periphery of the array.
    """

    name: str
    value: str
    parameters: CellParameters
    learner: LearnerSettings
    circuit: Circuit


def measure(settings: StudySettings, progress: Progress) -> Measurement:
    """Adapt chips and split what their meters say; change one setting at a time."""
    tasks = tasks_for(settings)
    baseline = settings.parameters.values
    learner = LearnerSettings(strategy=settings.strategy)
    changed = list(_changed(settings, learner))
    waits = WAITS_S[settings.size]
    step = step_counter(progress, 2 + len(CONVERTERS) + len(waits) + len(changed))
    by_converter = []
    for each in CONVERTERS:
        circuit = Circuit(conversion_energy_j=each.joules, conversion_s=each.seconds)
        by_converter.append((each, spend(settings, tasks, Change("", "", baseline, learner, circuit))))
        step()
    spent = by_converter[0][1]
    without_lines = dataclasses.replace(baseline, line_capacitance=0.0)
    no_lines = spend(settings, tasks, Change("", "", without_lines, learner, Circuit()))
    step()
    no_converters = spend(settings, tasks, Change("", "", baseline, learner, Circuit(conversion_energy_j=0.0)))
    step()
    causes = by_cause(spent, no_lines, no_converters)
    assumed = assumptions_of(EnergyAssumptions, settings.assumed)
    standby = standby_table()
    waited = [waited_row(settings, tasks, learner, seconds, standby, assumed, step) for seconds in waits]
    rows = [sensitivity_row("as stated", "", spent)]
    for change in changed:
        rows.append(sensitivity_row(change.name, change.value, spend(settings.at_most(FEWER), tasks, change)))
        step()
    tables = {
        "scopes": scope_table(
            _measured(causes, spent, settings, learner),
            standby_of(standby),
            settings.bundle,
            tasks.batch(range(1)).support.shape[1],
            assumed,
        ),
        "converters": converter_table(by_converter, Circuit().columns),
        "waits": pl.DataFrame(waited, WAIT, orient="row"),
        "split": split_table(causes),
        "totals": totals_table(spent),
        "sensitivity": pl.DataFrame(rows, SENSITIVITY, orient="row"),
        "standby": standby,
        "assumptions": assumptions_table(assumed),
    }
    return Measurement(tables, tuple(findings(tables)), CITATIONS)


def _measured(
    causes: Mapping[str, Tensor], spent: Spent, settings: StudySettings, learner: LearnerSettings
) -> Measured:
    """Means of the five updates, by cause."""
    cells, lines, converters = (tuple(causes[cause][1].mean(1).tolist()) for cause in ("cells", "lines", "converters"))
    updates = len(settings.bundle.rates)
    return Measured(
        cells,
        lines,
        sum(converters),
        float(spent.cells_written.mean()),
        float(spent.busy_seconds.mean()),
        updates,
        updates * learner.settle_seconds,
    )


def waited_row(
    settings: StudySettings,
    tasks: Tasks,
    learner: LearnerSettings,
    seconds: float,
    standby: pl.DataFrame,
    assumed: EnergyAssumptions,
    step: Callable[[], None],
) -> tuple[float, ...]:
    """Row of `WAIT`: what a wait after every write is worth, and what it takes, powered and switched off."""
    waits = dataclasses.replace(learner, settle_seconds=seconds)
    found = adapted_and_baked(settings, tasks, settings.parameters.values, waits)
    step()
    times = len(settings.bundle.rates)
    chip = 1e6 * float(found.spent.joules.mean())
    powered = 1e-3 * standby_of(standby)[0] * times * seconds
    gated = 1e6 * times * assumed.wake_up_joules(assumed.supply_nf) if seconds else 0.0
    return seconds, *found.accuracies().values(), chip, chip + powered, chip + gated


def spend(settings: StudySettings, tasks: Tasks, change: Change) -> Spent:
    """Adapt the chips of a study under a change and read their meters."""
    phases, right, written, pulses, busy = [], [], [], [], []
    for chips in adapted_chips(settings, tasks, change.parameters, change.learner, change.circuit):
        before = chips.crossbar.meter()
        right.append(chips.accuracy_now())
        one = (chips.crossbar.meter() - before).energy_joules / chips.task.query.shape[1]
        phases.append(torch.stack([chips.initialisation.energy_joules, chips.spent.energy_joules, one]))
        written.append(chips.cells_written.sum(1).double())
        pulses.append(chips.spent.pulses.double())
        busy.append(chips.spent.seconds)
    return Spent(torch.cat(phases, 2), torch.cat(right), torch.cat(written), torch.cat(pulses), torch.cat(busy))


def _changed(settings: StudySettings, learner: LearnerSettings) -> Iterator[Change]:
    """Every row and setting at both ends of its range."""
    baseline, circuit = settings.parameters.values, Circuit()
    for each in variants(settings.parameters, ROWS[settings.size]):
        yield Change(each.row, each.label, each.parameters, learner, circuit)
    for row in ("set_width", "reset_width"):
        for factor in (0.1, 10.0):
            width = factor * getattr(baseline, row)
            yield Change(row, f"{1e6 * width:g} µs", dataclasses.replace(baseline, **{row: width}), learner, circuit)
    for joules in ESTIMATED_J:
        changed = dataclasses.replace(circuit, conversion_energy_j=joules)
        yield Change("conversion energy", f"{1e12 * joules:g} pJ", baseline, learner, changed)
    if settings.size == "small":
        return
    for tolerance in (1.0, 5.0):
        asked = dataclasses.replace(learner, strategy=with_settings(learner.strategy, {"tolerance": tolerance}))
        yield Change("tolerance", f"{tolerance:g} µS", baseline, asked, circuit)
    for levels in (4, 16):
        yield Change("levels", str(levels), baseline, dataclasses.replace(learner, levels=levels), circuit)
    for threshold in (15.0, 30.0):
        asked = dataclasses.replace(learner, write_threshold=threshold)
        yield Change("write threshold", f"{threshold:g} µS", baseline, asked, circuit)
    for name in STRATEGIES:
        if name != learner.strategy.name:
            asked = dataclasses.replace(learner, strategy=strategy_named(name))
            yield Change("strategy", name, baseline, asked, circuit)


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
    adjustable=EnergyAssumptions,
)
