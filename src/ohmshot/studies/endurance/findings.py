"""Findings of the endurance study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping

import polars as pl

from ohmshot.foundation.sentences import capitalised, counted, number_text, times
from ohmshot.studies.endurance.rungs import EVERYTHING, GOALS, NOTHING


def findings(tables: Mapping[str, pl.DataFrame]) -> Iterator[str]:
    """Sentences on writes, on the tasks of a life, and on what helps when cells are stuck."""
    yield from _rungs(tables["rungs"])
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


def _rungs(table: pl.DataFrame) -> Iterator[str]:
    """Writes of a network that learns all of it on the chip, against ours with the fewest examples."""
    nothing = table.filter(learned_before=NOTHING)
    ours = table.filter(learned_before=EVERYTHING).sort("shots").row(0, named=True)
    if not len(nothing):
        return
    yield (
        f"With everything learned before, {counted(ours['shots'], 'example')} a class and five updates give "
        f"{ours['accuracy_percent']:.1f} ± {ours['ci95_percent']:.1f} % for "
        f"{counted(round(ours['cell_writes']), 'cell')} written. Below: nothing learned before, all layers on the "
        "chip, and only cells written whose level moves."
    )
    for goal in reversed(GOALS):
        column = f"cell_writes_to_{goal:g}_percent_right"
        reached = nothing.drop_nulls(column)
        if not len(reached):
            best = nothing.sort("best_accuracy_percent").row(-1, named=True)
            yield (
                f"{goal:g} % is not reached; the best is {best['best_accuracy_percent']:.1f} % within "
                f"{counted(best['steps'], 'step')} ({best['rule']}, {counted(best['shots'], 'example')} a class)."
            )
            continue
        least = reached.sort(column).row(0, named=True)
        naive = least[f"every_weight_to_{goal:g}_percent_right"]
        fewest = ", ".join(str(shots) for shots in sorted(set(nothing["shots"]) - set(reached["shots"])))
        without = f"; with {fewest} examples a class it is not reached" if fewest else ""
        yield (
            f"{goal:g} % takes {number_text(least[column], 2)} cell writes at least, "
            f"{times(least[column], ours['cell_writes'])} ours ({least['rule']}, "
            f"{counted(least['shots'], 'example')} a class; {number_text(naive, 2)} if every weight is written at "
            f"every step, {times(naive, ours['cell_writes'])} ours){without}."
        )
    yield (
        "Published beside it: low-rank training on a 40 nm RRAM chip takes up to 283 times fewer weight update steps "
        "at equal accuracy (CHIMERA, Prabhu et al. 2022)."
    )
