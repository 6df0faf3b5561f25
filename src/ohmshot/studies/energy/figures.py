"""Figures of the energy study."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, named_rows, note, panels
from ohmshot.studies.energy.findings import CLAIM_UJ
from ohmshot.study.study_result import StudyResult

CAUSES = {"cells": COLOURS[0], "lines": COLOURS[4], "converters": COLOURS[1]}


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Draw energy by scope and by cause, its sensitivity to one change at a time, and standby power."""
    tables = result.tables
    return [
        _scopes(tables["scopes"]),
        _split(tables["split"]),
        _sensitivity(tables["sensitivity"]),
        _standby(tables["standby"]),
    ]


def _scopes(table: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(0.9 + 0.24 * table.height, 1, 1)
    middle = table["energy_uj"].to_numpy()
    ends = [np.maximum(middle - table["low_uj"].to_numpy(), 0), table["high_uj"].to_numpy() - middle]
    axes[0].errorbar(middle, range(table.height), xerr=ends, fmt="o", color=COLOURS[0], linewidth=0.8)
    axes[0].axvline(CLAIM_UJ, color="0.3", linewidth=1, linestyle=":")
    note(axes[0], "stated bound", (CLAIM_UJ, table.height - 1), (4, 0), ha="left", va="center", fontsize=6)
    axes[0].set(xscale="log", xlabel="energy of five updates (µJ)")
    named_rows(axes[0], table["scope"].to_list())
    caption = (
        "The same five updates, by what is counted. Each row has in it what the row before it has, except the chips of "
        "other makers, which stand for themselves; the last row adds the processor to the switched off chip. Bars are "
        "the ends of what a row rests on; the dotted line is the published bound, whose scope is not stated."
    )
    return CaptionedFigure("energy-scopes", figure, caption)


def _split(table: pl.DataFrame) -> CaptionedFigure:
    phases = table["phase"].unique(maintain_order=True).to_list()
    operations = table["operation"].unique(maintain_order=True).to_list()
    figure, axes = panels(2.5, 1, len(phases))
    for axis, phase in zip(axes, phases, strict=True):
        left = np.zeros(len(operations))
        for cause, colour in CAUSES.items():
            part = table.filter(phase=phase, cause=cause)
            width = part["energy_nj"].to_numpy()
            axis.barh(operations, width, left=left, color=colour, label=cause, xerr=part["ci95_nj"], error_kw=_THIN)
            left += width
        axis.set(xlabel="energy (nJ)", title=phase, xlim=(0, None))
        axis.invert_yaxis()
        axis.grid(axis="y", visible=False)
    for axis in axes[1:]:
        axis.set_yticklabels([])
    axes[-1].legend(loc="center right")
    caption = (
        "Energy by operation and cause: writing the learned initialisation into a fresh chip, the five updates of one "
        "task, and one classification. Whiskers are 95 % intervals over episodes."
    )
    return CaptionedFigure("energy-split", figure, caption)


_THIN = {"elinewidth": 0.6, "capsize": 1.5, "ecolor": "0.2"}


def _sensitivity(table: pl.DataFrame) -> CaptionedFigure:
    baseline, rows = table.row(0, named=True), table.slice(1)
    names = rows["changed"].unique(maintain_order=True).to_list()
    figure, axes = panels(0.9 + 0.24 * len(names), 1, 2, sharey=True, width_ratios=(1.5, 1))
    halves = {"updates_uj": "updates_ci95_uj", "accuracy_percent": "accuracy_ci95_percent"}
    for axis, (value, half) in zip(axes, halves.items(), strict=True):
        _spans(axis, rows, names, value, half)
        axis.axvline(baseline[value], color="0.3", linewidth=1)
    axes[0].set(xlabel="energy of five updates (µJ)")
    axes[1].set(xlabel="accuracy after five updates (%)")
    named_rows(axes[0], [name.replace("_", " ") for name in names])
    caption = (
        "One thing changed at a time, the lines being the set as stated: (a) energy of the five updates, (b) accuracy "
        "after them. Whiskers are 95 % intervals. Pulse widths change energy and time only: the model of the cell does "
        "not let a shorter pulse fail."
    )
    return CaptionedFigure("energy-sensitivity", figure, caption)


def _spans(axis: Axes, rows: pl.DataFrame, names: list[str], value: str, half: str) -> None:
    """One line a changed thing, its values as points with their labels."""
    for y, name in enumerate(names):
        part = rows.filter(changed=name).sort(value)
        axis.errorbar(part[value], [y] * part.height, xerr=part[half], fmt="o-", color=COLOURS[0], linewidth=0.8)
        if value == "updates_uj":
            ends = (part.row(0, named=True), part.row(-1, named=True))
            for end, sign, side in zip(ends, (-1, 1), ("right", "left"), strict=True):
                beyond = end[value] + sign * end[half]
                note(axis, end["value"], (beyond, y), (4 * sign, 0), ha=side, va="center", fontsize=6)
    if value == "updates_uj":
        axis.margins(x=0.3)


def _standby(table: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(1.9, 1, 2, sharey=True)
    parts = table["part"].to_list()
    for axis, name, unit in zip(axes, ("area", "standby"), ("mm2", "nw"), strict=True):
        shown = table.filter(pl.col(f"{name}_{unit}") > 0)
        middle = shown[f"{name}_{unit}"].to_numpy()
        low, high = shown[f"{name}_low_{unit}"].to_numpy(), shown[f"{name}_high_{unit}"].to_numpy()
        y = [parts.index(part) for part in shown["part"]]
        axis.errorbar(middle, y, xerr=[middle - low, high - middle], fmt="o", color=COLOURS[0], linewidth=0.8)
        axis.set(xscale="log")
    axes[0].set(xlabel="area (mm²)")
    axes[1].set(xlabel="leakage, powered and idle (nW)")
    named_rows(axes[0], parts)
    caption = (
        "Estimated area and standby power of a 2-kbit chip in 130 nm; whiskers are the ends of the ranges of the rows "
        "that an estimate rests on. The array leaks nothing with its lines grounded."
    )
    return CaptionedFigure("energy-standby", figure, caption)
