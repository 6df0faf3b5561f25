"""The page of a person's own task: what was learned, how well, and what it did to the chip."""

from typing import Any

from matplotlib.figure import Figure

from ohmshot.chip.meter import OPERATIONS
from ohmshot.plot.style import COLOURS, curve, double_column, paper_style, single_column, svg
from ohmshot.report.example import draw_example
from ohmshot.report.references import page_environment
from ohmshot.task.own_task import OwnTaskDetail
from ohmshot.task.result import OwnTaskResult

SHOWN_OF_A_CLASS = 10


def own_task_page(result: OwnTaskResult, detail: OwnTaskDetail) -> str:
    """Return one self-contained page."""
    with paper_style():
        figures = {
            "task": svg(_examples(result, detail)),
            "curve": svg(_curve(result)),
            "costs": svg(_costs(result)),
            "maps": svg(_maps(detail)),
            "energy": svg(_energy(result)),
        }
    of, judged = result.judged
    return (
        page_environment()
        .get_template("own_task.html")
        .render(
            result=result,
            judged=judged,
            of=of,
            wrong=[answer for answer in judged.answers if answer.answered != answer.true],
            most=max(max(row) for row in judged.confusion),
            **figures,
        )
    )


def _examples(result: OwnTaskResult, detail: OwnTaskDetail) -> Figure:
    """One row a class: drawings as ink, signals as one line a channel."""
    columns = min(SHOWN_OF_A_CLASS, max(result.support.examples))
    figure = Figure(figsize=(0.75 * columns + 0.4, 0.75 * len(result.class_names)))
    axes: Any = figure.subplots(len(result.class_names), columns, squeeze=False)
    for label, name in enumerate(result.class_names):
        examples = detail.support[detail.labels == label]
        for number, axis in enumerate(axes[label]):
            if number < len(examples):
                draw_example(axis, examples[number])
            else:
                axis.set_axis_off()
        axes[label][0].set_ylabel(name, rotation=0, ha="right", va="center")
    return figure


def _curve(result: OwnTaskResult) -> Figure:
    figure = single_column()
    axis = figure.subplots()
    steps = range(len(result.support.accuracy))
    for number, (name, judged) in enumerate((("query", result.query), ("support", result.support))):
        if judged is not None:
            low, high = ([100 * ends[i] for ends in judged.accuracy_interval95] for i in (0, 1))
            curve(axis, steps, [100 * a for a in judged.accuracy], [0.0] * len(steps), number, f"{name}, on the chip")
            axis.fill_between(steps, low, high, color=COLOURS[number], alpha=0.2, linewidth=0)
            exact = [100 * a for a in judged.accuracy_software]
            axis.plot(steps, exact, "--", color=COLOURS[number], label=f"{name}, exact weights")
    axis.axhline(100 / len(result.class_names), color="lightgray", zorder=0)
    axis.set_xticks(list(steps), ["before", *(str(step) for step in steps if step)])
    axis.set(xlabel="update", ylabel="accuracy (%)", ylim=(0, 101))
    axis.legend(loc="lower right")
    return figure


def _costs(result: OwnTaskResult) -> Figure:
    figure = single_column()
    cells, energy = figure.subplots(2, 1, sharex=True)
    updates = [str(number + 1) for number in range(len(result.cells_written))]
    cells.bar(updates, result.cells_written, color=COLOURS[0])
    cells.set_ylabel("cells written")
    energy.bar(updates, [1e9 * joules for joules in result.energy_joules_by_update], color=COLOURS[1])
    energy.set(xlabel="update", ylabel="energy (nJ)")
    return figure


def _maps(detail: OwnTaskDetail) -> Figure:
    figure = double_column(5.0)
    axes: Any = figure.subplots(3, 1)
    before, after = detail.conductances
    for axis, values, name in zip(axes, (before, after), ("initialised", "adapted"), strict=False):
        image = axis.imshow(values.numpy(), vmin=0, vmax=120, cmap="viridis", aspect="auto")
        axis.set(title=name, ylabel="word line")
        axis.grid(False)
    figure.colorbar(image, ax=list(axes[:2]), label="conductance (µS)")
    change = axes[2].imshow((after - before).numpy(), vmin=-60, vmax=60, cmap="RdBu_r", aspect="auto")
    axes[2].set(title="change", ylabel="word line", xlabel="bit line")
    axes[2].grid(False)
    figure.colorbar(change, ax=axes[2], label="change (µS)")
    return figure


def _energy(result: OwnTaskResult) -> Figure:
    figure = double_column(1.4)
    axis = figure.subplots()
    names = ("initialisation", "adaptation")
    left = [0.0, 0.0]
    for number, operation in enumerate(OPERATIONS):
        width = [1e6 * float(getattr(getattr(result.energy_joules, name), operation)) for name in names]
        axis.barh(names, width, left=left, label=operation, color=COLOURS[number])
        left = [start + more for start, more in zip(left, width, strict=True)]
    axis.set_xlabel("energy (µJ)")
    axis.legend(ncols=len(OPERATIONS), loc="upper center", bbox_to_anchor=(0.5, 1.35))
    return figure
