"""Findings of the endurance study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences on writes, on the tasks of a life, and on what helps when cells are stuck."""
    writes = tables["writes"]
    ours, scratch = writes.row(0, named=True), writes.row(1, named=True)
    ratio = scratch["cell_writes"] / ours["cell_writes"]
    reached = "is as accurate" if scratch["as_accurate"] else f"is at {scratch['accuracy_percent']:.1f} %"
    yield (
        f"Five updates write {ours['cell_writes']:.0f} cells ({ours['mean_cycles']:.2f} cycles a cell in the mean, "
        f"{ours['most_cycles']:.0f} for the worst) and end at {ours['accuracy_percent']:.1f} %; from random weights "
        f"the same layers on the same features need {scratch['updates']} updates and {ratio:.1f} times as many cell "
        f"writes until the chip {reached}."
    )
    for row in writes.filter(counted="by hand").iter_rows(named=True):
        yield (
            f"{row['way'][0].upper()}{row['way'][1:]}: {row['cell_writes']:.2g} cell writes, "
            f"{row['cell_writes'] / ours['cell_writes']:.2g} times as many as our five updates (counted, "
            "not simulated)."
        )
    for row in tables["life"].iter_rows(named=True):
        yield (
            f"With cells that live {row['endurance_cycles']:.0e} cycles a chip learns {row['tasks_to_first_cell']:.2g} "
            f"tasks before its first cell fails and {row['tasks_to_1_percent_failed']:.2g} before 1 % have failed."
        )
    for name, what in (("worn", "worn"), ("stuck", "stuck from the start")):
        last = tables[name].filter(stuck_percent=tables[name]["stuck_percent"].max())
        helped = ", ".join(f"{row['help']} {row['accuracy_percent']:.1f} %" for row in last.iter_rows(named=True))
        yield f"With {last['stuck_percent'][0]:.2g} % of the cells {what}, accuracy by what helps: {helped}."
