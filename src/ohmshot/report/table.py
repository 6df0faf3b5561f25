"""Results as tables on a terminal."""

from collections.abc import Iterable, Sequence
from itertools import takewhile

import polars as pl
from rich.console import JustifyMethod
from rich.table import Table

from ohmshot.adapt.result import AdaptationResult
from ohmshot.foundation.column_names import heading
from ohmshot.foundation.sentences import counted
from ohmshot.report.adaptation_words import ENERGY_COUNTED, adaptation_words, task_words
from ohmshot.report.own_task_words import own_task_words
from ohmshot.report.study_page import cell_text
from ohmshot.study.study_result import StudyResult
from ohmshot.task.result import OwnTaskResult

ROWS_SHOWN = 24

Shown = Table | str
"""What a terminal shows of a result: tables, and sentences, which a pipe gets as one line each."""


def terminal_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]], text: int = 1) -> Table:
    """Put rows of texts under headings; so many leading columns are text, the others numbers, which stand right."""
    table = Table(title=title or None, title_justify="left")
    for place, each in enumerate(headings):
        table.add_column(each, justify="left" if place < text else "right", overflow="fold", no_wrap=not place)
    for row in rows:
        table.add_row(*row)
    return table


def numbers_text(value: float | tuple[float, ...], digits: int = 6) -> str:
    """Write a number, or several with commas between, with so many significant digits."""
    return ", ".join(f"{number:.{digits}g}" for number in (value if isinstance(value, tuple) else (value,)))


def adaptation_tables(result: AdaptationResult) -> list[Shown]:
    """One row before adaptation, one an update, one after the bake; what the chip is compared with; its energy."""
    task = task_words(result.ways, result.shots, result.scope)
    runs = f"{counted(result.episodes, 'episode')} on {counted(result.chips, 'chip')}"
    title = f"{result.data}: {task}, {runs}, {result.strategy}"
    baked = f"after {result.bake_hours:g} h at {result.bake_celsius:g} °C"
    columns = {
        "": [*_steps(len(result.accuracy)), baked],
        "accuracy\n%": [f"{100 * mean:.2f}" for mean in (*result.accuracy, result.accuracy_after_bake)],
        "95 %\n+-": [f"{100 * half:.2f}" for half in (*result.accuracy_ci95, result.accuracy_after_bake_ci95)],
        "updates\nwith\nexact\nweights\n%": [*(f"{100 * mean:.2f}" for mean in result.accuracy_software_by_update), ""],
        "cells\nwritten": ["", *(f"{count:.0f}" for count in result.cells_written), ""],
        "pulses": ["", *(f"{count:.0f}" for count in result.pulses.by_update), ""],
        "busy\nms": ["", *(f"{1e3 * seconds:.2f}" for seconds in result.busy_seconds_by_update), ""],
    }
    table = terminal_table(title, list(columns), zip(*columns.values(), strict=True))
    return [table, *adaptation_words(result), *_energy_tables(result)]


def own_task_tables(result: OwnTaskResult) -> list[Shown]:
    """One row before adaptation, then one an update: accuracy on the chip, with exact weights, and costs; energy."""
    name, judged = result.judged
    columns = {
        "": _steps(len(judged.accuracy)),
        f"{name} %": [f"{100 * share:.1f}" for share in judged.accuracy],
        "95 %": [f"{100 * low:.0f}-{100 * high:.0f}" for low, high in judged.accuracy_interval95],
        "exact %": [f"{100 * share:.1f}" for share in judged.accuracy_software],
        "cells": ["", *map(str, result.cells_written)],
        "pulses": ["", *(f"{count:.0f}" for count in result.pulses.by_update)],
        "nJ": ["", *(f"{1e9 * joules:.1f}" for joules in result.energy_joules_by_update)],
    }
    title = f"{', '.join(result.class_names)}: {result.strategy}"
    table = terminal_table(title, list(columns), zip(*columns.values(), strict=True))
    return [table, *own_task_words(result), *_energy_tables(result)]


def _energy_tables(result: AdaptationResult | OwnTaskResult) -> list[Shown]:
    """Energy by operation in microjoules."""
    parts = {
        "initialisation": result.energy_joules.initialisation.model_dump(),
        "five updates": result.energy_joules.adaptation.model_dump(),
    }
    rows = [(name, *(f"{1e6 * joules:.3f}" for joules in split.values())) for name, split in parts.items()]
    title = "Energy of one adaptation, the array alone, microjoules"
    return [terminal_table(title, ["", *parts["five updates"]], rows), ENERGY_COUNTED]


def _steps(count: int) -> list[str]:
    return ["before", *(f"update {number}" for number in range(1, count))]


def study_tables(result: StudyResult, width: int) -> list[Shown]:
    """Show the tables and findings of a study on a terminal of so many characters.

    A table that is wider is cut into several, each with the columns that say what a row is about; of one with many
    rows only the size is shown, since the files hold them.
    """
    shown: list[Shown] = []
    for name, frame in result.tables.items():
        title = f"{result.name}: {name.replace('_', ' ')}"
        if frame.height > ROWS_SHOWN:
            shown.append(f"{title}: {frame.height} rows, in the files of --table, --json and --report")
            continue
        shown += [_frame_table(frame.select(columns), title) for columns in _fitting(frame, width)]
    return [*shown, *(f"- {finding}" for finding in result.findings)]


def _frame_table(frame: pl.DataFrame, title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for column in frame.columns:
        justify: JustifyMethod = "left" if frame[column].dtype == pl.String else "right"
        table.add_column(heading(column), justify=justify, width=_text_width(frame, column))
    for row in frame.iter_rows():
        table.add_row(*map(cell_text, row, frame.columns))
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
    return max(map(len, (*heading(column).split(), *(cell_text(value, column) for value in frame[column]))))
