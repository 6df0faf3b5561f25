"""Figures of the controller study."""

import numpy as np
import polars as pl
from matplotlib.patches import Rectangle

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, curve, double_column, named_rows, panels
from ohmshot.studies.controller.findings import REFERENCES
from ohmshot.studies.controller.gates import LIBRARIES
from ohmshot.studies.controller.words import WITHIN_POINTS
from ohmshot.study.study_result import StudyResult

COLUMNS = 4


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Accuracy against every word length, and where cycles, area and energy go."""
    return [_words(result), _cycles(result), _blocks(result)]


def _words(result: StudyResult) -> CaptionedFigure:
    table = result.tables["words"]
    words = [word for word in table["word"].unique(maintain_order=True) if word not in REFERENCES]
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
        f"tasks, one word narrowed after another; dotted: {WITHIN_POINTS} points. Bands are 95 % intervals over "
        "paired episodes."
    )
    return CaptionedFigure("controller-words", figure, caption)


def _cycles(result: StudyResult) -> CaptionedFigure:
    table = result.tables["blocks"].filter(pl.col("block") != "all")
    table = table.filter((pl.col("cycles") > 0) | pl.col("area_sg13g2_mm2").is_not_null())
    figure, axes = panels(0.26 * table.height + 0.9, 1, 3, sharey=True)
    rows = np.arange(table.height)
    axes[0].barh(rows, table["cycles"], color=COLOURS[7])
    for number, (library, name) in enumerate(LIBRARIES.items()):
        for axis, column in ((axes[1], f"area_{library}_mm2"), (axes[2], f"energy_{library}_nj")):
            axis.barh(rows + 0.4 * (number - 0.5), table[column], 0.4, color=COLOURS[number], label=name)
    axes[0].set(xlabel="cycles")
    axes[1].set(xlabel="area (mm²)")
    axes[2].set(xlabel="energy (nJ)")
    axes[2].legend(loc="lower right")
    named_rows(axes[0], table["block"].to_list())
    caption = (
        "Five updates of one 5-way 5-shot task, block by block: (a) cycles counted by the integer model, (b) area and "
        "(c) energy in gates of two 130 nm libraries before wires and a clock tree; the memories are macros of IHP in "
        "both."
    )
    return CaptionedFigure("controller-cycles", figure, caption)


CHAIN = (
    ("features", "multiply", "drive", "drives"),
    ("multiply", "softmax", "sum", "sums"),
    ("softmax", "learning", "probability", "shares"),
    ("learning", "write_verify", "level", "levels"),
    ("write_verify", "pulse_sequencer", "", "pulses"),
)
"""What hands what to what: from, to, the register that holds it, its name."""


def _blocks(result: StudyResult) -> CaptionedFigure:
    """The chain of blocks, with the width of what passes between them as the registers have it."""
    held = {row["register"]: row["bits"] for row in result.tables["registers"].iter_rows(named=True)}
    held["drive"] = held.get("drive", held["input"])
    held["sum"] = max(bits for name, bits in held.items() if name.startswith("sum_"))
    names = [CHAIN[0][0], *(to for _, to, _, _ in CHAIN)]
    figure = double_column(1.3)
    axis = figure.subplots()
    for place, name in enumerate(names):
        axis.add_patch(Rectangle((place, 0), 0.6, 1, facecolor="0.92", edgecolor="0.3"))
        axis.text(place + 0.3, 0.5, name.replace("_", "\n"), ha="center", va="center", fontsize=7)
    for place, (_, _, register, words) in enumerate(CHAIN):
        axis.annotate("", (place + 1, 0.5), (place + 0.6, 0.5), arrowprops={"arrowstyle": "->"})
        bits = f"{held[register]} bits" if register else ""
        axis.text(place + 0.8, 0.62, f"{words}\n{bits}", ha="center", va="bottom", fontsize=6)
    axis.set(xlim=(-0.1, len(names) - 0.3), ylim=(-0.2, 1.3))
    axis.axis("off")
    caption = "Blocks of the controller and the width of what passes between them, from its registers."
    return CaptionedFigure("controller-blocks", figure, caption)
