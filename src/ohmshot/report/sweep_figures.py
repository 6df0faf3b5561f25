"""Figures of a sweep: accuracy and energy against every parameter, the front of both, and a map of two parameters."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, LogLocator
from numpy.typing import NDArray

from ohmshot.plot.accuracy_axis import SAID, accuracy_axis
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, MARKERS, double_column, ordered_colours, panel_letters, paper_style
from ohmshot.report.sweep_front import front_figure, marked
from ohmshot.report.sweep_map import map_figure
from ohmshot.report.sweep_words import ACCURACY, ENERGY, NANO
from ohmshot.sweep.configuration import Value, value_text
from ohmshot.sweep.result import AxisResult, SettingResult, SweepResult

PANELS_OF_A_FIGURE = 4
CURVES = 6
"""Most values of a second parameter that get a curve each."""
SIDE_BY_SIDE = 7
"""Points beside each other at a name."""
LABEL_ROOM = 80
"""Characters that labels under a figure may have before they are turned."""
WIDE = 10.0
"""Positive numbers whose ends are further apart than this factor stand on a logarithmic scale."""


def sweep_figures(result: SweepResult) -> list[CaptionedFigure]:
    """Draw the figures in the common style."""
    with paper_style():
        figures = -(-len(result.axes) // PANELS_OF_A_FIGURE)
        columns = -(-len(result.axes) // figures)
        groups = [result.axes[first : first + columns] for first in range(0, len(result.axes), columns)]
        drawn = [_parameters(result, axes, number) for number, axes in enumerate(groups, 1)]
        drawn.append(front_figure(result))
        if result.file.method == "grid" and len(result.axes) == 2:
            drawn.append(map_figure(result))
        return drawn


def _parameters(result: SweepResult, axes: Sequence[AxisResult], number: int) -> CaptionedFigure:
    """One column of panels a parameter: accuracy above, energy below."""
    figure = double_column(4.2)
    panels: Any = figure.subplots(2, len(axes), sharey="row", sharex="col", squeeze=False)
    columns = ((result.accuracy_column, 100.0), (result.energy_column, NANO))
    for place, axis in enumerate(axes):
        for row, (column, factor) in enumerate(columns):
            _panel(panels[row][place], result, axis, column, factor)
        panels[1][place].set_xlabel(_label(axis))
        _scale(panels[1][place], result, axis)
    accuracy_axis(panels[0][0], [100 * each.measured[result.accuracy_column].mean for each in result.settings])
    panels[0][0].set_ylabel("accuracy (%)")
    panels[1][0].set_ylabel("energy (nJ)")
    for place, axis in enumerate(axes):
        handles, labels = panels[1][place].get_legend_handles_labels()
        if labels:
            title = next(each.column for each in result.axes if each is not axis)
            panels[1][place].legend(
                handles,
                labels,
                title=title,
                ncols=len(labels),
                loc="upper center",
                bbox_to_anchor=(0.5, -0.22),
                columnspacing=1.0,
                handletextpad=0.4,
            )
    panel_letters(panels.flatten())
    caption = (
        f"Above: {ACCURACY[result.accuracy_column]}; below: {ENERGY[result.energy_column]} of a chip. "
        f"{_drawn(result)} Means over {result.settings[0].chips} chips with 95 % intervals; the chips and tasks are "
        f"the same at every setting, so differences are surer than the intervals show. {SAID}"
    )
    return CaptionedFigure("sweep-parameters" if number == 1 else f"sweep-parameters-{number}", figure, caption)


def _panel(panel: Axes, result: SweepResult, axis: AxisResult, column: str, factor: float) -> None:
    others = [each for each in result.axes if each is not axis]
    if result.file.method == "grid" and len(others) <= 1:
        values = _distinct(result, others[0]) if others else [None]
        if len(values) <= CURVES:
            colours = ordered_colours(len(values)) if others else [COLOURS[0]]
            for number, value in enumerate(values):
                part = [each for each in result.settings if not others or each.values[others[0].column] == value]
                x, y, half = _points(result, part, axis, column, factor)
                label = value_text(value, 3) if others else None
                # Nothing lies between names: no line joins them, and they stand beside each other.
                beside = 0.0 if axis.ordered else 0.12 * (number - (len(values) - 1) / 2)
                panel.errorbar(
                    x + beside,
                    y,
                    half,
                    linestyle="-" if axis.ordered else "",
                    elinewidth=0.6,
                    marker=MARKERS[number],
                    color=colours[number],
                    label=label,
                )
            return
    _scatter(panel, result, axis, column, factor)


def _scatter(panel: Axes, result: SweepResult, axis: AxisResult, column: str, factor: float) -> None:
    """All settings as points; of a grid also their mean at each value."""
    x, y, half = _points(result, result.settings, axis, column, factor)
    if not axis.ordered:  # so that settings of one name do not hide each other
        x = x + 0.3 * (np.arange(len(x)) % SIDE_BY_SIDE / (SIDE_BY_SIDE - 1) - 0.5)
    panel.errorbar(x, y, half, fmt="o", alpha=0.45, linewidth=0.6, capsize=0, color=COLOURS[0])
    if result.file.method == "grid":
        where, mean, _ = _points(result, result.settings, axis, column, factor)
        places = np.unique(where)
        line = "-" if axis.ordered else ""
        panel.plot(places, [mean[where == place].mean() for place in places], line, color=COLOURS[1], marker="s")
        return
    for number, marker, colour in marked(result):
        at = [place for place, each in enumerate(result.settings) if each.setting == number]
        panel.plot(x[at], y[at], marker, color=colour, markersize=6, zorder=4)


def _points(
    result: SweepResult, settings: Sequence[SettingResult], axis: AxisResult, column: str, factor: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Places on the axis, means and half intervals; settings without a number on the axis stand nowhere."""
    places = _places(result, axis)
    x = np.array([places.get(each.values[axis.column], np.nan) for each in settings])
    y = np.array([factor * each.measured[column].mean for each in settings])
    return x, y, np.array([factor * each.measured[column].ci95 for each in settings])


