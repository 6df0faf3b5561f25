"""Figures of the strategies study."""

from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import NullLocator
from numpy.typing import NDArray
from scipy.special import ndtri

from ohmshot.foundation.sentences import counted
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import double_column, look, panels, single_column
from ohmshot.studies.strategies.noise_figures import crossover_figure, map_figure
from ohmshot.studies.strategies.tables import WEIGHT_ERROR
from ohmshot.study.moments import AFTER_THE_BAKE, MOMENTS, RIGHT_AFTER
from ohmshot.study.study_result import StudyResult

SHOWN = ("single-shot-set", "iterative-set", "hybrid", "closed-loop")
"""Strategies whose distributions are drawn; the table has all."""
OURS = ("closed-loop", "pair-corrected")
PROBABILITIES = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Distributions, crossover, map, convergence, the front, accuracy, and the sweeps of what is assumed."""
    names = result.tables["strategies"]["strategy"].to_list()
    looks = {name: look(i) for i, name in enumerate(names)}
    return [
        map_figure(result),
        crossover_figure(result),
        _distributions(result),
        _convergence(result, looks),
        _front(result, looks),
        _accuracy(result, looks),
        _assumptions(result, looks),
    ]


Looks = dict[str, dict[str, Any]]
"""Colour and marker by strategy."""


def _distributions(result: StudyResult) -> CaptionedFigure:
    table = result.tables["quantiles"]
    targets = table["target_microsiemens"].unique().sort().to_list()
    shades = colormaps["viridis"](np.linspace(0, 0.9, len(targets)))
    figure = double_column(3.6)
    rows = (RIGHT_AFTER, AFTER_THE_BAKE)
    axes = figure.subplots(len(rows), len(SHOWN), sharex=True, sharey=True)
    for line, moment in zip(axes, rows, strict=True):
        for axis, name in zip(line, SHOWN, strict=True):
            here = table.filter(strategy=name, moment=moment)
            for target, shade in zip(targets, shades, strict=True):
                part = here.filter(target_microsiemens=target).sort("probability")
                axis.plot(part["conductance_microsiemens"], ndtri(part["probability"].to_numpy()), color=shade)
                axis.axvline(target, color=shade, linewidth=0.4, linestyle=":")
            axis.grid(visible=False)
            if moment == RIGHT_AFTER:
                axis.set_title(name)
        line[0].set_ylabel(f"{moment}\ncumulative probability (%)")
    axes[0, 0].set_yticks(ndtri(PROBABILITIES), [f"{100 * p:g}" for p in PROBABILITIES])
    figure.supxlabel("conductance (µS)", fontsize=8)
    caption = (
        "Cumulative distributions of the conductance of all states on a probit axis, on which a normal distribution is "
        f"a straight line; dotted: targets. Above right after programming, below {AFTER_THE_BAKE} of 12 h at 150 °C."
    )
    return CaptionedFigure("strategies-distributions", figure, caption)


def _convergence(result: StudyResult, looks: Looks) -> CaptionedFigure:
    table = result.tables["attempts"]
    figure, (left, right) = panels(2.4, 1, 2)
    for name, shown in looks.items():
        part = table.filter(strategy=name).sort("attempts")
        if name in ("single-shot-set",):
            left.axhline(part["level_error_microsiemens"][0], color=shown["color"], linestyle="--", label=name)
        elif name in ("iterative-set", "iterative-reset", "hybrid", "closed-loop"):
            left.plot(part["attempts"], part["level_error_microsiemens"], label=name, **shown)
            right.plot(part["attempts"], 100 * part["missed_share"], **shown)
    left.set(xscale="log", yscale="log", xlabel="attempts", ylabel="rms error of a level (µS)")
    right.set(xscale="log", yscale="log", xlabel="attempts", ylabel="cells outside their window (%)")
    _ticks(left.xaxis, 1, 2, 4, 8, 16, 32)
    _ticks(right.xaxis, 1, 2, 4, 8, 16, 32)
    _ticks(left.yaxis, 2, 3, 5, 10, 20, 30)
    _ticks(right.yaxis, 0.3, 1, 3, 10, 30)
    left.legend()
    caption = (
        "Error against iterations: (a) root mean square of the error of the cells at levels, (b) cells still "
        "outside their window, when write-verify is cut off after so many attempts."
    )
    return CaptionedFigure("strategies-convergence", figure, caption)


def _ticks(axis: Axis, *values: float) -> None:
    """Ticks of a logarithmic axis, and no others."""
    axis.set_ticks(values, [f"{value:g}" for value in values])
    axis.set_minor_locator(NullLocator())


def _front(result: StudyResult, looks: Looks) -> CaptionedFigure:
    table = result.tables["front"]
    figure, axes = panels(2.8, 1, len(MOMENTS), sharex=True, sharey=True)
    for axis, moment in zip(axes, MOMENTS, strict=True):
        column = WEIGHT_ERROR[moment]
        for name, shown in looks.items():
            part = table.filter(strategy=name).sort("energy_pj")
            axis.plot(part["energy_pj"], part[column], linewidth=0.8, label=name, **shown)
        _best_so_far(axis, table["energy_pj"].to_numpy(), table[column].to_numpy())
        axis.set(xscale="log", yscale="log", xlabel="energy a cell (pJ)", title=moment)
        _ticks(axis.xaxis, 100, 200, 500, 1000)
        _ticks(axis.yaxis, 2, 3, 5, 10, 15)
    axes[0].set_ylabel("rms weight error (µS)")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    tolerances = table["tolerance_microsiemens"].to_list()
    caption = (
        "Energy, accuracy and retention: weight error against energy as the tolerance grows from "
        f"{min(tolerances):g} to {max(tolerances):g} µS (right to left along a curve). Grey: "
        "the Pareto front of all strategies."
    )
    return CaptionedFigure("strategies-front", figure, caption)


def _best_so_far(axis: Axes, cost: NDArray[np.float64], error: NDArray[np.float64]) -> None:
    """Shade the least error that can be had for an energy."""
    order = np.argsort(cost)
    least = np.minimum.accumulate(error[order])
    axis.step(cost[order], least, where="post", color="#BBBBBB", linewidth=4, zorder=0)


def _accuracy(result: StudyResult, looks: Looks) -> CaptionedFigure:
    table = result.tables["strategies"]
    figure = single_column(2.6)
    axis = figure.subplots()
    for row in table.iter_rows(named=True):
        shown = looks[row["strategy"]] | {"linestyle": "none"}
        filled, hollow = {"label": row["strategy"]}, {"markerfacecolor": "white"}
        for name, kind in (("accuracy", filled), ("accuracy_after_bake", hollow)):
            middle, half = row[f"{name}_percent"], row[f"{name}_ci95_percent"]
            axis.errorbar(row["adaptation_uj"], middle, half, **shown, **kind)
    axis.set(xlabel="energy of five updates (µJ)", ylabel="accuracy (%)")
    figure.legend(loc="outside lower center", ncols=2)
    caption = (
        f"Accuracy after five updates (filled) and after the bake (open) against the energy of the updates, multiplies "
        f"included; {counted(result.run.episodes, 'episode')} on "
        f"{counted(result.run.chips, 'chip')}, bars: 95 % intervals over episodes."
    )
    return CaptionedFigure("strategies-accuracy", figure, caption)


def _assumptions(result: StudyResult, looks: Looks) -> CaptionedFigure:
    table = result.tables["sweeps"]
    hybrid = table.filter(strategy="hybrid")
    labels = [f"{row.replace('_', ' ')} {value}" for row, value in hybrid.select("row", "value").iter_rows()]
    places = np.arange(len(labels))
    figure, axes = panels(3.4, 1, 3, sharey=True)
    columns = ("energy_pj", "cycles", WEIGHT_ERROR[AFTER_THE_BAKE])
    names = ("energy", "cycles", "weight error after the bake")
    for axis, column, title in zip(axes, columns, names, strict=True):
        for name in OURS:
            ratio = table.filter(strategy=name)[column].to_numpy() / hybrid[column].to_numpy()
            axis.plot(ratio, places, linestyle="none", label=name, **looks[name])
        axis.axvline(1.0, color="black", linewidth=0.8)
        axis.set(xlabel=f"{title}\n(hybrid = 1)", xlim=(0, None))
    axes[0].set_yticks(places, labels)
    axes[0].invert_yaxis()
    axes[2].legend(loc="upper left")
    caption = (
        "Does the comparison hang on what is assumed? Each row of the parameter set that is not measured is changed "
        "alone; points left of the line are better than the hybrid under the same assumption."
    )
    return CaptionedFigure("strategies-assumptions", figure, caption)
