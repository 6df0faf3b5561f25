"""The page of a person's own task: what was learned, how well, and what it did to the chip."""

from pathlib import Path

from matplotlib.figure import Figure
from torch import Tensor

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, curve, paper_style, single_column
from ohmshot.report.adaptation_words import ENERGY_COUNTED
from ohmshot.report.chip_figures import conductance_figure, energy_figure, examples_figure
from ohmshot.report.own_task_words import own_task_words
from ohmshot.report.page import render_page
from ohmshot.task.own_task import OwnTaskDetail
from ohmshot.task.result import OwnTaskResult

SHOWN_OF_A_CLASS = 10
WRONG_SHOWN = 20


def own_task_page(result: OwnTaskResult, detail: OwnTaskDetail) -> str:
    """Return one self-contained page."""
    of, judged = result.judged
    wrong = [
        (each.file, each.true, each.answered, f"{each.share:.2f}")
        for each in judged.answers
        if each.answered != each.true
    ]
    with paper_style():
        figures = _figures(result, detail)
    return render_page(
        "own_task.html",
        result.citations,
        result=result,
        judged=judged,
        of=of,
        wrong=wrong,
        words=own_task_words(result),
        **figures,
    )


def _figures(result: OwnTaskResult, detail: OwnTaskDetail) -> dict[str, CaptionedFigure]:
    classes = {
        name: detail.support[detail.labels == label][:SHOWN_OF_A_CLASS] for label, name in enumerate(result.class_names)
    }
    before, after = detail.conductances
    captions = {
        "task": (examples_figure(classes), "The support set as the network sees it."),
        "curve": (_curve(result), "Accuracy on the chip, and with exact weights."),
        "costs": (_costs(result), "Cells written and energy of the array in each update."),
        "maps": (
            conductance_figure({"initialised": before, "adapted": after}, after - before),
            "Conductances: each weight is the difference of two neighbours in a row.",
        ),
        "energy": (
            energy_figure(result.energy_joules),
            f"Where the energy goes; the initialisation is written once in the life of a chip. {ENERGY_COUNTED}",
        ),
    }
    if mistaken := _mistaken(result, detail):
        caption = "Wrong answers as the network sees them, each beside the nearest example of the support set."
        captions["mistaken"] = (examples_figure(mistaken), caption)
    return {name: CaptionedFigure(name, *drawn) for name, drawn in captions.items()}


def _mistaken(result: OwnTaskResult, detail: OwnTaskDetail) -> dict[str, list[Tensor]]:
    """The first wrong answers about queries, named: the query and the nearest example that was learned from."""
    if result.query is None or detail.query is None or detail.nearest is None:
        return {}
    wrong = [n for n, each in enumerate(result.query.answers) if each.answered != each.true]
    names = (f"{Path(result.query.answers[n].file).name}\n{n + 1}: {result.query.answers[n].answered}?" for n in wrong)
    pairs = ([detail.query[n], detail.support[detail.nearest[n]]] for n in wrong[:WRONG_SHOWN])
    return dict(zip(names, pairs, strict=False))


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
