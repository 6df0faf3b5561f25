"""Accuracy of a sweep's settings against their energy."""

from collections.abc import Sequence

from matplotlib.axes import Axes

from ohmshot.plot.accuracy_axis import SAID, accuracy_axis
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, double_column
from ohmshot.report.sweep_words import ACCURACY, ENERGY, NANO
from ohmshot.sweep.result import SettingResult, SweepResult


def front_figure(result: SweepResult) -> CaptionedFigure:
    """Accuracy against energy, and the settings that nothing beats in both."""
    figure = double_column(3.0)
    panel = figure.subplots()
    x, y = zip(*(_place(result, each) for each in result.settings), strict=True)
    panel.errorbar(
        x,
        y,
        [100 * each.measured[result.accuracy_column].ci95 for each in result.settings],
        [NANO * each.measured[result.energy_column].ci95 for each in result.settings],
        fmt="o",
        color=COLOURS[0],
        alpha=0.45,
        linewidth=0.6,
        capsize=0,
        label="setting",
    )
    front = {each.setting: _place(result, each) for each in result.front}
    panel.plot(*zip(*front.values(), strict=True), color=COLOURS[1], marker="s", zorder=3, label="front")
    for setting, place in front.items():
        panel.annotate(str(setting), place, (3, 4), textcoords="offset points", fontsize=7)
    for number, marker, colour in marked(result):
        each = next(one for one in result.settings if one.setting == number)
        name = "baseline" if number == 0 else "best"
        panel.plot(*_place(result, each), marker, color=colour, markersize=8, zorder=4, label=name)
    if result.search:
        _evaluation(panel, result, result.search.evaluation)
    panel.set(xlabel=f"{ENERGY[result.energy_column]} (nJ)", ylabel=f"{ACCURACY[result.accuracy_column]} (%)")
    evaluated = result.search.evaluation if result.search else ()
    accuracy_axis(panel, [_place(result, each)[1] for each in (*result.settings, *evaluated)])
    panel.legend()
    caption = (
        "Accuracy against energy, one point a setting with 95 % intervals. The front joins the settings that no other "
        f"beats in both; numbers are those of the table. {SAID}"
    )
    if result.search:
        caption += (
            " Open symbols: the baseline and the best setting on evaluation alphabets, measured after the choice; "
            "the others are on the held-out alphabets that the choice was made on. Dashed: the budget."
        )
    return CaptionedFigure("sweep-front", figure, caption)


def _evaluation(panel: Axes, result: SweepResult, measured: Sequence[SettingResult]) -> None:
    markers = {number: (marker, colour) for number, marker, colour in marked(result)}
    for each in measured:
        marker, colour = markers[each.setting]
        x, y = _place(result, each)
        panel.errorbar(x, y, 100 * each.measured[result.accuracy_column].ci95, color=colour, linewidth=0.6)
        panel.plot(x, y, marker, color=colour, markersize=8, markerfacecolor="white", zorder=5)
    if result.file.search:
        panel.axvline(NANO * result.file.search.budget_j, color="0.3", linestyle="--", linewidth=0.8)


def _place(result: SweepResult, each: SettingResult) -> tuple[float, float]:
    return NANO * each.measured[result.energy_column].mean, 100 * each.measured[result.accuracy_column].mean


def marked(result: SweepResult) -> list[tuple[int, str, str]]:
    """Number, marker and colour of the settings that stand out: the baseline and the best."""
    if result.file.method == "grid":
        return []
    best = result.search.best if result.search else None
    return [(0, "D", COLOURS[2]), *([(best, "*", COLOURS[3])] if best else [])]
