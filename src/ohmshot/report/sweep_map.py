"""Two parameters of a grid as maps of accuracy and energy."""

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from numpy.typing import NDArray

from ohmshot.plot.accuracy_axis import accuracy_colours
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import double_column, panel_letters
from ohmshot.report.sweep_words import ACCURACY, ENERGY, NANO
from ohmshot.sweep.configuration import value_text
from ohmshot.sweep.result import SweepResult


def map_figure(result: SweepResult) -> CaptionedFigure:
    """Draw a grid of two parameters: the first downwards, the second to the right."""
    down, right = ([*dict.fromkeys(each.values[axis.column] for each in result.settings)] for axis in result.axes)
    figure = double_column(1.1 + 0.32 * len(down))
    panels: Any = figure.subplots(1, 2)
    for panel, column, factor, form, scale in (
        (panels[0], result.accuracy_column, 100.0, "{:.2f}", accuracy_colours),
        (panels[1], result.energy_column, NANO, "{:.0f}", _even),
    ):
        values = np.empty((len(down), len(right)))
        for each in result.settings:
            place = down.index(each.values[result.axes[0].column]), right.index(each.values[result.axes[1].column])
            values[place] = factor * each.measured[column].mean
        _map(panel, values, form, scale(values))
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


def _even(values: NDArray[np.float64]) -> Normalize:
    return Normalize(float(values.min()), float(values.max()))


def _map(panel: Axes, values: NDArray[np.float64], form: str, colours: Normalize) -> None:
    panel.imshow(values, cmap="viridis", aspect="auto", norm=colours)
    panel.grid(visible=False)
    for (row, column), value in np.ndenumerate(values):
        # Dark text on light colours: viridis gets lighter upwards.
        light = colours(np.atleast_1d(value))[0] > 0.6
        panel.text(
            column, row, form.format(value), ha="center", va="center", color="black" if light else "white", fontsize=7
        )
