"""Results as tables on a terminal."""

from rich.table import Table

from ohmshot.report.study_page import cell_text
from ohmshot.study.own_task_result import OwnTaskResult
from ohmshot.study.result import AdaptationResult
from ohmshot.study.study_result import StudyResult

ROWS_SHOWN = 24


def adaptation_table(result: AdaptationResult) -> Table:
    """One row before adaptation, one an update, one after the bake."""
    title = (
        f"{result.data}: {result.ways}-way {result.shots}-shot, {result.episodes} episodes on {result.chips} chips, "
        f"{result.strategy}"
    )
    table = Table(title=title, title_justify="left")
    for heading in ("", "accuracy %", "95 % +-", "software %", "cells written", "pulses", "busy ms"):
        table.add_column(heading, justify="right" if heading else "left")
    for i, (mean, half) in enumerate(zip(result.accuracy, result.accuracy_ci95, strict=True)):
        costs = (
            ("", "", "")
            if i == 0
            else (
                f"{result.cells_written[i - 1]:.0f}",
                f"{result.pulses.by_update[i - 1]:.0f}",
                f"{1e3 * result.busy_seconds_by_update[i - 1]:.2f}",
            )
        )
        software = f"{100 * result.accuracy_software_by_update[i]:.2f}"
        name = f"update {i}" if i else "before"
        table.add_row(name, f"{100 * mean:.2f}", f"{100 * half:.2f}", software, *costs)
    baked, half = 100 * result.accuracy_after_bake, 100 * result.accuracy_after_bake_ci95
    name = f"after {result.bake_hours:g} h at {result.bake_celsius:g} °C"
    table.add_row(name, f"{baked:.2f}", f"{half:.2f}", "", "", "", "")
    return table


def own_task_table(result: OwnTaskResult) -> Table:
    """One row before adaptation, then one an update: accuracy on the chip, with exact weights, and costs."""
    name, judged = result.judged
    table = Table(title=f"{', '.join(result.class_names)}: {result.strategy}", title_justify="left")
    for heading in ("", f"{name} %", "95 %", "exact %", "cells", "pulses", "nJ"):
        table.add_column(heading, justify="right" if heading else "left")
    for i, (share, (low, high)) in enumerate(zip(judged.accuracy, judged.accuracy_interval95, strict=True)):
        costs = (
            (
                str(result.cells_written[i - 1]),
                f"{result.pulses.by_update[i - 1]:.0f}",
                f"{1e9 * result.energy_joules_by_update[i - 1]:.1f}",
            )
            if i
            else ("", "", "")
        )
        table.add_row(
            f"update {i}" if i else "before",
            f"{100 * share:.1f}",
            f"{100 * low:.0f}-{100 * high:.0f}",
            f"{100 * judged.accuracy_software[i]:.1f}",
            *costs,
        )
    return table


def energy_table(result: AdaptationResult | OwnTaskResult) -> Table:
    """Energy by operation in microjoules."""
    table = Table(title="Energy of one adaptation, microjoules", title_justify="left")
    rows = {
        "initialisation": result.energy_joules.initialisation.model_dump(),
        "five updates": result.energy_joules.adaptation.model_dump(),
    }
    table.add_column("")
    for operation in rows["five updates"]:
        table.add_column(operation, justify="right")
    for name, split in rows.items():
        table.add_row(name, *(f"{1e6 * joules:.3f}" for joules in split.values()))
    return table


def study_tables(result: StudyResult) -> list[Table]:
    """The first rows of each table of a study."""
    tables = []
    for name, frame in result.tables.items():
        more = f", the first {ROWS_SHOWN} of {frame.height} rows" if frame.height > ROWS_SHOWN else ""
        table = Table(title=f"{result.name}: {name.replace('_', ' ')}{more}", title_justify="left")
        for column in frame.columns:
            table.add_column(column, justify="right", overflow="fold")
        for row in frame.head(ROWS_SHOWN).iter_rows():
            table.add_row(*(cell_text(value) for value in row))
        tables.append(table)
    return tables
