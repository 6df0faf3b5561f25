"""Figures of the retention study."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes

from ohmshot.foundation.statistics import NORMAL_95
from ohmshot.foundation.units import YEAR_S
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, accuracy_curves, curve, look, named_rows, note, ordered_colours, panels
from ohmshot.study.lifetime import inverse_temperature
from ohmshot.study.study_result import StudyResult

_ARROW = {"arrowstyle": "-", "color": "0.4", "linewidth": 0.6}


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Technologies, accuracy under bakes, levels, Arrhenius and lifetime, sensitivity and repairs."""
    tables = result.tables
    return [
        _technologies(tables["technologies"]),
        _accuracy(tables["accuracy"]),
        _levels(tables["levels"]),
        _lifetime(tables["equivalence"], tables["lifetime"]),
        _repairs(tables["sensitivity"], tables["repair"]),
    ]


def _technologies(table: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(1.0 + 0.3 * table.height, 1, 2, sharey=True, width_ratios=(2, 1))
    looks = {"after five updates": "", "after 12 h at 150 °C": "baked_", "after 10 years at 75 °C": "stored_"}
    for number, (label, word) in enumerate(looks.items()):
        right, half = (table[f"{word}accuracy_{each}"].to_numpy() for each in ("percent", "ci95_percent"))
        at = np.arange(table.height) + 0.2 * (number - 1)
        axes[0].errorbar(right, at, xerr=half, fmt="os^"[number], color=COLOURS[number], label=label, linewidth=0.8)
    axes[1].errorbar(
        table["energy_uj"], range(table.height), xerr=table["energy_ci95_uj"], fmt="o", color="0.3", linewidth=0.8
    )
    axes[0].set(xlabel="accuracy (%)")
    axes[1].set(xlabel="energy of five updates (µJ)", xlim=(0, None))
    axes[0].legend(loc="upper left")
    named_rows(axes[0], table["parameters"].to_list())
    caption = (
        "The same tasks on cells of several technologies: (a) accuracy, (b) energy. Ten years at 75 °C are simulated "
        "by each set's own laws, far beyond the hours in which they were measured. Whiskers are 95 % intervals over "
        "episodes."
    )
    return CaptionedFigure("retention-technologies", figure, caption)


def _accuracy(table: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(2.7, 1, 2, sharey=True)
    temperatures = table["bake_celsius"].unique().sort().to_list()
    for number, (celsius, colour) in enumerate(zip(temperatures, ordered_colours(len(temperatures)), strict=True)):
        part = table.filter(bake_celsius=celsius)
        for axis, x in zip(axes, ("bake_h", "equivalent_years_at_75_celsius"), strict=True):
            curve(
                axis, part[x], 100 - part["accuracy_percent"], part["ci95_percent"], number, f"{celsius:g} °C", colour
            )
    axes[0].set(xscale="log", yscale="log", xlabel="bake time (h)", ylabel="wrong answers (%)")
    axes[1].set(xscale="log", xlim=(1e-4, None), xlabel="equivalent time at 75 °C (years)")
    axes[0].yaxis.set_major_formatter("{x:g}")
    axes[1].axvline(10, color="0.4", linestyle=":", linewidth=1)
    note(axes[1], "10 years", (10, 0.93), (-4, 0), xycoords=("data", "axes fraction"), ha="right")
    axes[0].legend(loc="upper left", title="bake at")
    caption = (
        "Wrong answers of adapted chips after a bake, (a) against bake time, (b) against the time at 75 °C that ages "
        "as much by Arrhenius' law. Bands are 95 % intervals over episodes. In (b) all temperatures lie "
        "on one curve as far as thermal loss alone rules."
    )
    return CaptionedFigure("retention-accuracy", figure, caption)


def _levels(table: pl.DataFrame) -> CaptionedFigure:
    temperatures = [celsius for celsius in (25.0, 150.0) if celsius in table["bake_celsius"]]
    targets = table["target_microsiemens"].unique().sort().to_list()
    figure, axes = panels(2.7, 1, len(temperatures), sharey=True)
    for axis, celsius in zip(axes, temperatures, strict=True):
        for number, (target, colour) in enumerate(zip(targets, ordered_colours(len(targets)), strict=True)):
            chosen = (
                (pl.col("bake_celsius") == celsius) & (pl.col("target_microsiemens") == target) & (pl.col("bake_h") > 0)
            )
            part = table.filter(chosen)
            sampling = NORMAL_95 * part["sigma_microsiemens"] / np.sqrt(2 * part["cells"])
            label = f"{target:.0f} µS"
            curve(axis, part["bake_h"], part["sigma_microsiemens"], sampling, number, label, colour)
        axis.set(xscale="log", xlabel=f"bake time at {celsius:g} °C (h)")
    axes[0].set_ylabel("standard deviation (µS)")
    axes[-1].legend(loc="center left", bbox_to_anchor=(1, 0.5), title="target")
    caption = (
        "Spread of every level and of the reset state against bake time. Bands are the 95 % sampling error of a "
        "standard deviation. At 25 °C only relaxation acts, and it saturates; at 150 °C thermal loss comes on top."
    )
    return CaptionedFigure("retention-levels", figure, caption)


def _lifetime(equivalence: pl.DataFrame, lifetime: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(2.9, 1, 2)
    energies = equivalence["activation_energy_ev"].unique().sort().to_list()
    for number, energy in enumerate(energies):
        part = equivalence.filter(activation_energy_ev=energy)
        x = [inverse_temperature(celsius) for celsius in part["use_celsius"]]
        axes[0].plot(x, part["years"], color=COLOURS[number], label=f"{energy:g} eV")
        part = lifetime.filter(activation_energy_ev=energy)
        axes[1].plot(part["use_celsius"], part["years_to_90_percent_right"], label=f"{energy:g} eV", **look(number))
        bounds = part.drop_nulls(["low_years", "high_years"])
        axes[1].fill_between(
            bounds["use_celsius"], bounds["low_years"], bounds["high_years"], color=COLOURS[number], alpha=0.25
        )
    points = [(inverse_temperature(150.0), 12 * 3600 / YEAR_S), (inverse_temperature(75.0), 10.0)]
    axes[0].plot(*zip(*points, strict=True), "k*", markersize=8, linestyle="none")
    note(axes[0], "12 h at 150 °C", points[0], (8, -9))
    note(axes[0], "10 years at 75 °C", points[1], (40, -34), arrowprops=_ARROW)
    axes[0].set(yscale="log", ylim=(1e-4, None), xlabel="1 / kT (1/eV)", ylabel="time equal to 12 h at 150 °C (years)")
    _temperature_axis(axes[0])
    axes[0].legend(title="activation energy")
    axes[1].set(yscale="log", xlabel="use temperature (°C)", ylabel="time to 90 % accuracy (years)")
    axes[1].axhline(10, color="0.4", linestyle=":", linewidth=1)
    caption = (
        "(a) The time at a temperature that ages as much as 12 h at 150 °C; the line through both stars is the stated "
        "equivalence. (b) Time until accuracy falls to 90 %, the loss in the bake held and the activation energy "
        "changed; bands are 95 % bootstrap intervals over episodes, and the dotted line is 10 years."
    )
    return CaptionedFigure("retention-lifetime", figure, caption)


def _temperature_axis(axis: Axes) -> None:
    """Write temperatures along the top of an axis in 1/kT."""
    top = axis.secondary_xaxis("top")
    celsius = (25, 50, 75, 100, 125, 150)
    top.set_xticks([inverse_temperature(value) for value in celsius], [f"{value}" for value in celsius])
    top.set_xlabel("temperature (°C)")


def _repairs(sensitivity: pl.DataFrame, repair: pl.DataFrame) -> CaptionedFigure:
    figure, axes = panels(2.9, 1, 2, width_ratios=(1, 1.2))
    _tornado(axes[0], sensitivity)
    hours = repair["bake_h_at_150_celsius"].unique().sort()
    accuracy_curves(axes[1], repair, "bake_h_at_150_celsius", "repair")
    axes[1].set(xlabel="bake at 150 °C before the repair (h)", ylabel="accuracy (%)", xlim=(0, 1.05 * float(hours[-1])))
    axes[1].legend(title="repair", loc="lower left")
    caption = (
        "(a) Bake at 150 °C until accuracy falls to 90 %, with one row of the parameter set at either end of its "
        "range; bars are 95 % bootstrap intervals, the line is the set as stated. (b) Accuracy after a bake and a "
        "repair: one gain from reference cells, or rewriting the share of cells that lie farthest off. Bands are 95 % "
        "intervals."
    )
    return CaptionedFigure("retention-repair", figure, caption)


def _tornado(axis: Axes, table: pl.DataFrame) -> None:
    baseline, rows = table.row(0, named=True), table.slice(1)
    names = rows["row"].unique(maintain_order=True).to_list()
    column = "hours_to_90_percent_right_at_150_celsius"
    for number, end in enumerate(("low", "high")):
        part = rows.filter((pl.col("end") == end) & pl.col(column).is_not_null())
        y = [names.index(row) + 0.18 * (2 * number - 1) for row in part["row"]]
        low = (part[column] - part["low_h"]).fill_null(0.0).clip(0)
        high = (part["high_h"] - part[column]).fill_null(0.0).clip(0)
        axis.errorbar(part[column], y, xerr=[low, high], linestyle="none", label=f"{end} end", **look(number))
    if baseline[column] is not None:
        axis.axvline(baseline[column], color="0.4", linewidth=1)
    axis.set(xlim=(0, None), xlabel="bake at 150 °C to 90 % accuracy (h)")
    named_rows(axis, [name.replace("_", " ") for name in names])
    axis.legend(loc="best")
