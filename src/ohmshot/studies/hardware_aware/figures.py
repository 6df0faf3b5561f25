"""Figures of the hardware-aware study."""

import textwrap

import numpy as np
import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import look, note, panels
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Accuracy under conditions and tasks, and the price of accuracy in writes."""
    table = result.tables["initialisations"]
    standard = table["task"][0]
    conditions = table.filter(task=standard)
    tasks = table.filter(condition=table["condition"][0])
    return [
        _bars(conditions, "condition", "hardware-aware-conditions", f"{standard} under worse chips"),
        _bars(tasks, "task", "hardware-aware-tasks", "Other tasks on chips as stated"),
        _writes(result.tables["writes"], table.filter(task=standard), table["condition"][0]),
    ]


def _bars(table: pl.DataFrame, along: str, name: str, what: str) -> CaptionedFigure:
    places = table[along].unique(maintain_order=True).to_list()
    names = table["initialisation"].unique(maintain_order=True).to_list()
    figure, axes = panels(2.7, 1, 2, sharey=True)
    for axis, quantity in zip(axes, ("accuracy", "baked"), strict=True):
        for number, each in enumerate(names):
            part = table.filter(initialisation=each)
            x = np.arange(len(places)) + 0.16 * (number - (len(names) - 1) / 2)
            mean, half = part[f"{quantity}_percent"], part[f"{quantity}_ci95_percent"]
            axis.errorbar(x, mean, half, linestyle="none", capsize=2, label=each, **look(number))
        axis.set_xticks(range(len(places)), [textwrap.fill(place, 14) for place in places])
        axis.grid(axis="x", visible=False)
    axes[0].set(ylabel="accuracy (%)", xlabel="after five updates")
    axes[1].set_xlabel("after 12 h at 150 °C")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(names))
    return CaptionedFigure(
        name,
        figure,
        f"{what}: (a) after five updates on the chip, (b) after the bake. Whiskers are 95 % intervals over episodes.",
    )


def _writes(curve: pl.DataFrame, standard: pl.DataFrame, condition: str) -> CaptionedFigure:
    figure, axes = panels(2.7, 1, 2, sharey=True)
    for axis, x in zip(axes, ("cells_written", "updates_uj"), strict=True):
        label = "full scale of the second layer"
        accuracy, half = curve["accuracy_percent"], curve["accuracy_ci95_percent"]
        axis.errorbar(curve[x], accuracy, half, marker="x", color="0.4", capsize=2, label=label)
        for scale, at, height in zip(
            curve["second_layer_full_scale"], curve[x], curve["accuracy_percent"], strict=True
        ):
            note(axis, f"{scale:g}", (at, height), (3, -9))
        for number, row in enumerate(standard.filter(condition=condition).iter_rows(named=True)):
            accuracy, half = row["accuracy_percent"], row["accuracy_ci95_percent"]
            axis.errorbar(row[x], accuracy, half, capsize=2, label=row["initialisation"], **look(number))
        axis.set_xlim(0, None)
    axes[0].set(xlabel="cells written in five updates", ylabel="accuracy (%)")
    axes[1].set_xlabel("energy of five updates (µJ)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper center", ncols=3)
    return CaptionedFigure(
        "hardware-aware-writes",
        figure,
        "Accuracy against (a) cells written and (b) energy. The line chooses the rates through the hardware at each "
        "full scale of the second layer (numbers); the other marks are the initialisations. Bars are 95 % intervals.",
    )
