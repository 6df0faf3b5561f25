"""The page of `ohmshot demo`: one or more runs of adaptations."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from ohmshot.adapt.result import AdaptationResult
from ohmshot.adapt.run import FirstEpisode
from ohmshot.foundation.references import citation_keys
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import paper_style, single_column
from ohmshot.report.adaptation_words import ENERGY_COUNTED, adaptation_words, task_words
from ohmshot.report.chip_figures import (
    AccuracyByUpdate,
    accuracy_panel,
    conductance_figure,
    energy_figure,
    examples_figure,
)
from ohmshot.report.page import render_page


def adaptation_page(results: Sequence[tuple[AdaptationResult, Mapping[str, CaptionedFigure]]]) -> str:
    """Return the page of some results, each with its `adaptation_figures`."""
    runs = [
        {
            "result": result,
            "task_name": task_words(result.ways, result.shots, result.scope),
            "words": adaptation_words(result),
            "confused": [tuple(each.model_dump().values()) for each in result.confused or ()],
            **figures,
        }
        for result, figures in results
    ]
    return render_page("adaptation.html", citation_keys(*(result.citations for result, _ in results)), runs=runs)


def adaptation_figures(result: AdaptationResult, first: FirstEpisode) -> dict[str, CaptionedFigure]:
    """Draw the figures of a result, and of the first of its adaptations, in the common style."""
    with paper_style():
        return _figures(result, first)


def _figures(result: AdaptationResult, first: FirstEpisode) -> dict[str, CaptionedFigure]:
    shots = result.shots
    classes = {name: first.support[n * shots : (n + 1) * shots] for n, name in enumerate(first.class_names)}
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
    accuracy_panel(figure.subplots(), accuracy_by_update(result))
    return figure


def accuracy_by_update(result: AdaptationResult) -> AccuracyByUpdate:
    """Return the accuracies of a result for `ohmshot.report.chip_figures.accuracy_panel`."""
    return AccuracyByUpdate(
        chip=tuple(zip(result.accuracy, result.accuracy_ci95, strict=True)),
        software=result.accuracy_software_by_update,
        nearest_mean=result.accuracy_nearest_mean,
        baked=(result.accuracy_after_bake, result.accuracy_after_bake_ci95),
        ways=result.ways,
    )
