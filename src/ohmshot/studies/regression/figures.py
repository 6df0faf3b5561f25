"""Figures of the regression study."""

from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import curve, look, panels
from ohmshot.studies.regression.tables import LOOKS, MAML, SHOWN
from ohmshot.study.study_result import StudyResult


def figures(result: StudyResult) -> list[CaptionedFigure]:
    """Some waves before and after updates, and the errors of all starts by the number of updates."""
    return [_waves(result), _errors(result)]


def _waves(result: StudyResult) -> CaptionedFigure:
    table = result.tables["shown"]
    task = table["task"][-1]
    figure, axes = panels(2.6, 1, SHOWN, sharex=True)
    for (number,), rows in table.filter(task=task).group_by("number", maintain_order=True):
        axis = axes[number]
        examples, queries = rows.filter(example=True), rows.filter(example=False)
        axis.plot(queries["input"], queries["target"], color="0.6", marker="", linewidth=3, label="the wave")
        for index, (name, style) in enumerate({"before": ":", "update 1": "--", "update 5": "-"}.items()):
            kind = look(index) | {"marker": "", "linestyle": style}
            axis.plot(queries["input"], queries[name], label=name, **kind)
        axis.plot(examples["input"], examples["target"], "k^", markersize=4, label="examples")
        axis.set(xlabel="x")
    axes[0].set(ylabel="y")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    text = (
        f"Predictions on the chip, {task}: the first {SHOWN} waves that are judged, from the start that MAML learned, "
        "before any update, after one and after five."
    )
    return CaptionedFigure("regression-waves", figure, text)


def _errors(result: StudyResult) -> CaptionedFigure:
    table = result.tables["starts"].filter(~(result.tables["starts"]["look"] == "baked"))
    tasks = table["task"].unique(maintain_order=True).to_list()
    figure, axes = panels(3.0, 1, len(tasks) + 1)
    updates = list(range(len(LOOKS) - 1))
    for axis, task in zip(axes, tasks, strict=False):
        for number, ((start,), rows) in enumerate(table.filter(task=task).group_by("start", maintain_order=True)):
            curve(axis, updates, rows["chip_mse"], rows["ci95_mse"], number, f"{start}, chip")
            if start == MAML:
                axis.plot(updates, rows["software_mse"], "k:", marker="", label=f"{MAML}, exact weights")
        least = result.tables["rivals"].filter(task=task, features=MAML)["rival_mse"].min()
        axis.axhline(least, color="0.5", linestyle="--", label="best least squares, same features")
        axis.set(xlabel="updates", ylabel="mean squared error" if axis is axes[0] else "")
        _on_log_scale(axis, task)
    arms = table.filter(table["end_point_cm"].is_not_null())
    for number, ((_,), rows) in enumerate(arms.group_by("start", maintain_order=True)):
        curve(axes[-1], updates, rows["end_point_cm"], rows["end_point_ci95_cm"], number)
    axes[-1].set(xlabel="updates", ylabel="end-point error (cm)")
    _on_log_scale(axes[-1], "arm, 10 examples")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    text = (
        "Mean squared error by the number of updates from three starts, of a wave's value and of an arm's joint angles "
        "(in square radians), and the distance between where the arm ends and where it should. Bands are 95 % "
        "intervals over tasks; the dashed line is the best readout in closed form of MAML's features."
    )
    return CaptionedFigure("regression-errors", figure, text)


def _on_log_scale(axis: Axes, title: str) -> None:
    """A few plain numbers, and a title that leaves the panel's letter alone."""
    axis.set(yscale="log")
    axis.set_title(title, loc="right")
    axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.yaxis.set_minor_formatter(NullFormatter())
