"""Results as tables on a terminal."""

from itertools import takewhile

import polars as pl
from rich.console import JustifyMethod
from rich.table import Table

from ohmshot.adapt.result import AdaptationResult
from ohmshot.report.study_page import cell_text
from ohmshot.study.study_result import StudyResult
from ohmshot.task.result import OwnTaskResult

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


def study_tables(result: StudyResult, width: int) -> list[Table | str]:
    """Show the tables of a study on a terminal of so many characters.

    A table that is wider is cut into several, each with the columns that say what a row is about; of one with many
    rows only the size is told, since the files hold it.
    """
    shown: list[Table | str] = []
    for name, frame in result.tables.items():
        title = f"{result.name}: {name.replace('_', ' ')}"
        if frame.height > ROWS_SHOWN:
            shown.append(f"{title}: {frame.height} rows, in the files of --table, --json and --report")
            continue
        shown += [_frame_table(frame.select(columns), title) for columns in _fitting(frame, width)]
    return shown


def _frame_table(frame: pl.DataFrame, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        justify: JustifyMethod = "left" if frame[column].dtype == pl.String else "right"
        table.add_column(_heading(column), justify=justify, width=_text_width(frame, column))
    for row in frame.iter_rows():
        table.add_row(*(cell_text(value) for value in row))
    return table


def _fitting(frame: pl.DataFrame, width: int) -> list[list[str]]:
    """Columns of each part of a table that fits into a width; every part begins with the leading columns of text."""
    leading = list(takewhile(lambda column: frame[column].dtype == pl.String, frame.columns[:-1]))
    room = width - 1 - sum(_column_width(frame, each) for each in leading)
    parts, left = [list(leading)], room
    for column in frame.columns[len(leading) :]:
        taken = _column_width(frame, column)
        if taken > left and len(parts[-1]) > len(leading):
            parts.append(list(leading))
            left = room
        parts[-1].append(column)
        left -= taken
    return parts


def _column_width(frame: pl.DataFrame, column: str) -> int:
    """Characters that a column takes at least, with its border and the space on both sides."""
    return 3 + _text_width(frame, column)


def _text_width(frame: pl.DataFrame, column: str) -> int:
    """Longest text of a column, its heading broken between words."""
    return max(map(len, (*_heading(column).split(), *(cell_text(value) for value in frame[column]))))


def _heading(column: str) -> str:
    return column.replace("_", " ")
