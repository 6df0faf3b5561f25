"""Figures of the endurance study."""

import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullFormatter

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, accuracy_curves, look, note, panels
from ohmshot.studies.endurance.rungs import GOALS, NOTHING
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Writes against accuracy, tasks in a life, stuck cells and helps."""
    tables = result.tables
    return [
        _rungs(tables["rungs"]),
        _learning(tables["learning"], tables["writes"]),
        _faults(tables["stuck"], tables["worn"], tables["life"]),
    ]


def _rungs(table: pl.DataFrame) -> CaptionedFigure:
    """Writes until a goal, by examples a class; where it is not reached, the end of the run with its accuracy."""
    figure, axes = panels(2.7, 1, len(GOALS), sharey=True)
    ways = table.select("learned_before", "rule").unique(maintain_order=True).rows()
    for axis, goal in zip(axes, GOALS, strict=True):
        column = f"cell_writes_to_{goal:g}_percent_right"
        for number, (learned, rule) in enumerate(ways):
            part = table.filter(learned_before=learned, rule=rule).sort("shots")
            reached, missed = part.drop_nulls(column), part.filter(pl.col(column).is_null())
            label = f"{learned} ({rule})" if learned == NOTHING else learned
            axis.plot(reached["shots"], reached[column], linewidth=0.8, label=label, **look(number))
            axis.plot(missed["shots"], missed["cell_writes"], fillstyle="none", linestyle="", **look(number))
            for row in missed.iter_rows(named=True):
                at = (row["shots"], row["cell_writes"])
                note(axis, f"{row['best_accuracy_percent']:.0f} %", at, (4, 0), va="center")
        axis.set(yscale="log", xlabel="examples a class", title=f"{goal:g} % right")
        axis.set_xticks(table["shots"].unique().sort().to_list())
    axes[0].set_ylabel("cell writes until then")
    axes[0].legend(loc="center right", title="learned before", fontsize=6)
    caption = (
        "Cells written until the mean accuracy over tasks first reaches a goal, by examples a class and by what was "
        "learned before; only cells are written whose level moves. Open marks: not reached, with all writes of the run "
        "and its best accuracy."
    )
    return CaptionedFigure("endurance-rungs", figure, caption)


def _learning(learning: pl.DataFrame, writes: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(2.7, 1, 3, width_ratios=(1, 1, 1.1))
    accuracy_curves(axes[0], learning, "update", "start")
    accuracy_curves(axes[1], learning.filter(pl.col("cell_writes") > 0), "cell_writes", "start")
    axes[0].set(xlabel="update", ylabel="accuracy (%)")
    axes[0].xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes[0].legend(loc="lower right", title="start from")
    axes[1].set(xlim=(0, None), xlabel="cell writes so far")
    _bars(axes[2], writes)
    caption = (
        "The same two layers on the same features, learning from the learned initialisation and from random weights: "
        "(a) accuracy against updates, (b) against cells written, every time counted; bands are 95 % intervals over "
        "episodes. (c) Cell writes until the chip is as accurate as after our five updates (or the end of the run); "
        "open bars are counted, not simulated."
    )
    return CaptionedFigure("endurance-writes", figure, caption)


def _bars(axis: Axes, writes: pl.DataFrame) -> None:
    names = [way.replace(", every", ",\nevery") for way in writes["way"]]
    for y, row in enumerate(writes.iter_rows(named=True)):
        measured = row["counted"] == "on chips"
        axis.barh(
            y, row["cell_writes"], color=COLOURS[min(y, 1)] if measured else "white", edgecolor="0.3", linewidth=0.8
        )
        note(axis, _number(row["cell_writes"]), (row["cell_writes"], y), (3, 0), va="center", fontsize=None)
    axis.set(xscale="log", xlabel="cell writes")
    axis.margins(x=0.3)
    axis.set_yticks(range(len(names)), names, fontsize=6)
    axis.grid(axis="y", visible=False)
    axis.invert_yaxis()


def _number(value: float) -> str:
    """A count as a figure writes it: whole below ten thousand, else one digit and a power of ten."""
    if value < 10_000:
        return f"{value:.0f}"
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"${mantissa} \\times 10^{{{int(exponent)}}}$"


def _faults(stuck: pl.DataFrame, worn: pl.DataFrame, life: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(2.7, 1, 3)
    accuracy_curves(axes[0], stuck, "stuck_percent", "help")
    accuracy_curves(axes[1], worn, "tasks_learned", "help")
    axes[0].set(xlabel="cells stuck from the start (%)", ylabel="accuracy after five updates (%)")
    axes[0].legend(loc="lower left")
    axes[1].set(xscale="log", xlabel="tasks learned before")
    axes[1].xaxis.set_minor_formatter(NullFormatter())
    columns = {
        "first cell": "tasks_to_first_cell",
        "1 %": "tasks_to_1_percent_failed",
        "5 %": "tasks_to_5_percent_failed",
    }
    for number, (name, column) in enumerate(columns.items()):
        axes[2].plot(life["endurance_cycles"], life[column], label=name, **look(number))
    axes[2].set(xscale="log", yscale="log", xlabel="endurance of a cell (cycles)", ylabel="tasks until failure")
    axes[2].legend(title="failed cells")
    caption = (
        "(a) Accuracy with cells stuck in the low resistance state, and what helps: partners make up for stuck cells, "
        "hidden units change places, spare lines take the worst. (b) The same for chips that have learned so many "
        "tasks before, worn where learning wears them. (c) Tasks until cells fail against their endurance, by "
        "Weibull's law from the wear of a task. Bands are 95 % intervals over episodes."
    )
    return CaptionedFigure("endurance-faults", figure, caption)
