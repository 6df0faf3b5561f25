"""Figures of a sweep: accuracy and energy against every parameter, the front of both, and a map of two parameters."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FormatStrFormatter, LogLocator
from numpy.typing import NDArray

from ohmshot.foundation.sentences import counted
from ohmshot.plot.accuracy_axis import SCALE_NOTE, accuracy_axis, accuracy_colours
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, MARKERS, double_column, ordered_colours, panel_letters, paper_style
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
        drawn.append(_front(result))
        if result.file.method == "grid" and len(result.axes) == 2:
            drawn.append(_maps(result))
        return drawn


def _parameters(result: SweepResult, axes: Sequence[AxisResult], number: int) -> CaptionedFigure:
    """One column of panels a parameter: accuracy above, energy below."""
    figure = double_column(4.2)
    panels: Any = figure.subplots(2, len(axes), sharey="row", sharex="col", squeeze=False)
    columns = ((result.accuracy_column, 1.0), (result.energy_column, NANO))
    for place, axis in enumerate(axes):
        for row, (column, factor) in enumerate(columns):
            _panel(panels[row][place], result, axis, column, factor)
        panels[1][place].set_xlabel(_label(axis))
        _scale(panels[1][place], result, axis)
    accuracy_axis(panels[0][0], [each.measured[result.accuracy_column].mean for each in result.settings])
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
        f"{_drawn(result)} Means over {counted(result.settings[0].chips, 'chip')} with 95 % "
        f"intervals; the chips and tasks are "
        f"the same at every setting, so differences are surer than the intervals show. {SCALE_NOTE}"
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
    for number, marker, colour in _marked(result):
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


def _front(result: SweepResult) -> CaptionedFigure:
    """Accuracy against energy, and the settings that nothing beats in both."""
    figure = double_column(3.0)
    panel = figure.subplots()
    x, y = zip(*(_mean_point(result, each) for each in result.settings), strict=True)
    panel.errorbar(
        x,
        y,
        [each.measured[result.accuracy_column].ci95 for each in result.settings],
        [NANO * each.measured[result.energy_column].ci95 for each in result.settings],
        fmt="o",
        color=COLOURS[0],
        alpha=0.45,
        linewidth=0.6,
        capsize=0,
        label="setting",
    )
    front = {each.setting: _mean_point(result, each) for each in result.front}
    panel.plot(*zip(*front.values(), strict=True), color=COLOURS[1], marker="s", zorder=3, label="front")
    for setting, place in front.items():
        panel.annotate(str(setting), place, (3, 4), textcoords="offset points", fontsize=7)
    for number, marker, colour in _marked(result):
        each = next(one for one in result.settings if one.setting == number)
        name = "baseline" if number == 0 else "best"
        panel.plot(*_mean_point(result, each), marker, color=colour, markersize=8, zorder=4, label=name)
    if result.search:
        _evaluation(panel, result, result.search.evaluation)
    panel.set(xlabel=f"{ENERGY[result.energy_column]} (nJ)", ylabel=f"{ACCURACY[result.accuracy_column]} (%)")
    evaluated = result.search.evaluation if result.search else ()
    accuracy_axis(panel, [_mean_point(result, each)[1] for each in (*result.settings, *evaluated)])
    panel.legend()
    caption = (
        "Accuracy against energy, one point a setting with 95 % intervals. The front joins the settings that no other "
        f"beats in both; numbers are those of the table. {SCALE_NOTE}"
    )
    if result.search:
        caption += (
            " Open symbols: the baseline and the best setting on evaluation alphabets, measured after the choice; "
            "the others are on the held-out alphabets that the choice was made on. Dashed: the budget."
        )
    return CaptionedFigure("sweep-front", figure, caption)


def _evaluation(panel: Axes, result: SweepResult, measured: Sequence[SettingResult]) -> None:
    markers = {number: (marker, colour) for number, marker, colour in _marked(result)}
    for each in measured:
        marker, colour = markers[each.setting]
        x, y = _mean_point(result, each)
        panel.errorbar(x, y, each.measured[result.accuracy_column].ci95, color=colour, linewidth=0.6)
        panel.plot(x, y, marker, color=colour, markersize=8, markerfacecolor="white", zorder=5)
    if result.file.search:
        panel.axvline(NANO * result.file.search.budget_j, color="0.3", linestyle="--", linewidth=0.8)


def _mean_point(result: SweepResult, each: SettingResult) -> tuple[float, float]:
    return NANO * each.measured[result.energy_column].mean, each.measured[result.accuracy_column].mean


def _marked(result: SweepResult) -> list[tuple[int, str, str]]:
    """Number, marker and colour of the settings that stand out: the baseline and the best."""
    if result.file.method == "grid":
        return []
    best = result.search.best if result.search else None
    return [(0, "D", COLOURS[2]), *([(best, "*", COLOURS[3])] if best else [])]


def _maps(result: SweepResult) -> CaptionedFigure:
    """Draw a grid of two parameters: the first downwards, the second to the right."""
    down, right = ([*dict.fromkeys(each.values[axis.column] for each in result.settings)] for axis in result.axes)
    figure = double_column(1.1 + 0.32 * len(down))
    panels: Any = figure.subplots(1, 2)
    for panel, column, factor, digits in (
        (panels[0], result.accuracy_column, 1.0, 2),
        (panels[1], result.energy_column, NANO, 0),
    ):
        values = np.empty((len(down), len(right)))
        for each in result.settings:
            place = down.index(each.values[result.axes[0].column]), right.index(each.values[result.axes[1].column])
            values[place] = factor * each.measured[column].mean
        colours = accuracy_colours(values) if column == result.accuracy_column else None
        image = panel.imshow(values, cmap="viridis", aspect="auto", norm=colours)
        panel.grid(visible=False)
        for (row, place), value in np.ndenumerate(values):
            # Dark text on light colours: viridis gets lighter upwards.
            colour = "black" if image.norm(value) > 0.6 else "white"
            panel.text(place, row, f"{value:.{digits}f}", ha="center", va="center", color=colour, fontsize=7)
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