def _places(result: SweepResult, axis: AxisResult) -> dict[Value, float]:
    """Positions of the values of an axis: numbers on their scale, names one after another."""
    values = _distinct(result, axis)
    if axis.ordered:
        return {value: float(value) for value in values if isinstance(value, int | float)}
    return {value: float(place) for place, value in enumerate(values)}


def _distinct(result: SweepResult, axis: AxisResult) -> list[Value]:
    """Values in the order of the file, after that of the baseline where it is none of them."""
    met = dict.fromkeys(each.values[axis.column] for each in result.settings)
    listed = axis.choices or ()
    return [each for each in met if each not in listed] + [each for each in listed if each in met]


def _scale(panel: Axes, result: SweepResult, axis: AxisResult) -> None:
    if not axis.ordered:
        values = _distinct(result, axis)
        names = [value_text(value, 3) for value in values]
        panel.set_xticks(range(len(values)), names)
        if sum(map(len, names)) > LABEL_ROOM / len(result.axes):
            panel.tick_params(axis="x", rotation=20)
        panel.set_xlim(-0.5, len(values) - 0.5)
        return
    numbers = list(_places(result, axis).values())
    if axis.log or (min(numbers) > 0 and max(numbers) / min(numbers) > WIDE):
        panel.set_xscale("log")
        panel.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
        panel.xaxis.set_major_formatter(FormatStrFormatter("%g"))
        panel.minorticks_off()
    if result.file.method == "grid":
        panel.set_xticks(numbers, [value_text(number, 3) for number in numbers])


def _label(axis: AxisResult) -> str:
    unit = f" ({axis.unit.replace('uS', 'µS')})" if axis.unit and axis.unit != "1" else ""
    return axis.column + unit


def _drawn(result: SweepResult) -> str:
    if result.file.method == "grid":
        return "" if len(result.axes) <= 2 else "One point a setting; line: mean over the other parameters."
    best = " Star: the best within the budget." if result.search and result.search.best else ""
    return f"One point a setting. Diamond: the baseline.{best}"
