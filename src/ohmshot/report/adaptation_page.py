"""The page of `ohmshot demo`: one or more runs of adaptations."""

from matplotlib.figure import Figure

from ohmshot.adapt.result import AdaptationResult
from ohmshot.adapt.run import FirstEpisode
from ohmshot.foundation.references import citation_keys
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import paper_style, single_column
from ohmshot.report.adaptation_words import ENERGY_COUNTED, adaptation_words, task_words
from ohmshot.report.chip_figures import conductance_figure, energy_figure, examples_figure
from ohmshot.report.page import render_page


def adaptation_page(results: list[tuple[AdaptationResult, FirstEpisode]]) -> str:
    """Return the page."""
    with paper_style():
        runs = [
            {
                "result": result,
                "task_name": task_words(result.ways, result.shots, result.scope),
                "words": adaptation_words(result),
                **_figures(result, first),
            }
            for result, first in results
        ]
    return render_page("adaptation.html", citation_keys(*(result.citations for result, _ in results)), runs=runs)


def _figures(result: AdaptationResult, first: FirstEpisode) -> dict[str, CaptionedFigure]:
    shots = result.shots
    names = result.class_names or tuple(f"class {n + 1}" for n in range(result.ways))
    classes = {name: first.support[n * shots : (n + 1) * shots] for n, name in enumerate(names)}
    maps = dict(zip(("initialised", "adapted", "baked"), first.conductances, strict=True))
    captions = {
        "task": (examples_figure(classes), "The support set of the first episode."),
        "curve": (
            _curve(result),
            "Accuracy on the chip, after the same updates with exact weights, and of the nearest mean without updates.",
        ),
        "maps": (
            conductance_figure(maps),
            "Conductances of the first chip: each weight is the difference of two neighbours in a row.",
        ),
        "energy": (energy_figure(result.energy_joules), f"Where the energy of one adaptation goes. {ENERGY_COUNTED}"),
    }
    return {name: CaptionedFigure(name, *drawn) for name, drawn in captions.items()}


def _curve(result: AdaptationResult) -> Figure:
    figure = single_column()
    axis = figure.subplots()
    updates = range(len(result.accuracy))
    axis.plot(updates, [100 * a for a in result.accuracy_software_by_update], "--", color="gray", label="exact weights")
    if result.accuracy_nearest_mean is not None:
        axis.axhline(100 * result.accuracy_nearest_mean, linestyle=":", color="gray", label="nearest mean")
    half = [100 * h for h in result.accuracy_ci95]
    axis.errorbar(updates, [100 * a for a in result.accuracy], half, fmt="o-", label="on the chip")
    baked = 100 * result.accuracy_after_bake
    axis.errorbar([len(updates)], [baked], [100 * result.accuracy_after_bake_ci95], fmt="s", color="C3", label="baked")
    axis.axhline(100 / result.ways, color="lightgray", zorder=0)
    axis.set_xticks([*updates, len(updates)], ["before", *(str(i) for i in updates if i), "bake"])
    axis.set(xlabel="update", ylabel="accuracy (%)", ylim=(0, 101))
    axis.legend(loc="lower right")
    return figure
