"""Figures of the controller study."""

import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import curve, named_rows, panels, single_column
from ohmshot.studies.controller.findings import WITHIN_POINTS
from ohmshot.study.study_result import StudyResult

COLUMNS = 4


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Accuracy against every word length, and where the cycles go."""
    return [_words(result), _cycles(result)]


def _words(result: StudyResult) -> CaptionedFigure:
    table = result.tables["words"]
    words = table["word"].unique(maintain_order=True).to_list()[2:]
    rows = -(-len(words) // COLUMNS)
    figure, grid = panels(1.9 * rows + 0.5, rows, COLUMNS, sharey=True)
    axes = grid.flatten()
    for axis, word in zip(axes, words, strict=False):
        for number, task in enumerate(table["task"].unique(maintain_order=True)):
            part = table.filter(task=task, word=word).sort("bits")
            curve(axis, part["bits"], -part["less_than_computer_points"], part["ci95_points"], number, task)
        axis.axhline(-WITHIN_POINTS, color="0.5", linestyle=":", linewidth=1)
        axis.set_xlabel(f"bits: {word}")
        axis.set_xticks(sorted(set(table.filter(word=word)["bits"].to_list())))
    for axis in axes[len(words) :]:
        axis.set_visible(False)
    axes[0].set_ylabel("points above the computer")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    caption = (
        "Accuracy after five updates of the controller less that of the computer in the loop on the same chips and "
        f"tasks, one word length changed at a time; dotted: {WITHIN_POINTS} points. Bands are 95 % intervals over "
        "paired episodes."
    )
    return CaptionedFigure("controller-words", figure, caption)


def _cycles(result: StudyResult) -> CaptionedFigure:
    table = result.tables["blocks"].filter((pl.col("cycles") > 0) & (pl.col("block") != "all"))
    figure = single_column(0.3 * table.height + 0.8)
    axis = figure.subplots()
    axis.barh(range(table.height), table["cycles"])
    named_rows(axis, table["block"].to_list())
    axis.set_xlabel("cycles of five updates")
    caption = "Cycles of the five updates of one 5-way 5-shot task, block by block, counted by the integer model."
    return CaptionedFigure("controller-cycles", figure, caption)
