"""Two parameters of a grid as maps of accuracy and energy."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from ohmshot.fleet.sweep.result import SweepResult
from ohmshot.fleet.sweep.setting import value_text
from ohmshot.report.figures import CaptionedFigure
from ohmshot.report.style import double_column, panel_letters
from ohmshot.report.sweep_words import ACCURACY, ENERGY, NANO


def map_figure(result: SweepResult) -> CaptionedFigure:
    """Draw a grid of two parameters: the first downwards, the second to the right."""
    down, right = ([*dict.fromkeys(each.values[axis.column] for each in result.settings)] for axis in result.axes)
    figure = double_column(1.1 + 0.32 * len(down))
    panels: Any = figure.subplots(1, 2)
    for panel, column, factor, form in zip(
        panels, (result.accuracy_column, result.energy_column), (100.0, NANO), ("{:.2f}", "{:.0f}"), strict=True
    ):
        values = np.empty((len(down), len(right)))
        for each in result.settings:
            place = down.index(each.values[result.axes[0].column]), right.index(each.values[result.axes[1].column])
            values[place] = factor * each.measured[column].mean
        _map(panel, values, form)
        panel.set_xticks(range(len(right)), [value_text(value, 3) for value in right])
        panel.set_yticks(range(len(down)), [value_text(value, 3) for value in down])
        panel.set(xlabel=result.axes[1].column)
    panels[0].set(ylabel=result.axes[0].column, title="accuracy (%)")
    panels[1].set(title="energy (nJ)")
    panel_letters(panels)
    return CaptionedFigure(
        "sweep-map",
        figure,
        f"(a) {ACCURACY[result.accuracy_column]} in per cent, (b) {ENERGY[result.energy_column]} of a chip in nJ.",
    )


def _map(panel: Axes, values: NDArray[np.float64], form: str) -> None:
    low, high = float(values.min()), float(values.max())
    panel.imshow(values, cmap="viridis", aspect="auto")
    panel.grid(visible=False)
    for (row, column), value in np.ndenumerate(values):
        # Dark text on light colours: viridis gets lighter upwards.
        light = value > low + 0.6 * (high - low)
        panel.text(
            column, row, form.format(value), ha="center", va="center", color="black" if light else "white", fontsize=7
        )
