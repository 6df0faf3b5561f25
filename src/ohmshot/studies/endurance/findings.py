"""Findings of the endurance study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import capitalised, counted, number_text, times


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences on writes, on the tasks of a life, and on what helps when cells are stuck."""
    writes = tables["writes"]
    ours, scratch = writes.row(0, named=True), writes.row(1, named=True)
    reached = "is as accurate" if scratch["as_accurate"] else f"is at {scratch['accuracy_percent']:.1f} %"
    yield (
        f"Five updates write {counted(round(ours['cell_writes']), 'cell')} ({ours['mean_cycles']:.2f} cycles a cell in "
        f"the mean, {ours['most_cycles']:.0f} for the worst) and end at {ours['accuracy_percent']:.1f} %; from random "
        f"weights the same layers on the same features need {counted(scratch['updates'], 'update')} and "
        f"{times(scratch['cell_writes'], ours['cell_writes'])} as many cell writes until the chip {reached}."
    )
    for row in writes.filter(counted="by hand").iter_rows(named=True):
        yield (
            f"{capitalised(row['way'])}: {number_text(row['cell_writes'], 2)} cell writes, "
            f"{times(row['cell_writes'], ours['cell_writes'])} as many as our five updates (counted, "
            "not simulated)."
        )
    for row in tables["life"].iter_rows(named=True):
        yield (
            f"With cells that live {number_text(row['endurance_cycles'], 2)} cycles a chip learns "
            f"{counted(row['tasks_to_first_cell'], 'task', digits=2)} before its first cell fails and "
            f"{number_text(row['tasks_to_1_percent_failed'], 2)} before 1 % have failed."
        )
    for name, what in (("worn", "worn"), ("stuck", "stuck from the start")):
        last = tables[name].filter(stuck_percent=tables[name]["stuck_percent"].max())
        helped = ", ".join(f"{row['help']} {row['accuracy_percent']:.1f} %" for row in last.iter_rows(named=True))
        yield f"With {last['stuck_percent'][0]:.2g} % of the cells {what}, accuracy by what helps: {helped}."
