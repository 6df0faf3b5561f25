"""Figures of the levels study."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator

from ohmshot.foundation.sentences import counted
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, curve, look, panels
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Accuracy against every choice, and what places of levels hold."""
    return [_accuracy(result), _places(result)]


def _accuracy(result: StudyResult) -> CaptionedFigure:
    table = result.tables["accuracy"]
    figure, grid = panels(5.0, 2, 2)
    axes = grid.flatten()
    numbers = table.filter(choice="number of levels")
    _pair_of_curves(axes[0], [float(value) for value in numbers["value"]], numbers)
    axes[0].set(xscale="log", xlabel="equal levels a cell", ylabel="accuracy (%)")
    shown = [int(value) for value in numbers["value"]]
    axes[0].set_xticks(shown, [str(value) for value in shown])
    axes[0].xaxis.set_minor_locator(NullLocator())
    axes[0].legend()
    _bars(axes[1], table.filter(choice="place of levels"))
    axes[1].set_ylabel("accuracy (%)")
    _bars(axes[2], table.filter(choice="pair policy"))
    axes[2].set_ylabel("accuracy (%)")
    thresholds = table.filter(choice="write threshold")
    x = [float(value.split()[0]) for value in thresholds["value"]]
    _pair_of_curves(axes[3], x, thresholds)
    axes[3].set(xlabel="write threshold (µS)", ylabel="accuracy (%)")
    written = axes[3].twinx()
    written.plot(x, thresholds["cells_written"], color="black", linestyle=":", marker=".")
    written.set(ylabel="cells written (dotted)", ylim=(0, None))
    written.grid(visible=False)
    written.spines["right"].set_visible(True)
    caption = (
        "Accuracy after five updates and after the bake against (a) the number of equal levels a cell, (b) where the "
        "levels lie, (c) how a pair shares a weight (energy of the updates above each), (d) the write threshold, any "
        f"conductance allowed; {counted(result.run.episodes, 'episode')} on "
        f"{counted(result.run.chips, 'chip')}, strategy "
        f"{result.run.strategy}, bands and bars: 95 % intervals."
    )
    return CaptionedFigure("levels-accuracy", figure, caption)


def _pair_of_curves(axis: Axes, x: list[float], table: pl.DataFrame) -> None:
    labels = {"accuracy": "after five updates", "accuracy_after_bake": "after the bake"}
    for number, (column, label) in enumerate(labels.items()):
        curve(axis, x, table[f"{column}_percent"], table[f"{column}_ci95_percent"], number, label)


def _bars(axis: Axes, table: pl.DataFrame) -> None:
    places = np.arange(table.height)
    for number, (shift, column) in enumerate(((-0.1, "accuracy"), (0.1, "accuracy_after_bake"))):
        middle, half = table[f"{column}_percent"].to_numpy(), table[f"{column}_ci95_percent"].to_numpy()
        axis.errorbar(places + shift, middle, half, linestyle="", **look(number))
    labels = [f"{row['value']}\n{row['adaptation_uj']:.2f} µJ" for row in table.iter_rows(named=True)]
    axis.set_xticks(places, labels)
    axis.set_xlim(-0.5, table.height - 0.5)


def _places(result: StudyResult) -> CaptionedFigure:
    spread, places = result.tables["spread"], result.tables["places"]
    figure, (left, right) = panels(2.6, 1, 2)
    left.plot(spread["target_microsiemens"], spread["sigma_microsiemens"], marker="o")
    own = places.filter(place="datasheet")["levels"][0]
    heights = {"datasheet": -0.5, "equal": -1.1, "by spread": -1.7}
    for number, (place, height) in enumerate(heights.items()):
        row = places.filter(place=place, levels=own)
        if row.height:
            at = [float(level) for level in row["levels_microsiemens"][0].split(", ")]
            left.plot(at, [height] * len(at), "|", markersize=6, color=COLOURS[number + 1], label=place)
    left.set_yticks([tick for tick in left.get_yticks() if tick >= 0])
    left.set(xlabel="target (µS)", ylabel="spread after 1 h (µS)")
    left.legend()
    for number, place in enumerate(("equal", "by spread")):
        for moment, line in (("after 1 h", "-"), ("after the bake", "--")):
            part = places.filter(place=place, moment=moment).sort("levels")
            right.plot(
                part["levels"],
                part["usable_bits"],
                line,
                marker="os"[number],
                color=COLOURS[number + 2],
                label=f"{place}, {moment}",
            )
    for moment, face in (("after 1 h", COLOURS[1]), ("after the bake", "white")):
        part = places.filter(place="datasheet", moment=moment)
        right.plot(
            part["levels"],
            part["usable_bits"],
            "D",
            color=COLOURS[1],
            markerfacecolor=face,
            label=f"datasheet, {moment}",
        )
    counts = sorted(places["levels"].unique())
    right.plot(counts, np.log2(counts), ":", color="black", label="no error")
    right.set(xlabel="levels a cell", ylabel="usable bits a cell")
    right.set_xticks(counts)
    right.legend(fontsize=6, loc="center left", bbox_to_anchor=(1.0, 0.5))
    caption = (
        f"(a) Spread of a cell 1 h after {result.run.strategy} programming against its target; ticks: {own} levels by "
        "datasheet, equally spaced, and placed so that neighbours are equally many standard deviations apart. (b) "
        "Information that a cell holds (mutual information of state written and state read)."
    )
    return CaptionedFigure("levels-places", figure, caption)
