"""Figures of the fleet study."""

from typing import Any

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, look, named_rows, panels, share_curve
from ohmshot.study.study_result import StudyResult

INDICATORS = {
    "formed_microsiemens": "mean after FORM",
    "formed_spread_microsiemens": "spread after FORM",
    "reset_log_mean": "mean RESET state",
    "reset_log_spread": "spread of RESET states",
    "set_microsiemens": "mean SET state",
    "set_cell_spread_microsiemens": "SET spread between cells",
    "set_cycle_spread_microsiemens": "SET spread between cycles",
    "stuck": "stuck cells found",
    "write_pulses": "pulses to write",
    "cells_missed": "cells that missed",
    "mean_cycles": "wear of all that",
}
TARGETS = {"loss_percent": "accuracy lost", "bake_loss_percent": "lost in the bake", "updates_nj": "energy"}


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Distributions, yield, health, wafers."""
    tables = result.tables
    assumed = dict(tables["assumptions"].select("name", "value").iter_rows())
    required, allowed = assumed["required_percent"], assumed["allowed_loss_percent"]
    return [
        _distributions(tables["chips"], required),
        _yields(tables["variability"], tables["stuck"], required, allowed),
        _health(tables["health"], tables["prediction"]),
        _wafers(tables["chips"], tables["wafers"]),
    ]


def _distributions(chips: pl.DataFrame, required: float) -> CaptionedFigure:
    figure, axes = panels(2.6, 1, 3)
    for colour, ((population,), rows) in zip(COLOURS, chips.group_by("population", maintain_order=True), strict=False):
        for column, style, name in (
            ("accuracy_percent", "-", population),
            ("baked_percent", ":", f"{population}, baked"),
        ):
            share_curve(axes[0], rows[column], style, colour, name, "above")
        share_curve(axes[1], rows["bake_loss_percent"], "-", colour, population, "below")
        share_curve(axes[2], rows["updates_nj"], "-", colour, population, "below")
    axes[0].axvline(required, color="0.6", linewidth=0.8)
    axes[0].set(xlabel="accuracy (%)", ylabel="chips that reach it (%)")
    axes[1].set(xlabel="lost in the bake (points)", ylabel="chips that lose at most that (%)")
    axes[2].set(xlabel="energy of five updates (nJ)", ylabel="chips that take at most that (%)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    caption = (
        "Distributions over chips, each the mean over its tasks: (a) share of the chips that reach an accuracy, the "
        "line being the required one; (b) accuracy lost in 12 h at 150 °C; (c) energy of the five updates."
    )
    return CaptionedFigure("fleet-distribution", figure, caption)


def _yields(variability: pl.DataFrame, stuck: pl.DataFrame, required: float, allowed: float) -> CaptionedFigure:
    strategies = variability["strategy"].unique(maintain_order=True).to_list()
    figure, axes = panels(4.2, 2, len(strategies) + 1, sharey=True, sharex="col")
    for row, measure in enumerate(("yield", "kept")):
        for axis, strategy in zip(axes[row], strategies, strict=False):
            for number, kind in enumerate(("device", "cycle")):
                rows = variability.filter(strategy=strategy, spread=kind)
                _yield_curves(axis, rows["factor"], rows, measure, number, f"between {kind}s")
        for number, ((help_,), rows) in enumerate(stuck.group_by("help", maintain_order=True), 2):
            _yield_curves(axes[row, -1], rows["stuck_percent"], rows, measure, number, help_)
    for axis, title in zip(axes[0], (*strategies, "stuck cells"), strict=True):
        axis.set_title(title)
        axis.legend(loc="lower left")
    for axis in axes[1, :-1]:
        axis.set(xlabel="spread (times the stated)")
    axes[1, -1].set(xlabel="stuck cells (%)")
    axes[0, 0].set(ylabel=f"chips that reach {required:g} % (%)", ylim=(0, 105))
    axes[1, 0].set(ylabel=f"chips that lose at most {allowed:g} pt (%)")
    caption = (
        "Yield: share of the chips that (a to c) reach the required accuracy and (d to f) lose no more than what is "
        "allowed against exact weights on the same tasks, means over their tasks, right after learning (filled) and "
        "after the bake (open, dotted): against the spread of SET and RESET between devices and between cycles, by "
        "strategy, and against the share of stuck cells, half low and half high. Whiskers are 95 % intervals after "
        "Wilson."
    )
    return CaptionedFigure("fleet-yield", figure, caption)


def _yield_curves(axis: Axes, x: pl.Series, rows: pl.DataFrame, measure: str, number: int, label: str) -> None:
    both = look(number) | {"markersize": 4, "linewidth": 1, "elinewidth": 0.6, "capsize": 1.5}
    filled: dict[str, Any] = {"label": label, "linestyle": "-"}
    hollow: dict[str, Any] = {"linestyle": ":", "markerfacecolor": "white"}
    for name, shown in ((measure, filled), (f"baked_{measure}", hollow)):
        middle = rows[f"{name}_percent"].to_numpy()
        around = [middle - rows[f"{name}_low_percent"].to_numpy(), rows[f"{name}_high_percent"].to_numpy() - middle]
        axis.errorbar(x, middle, np.clip(around, 0, None), **both, **shown)


def _health(table: pl.DataFrame, prediction: pl.DataFrame) -> CaptionedFigure:
    populations = table["population"].unique(maintain_order=True).to_list()
    names = [name for name in INDICATORS if name in table["indicator"]]
    figure, axes = panels(1.1 + 0.26 * len(names), 1, len(populations), sharey=True)
    for axis, population in zip(axes, populations, strict=True):
        for number, (target, label) in enumerate(TARGETS.items()):
            rows = table.filter(population=population, target=target)
            rows = rows.filter(pl.col("indicator").is_in(names)).drop_nulls().drop_nans()
            y = [names.index(name) + 0.24 * (number - 1) for name in rows["indicator"]]
            middle = rows["rank_correlation"].to_numpy()
            around = [middle - rows["low"].to_numpy(), rows["high"].to_numpy() - middle]
            predicted = prediction.filter(population=population, target=target)
            found = predicted.row(0, named=True)
            text = f"{label}: {max(0.0, 100 * found['explained_share']):.0f} % explained"
            if found["own_high_share"] is not None:
                text += f" (at most {100 * found['own_high_share']:.0f} %)"
            shown = look(number) | {"linestyle": "none", "markersize": 3, "elinewidth": 0.7}
            axis.errorbar(middle, y, xerr=around, label=text, **shown)
        axis.axvline(0, color="0.4", linewidth=0.8)
        axis.set(xlabel="rank correlation", title=population, xlim=(-1, 1))
        axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.16), fontsize=6)
    named_rows(axes[0], [INDICATORS[name] for name in names])
    caption = (
        "What a host measures of a chip before it learns, against what the chip then does, mean over its tasks in "
        "other lives. Whiskers are 95 % intervals. In the legends: share of the variance over chips that all "
        "indicators together explain on chips not seen (fivefold cross-validated ridge regression), and the upper end "
        "of the share that is the chip's own and not its tasks': the most that could be explained."
    )
    return CaptionedFigure("fleet-health", figure, caption)


def _wafers(chips: pl.DataFrame, wafers: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(2.5, 1, 3, width_ratios=(1, 1, 1.1))
    last = chips.filter(population=chips["population"][-1])
    first_wafer = last.filter(pl.col("wafer") == last["wafer"].min())
    maps = (("set_microsiemens", "SET meant for the lowest level (µS)"), ("updates_nj", "energy of five updates (nJ)"))
    for axis, (name, label) in zip(axes, maps, strict=False):
        points = axis.scatter(first_wafer["x"], first_wafer["y"], c=first_wafer[name], marker="s", s=14, cmap="viridis")
        angle = np.linspace(0, 2 * np.pi, 200)
        axis.plot(np.cos(angle), np.sin(angle), color="0.5", linewidth=0.8)
        axis.set(aspect="equal", xticks=[], yticks=[])
        axis.grid(visible=False)
        for spine in axis.spines.values():
            spine.set_visible(False)
        figure.colorbar(points, ax=axis, location="bottom", label=label, shrink=0.9)
    _gains(axes[2], wafers)
    caption = (
        "Lots, wafers and dies that differ by the far ends of their assumed ranges: (a, b) the dies of one wafer, by "
        "what their host measures and what they take; (c) accuracy gained over the bundle as shipped by fine-tuning it"
        " with the write errors of all wafers or of the chip's own, and by trimming the gate voltages to the wafer "
        "instead, wafer by wafer on equal tasks. Whiskers are 95 % intervals over pairs."
    )
    return CaptionedFigure("fleet-wafers", figure, caption)


def _gains(axis: Axes, table: pl.DataFrame) -> None:
    tuned = table["initialisation"].unique(maintain_order=True).to_list()[1:]
    strategies = table["strategy"].unique(maintain_order=True).to_list()
    count = table["wafer"].n_unique()
    for i, strategy in enumerate(strategies):
        for j, name in enumerate(tuned):
            rows = table.filter(strategy=strategy, initialisation=name)
            x = i * (count + 1) + rows["wafer"].to_numpy() + 0.25 * (j - (len(tuned) - 1) / 2)
            gain, half = rows["accuracy_gain_percent"], rows["accuracy_gain_ci95_percent"]
            label = name.removeprefix("as shipped, ") if i == 0 else None
            shown = look(j) | {"linestyle": "none", "markersize": 4, "elinewidth": 0.7}
            axis.errorbar(x, gain, half, label=label, **shown)
    axis.axhline(0, color="0.4", linewidth=0.8)
    middles = [i * (count + 1) + (count - 1) / 2 for i in range(len(strategies))]
    axis.set_xticks(middles, strategies)
    axis.set(ylabel="accuracy gained (points)", xlabel="wafers, by strategy")
    axis.legend(loc="upper center", bbox_to_anchor=(0.5, -0.4), fontsize=6)
