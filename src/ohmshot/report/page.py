"""One self-contained HTML page a result: figures inside, nothing to load."""

import io
from typing import Any

import matplotlib
from matplotlib.figure import Figure

from ohmshot.adapt.result import AdaptationResult
from ohmshot.adapt.run import FirstEpisode
from ohmshot.foundation.references import citation_keys
from ohmshot.report.example import draw_example
from ohmshot.report.references import page_environment


def adaptation_page(results: list[tuple[AdaptationResult, FirstEpisode]]) -> str:
    """Return the page for one or more runs."""
    runs = [
        {
            "result": result,
            "task": _svg(_task(result, first)),
            "curve": _svg(_curve(result)),
            "maps": _svg(_maps(first)),
            "energy": _svg(_energy(result)),
            "most": max(max(row) for row in result.confusion),
        }
        for result, first in results
    ]
    citations = citation_keys(*(result.citations for result, _ in results))
    return page_environment().get_template("adaptation.html").render(runs=runs, citations=citations)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    with matplotlib.rc_context({"svg.hashsalt": "ohmshot"}):
        figure.savefig(text, format="svg", bbox_inches="tight", metadata={"Date": None})
    whole = text.getvalue()
    return whole[whole.index("<svg") :]


def _task(result: AdaptationResult, first: FirstEpisode) -> Figure:
    figure = Figure(figsize=(1.0 * result.shots, 1.0 * result.ways))
    axes: Any = figure.subplots(result.ways, result.shots, squeeze=False)
    for i, picture in enumerate(first.support):
        axis = axes[i // result.shots][i % result.shots]
        draw_example(axis, picture)
        if i % result.shots == 0:
            axis.set_ylabel(f"class {i // result.shots + 1}", fontsize=8)
    return figure


def _curve(result: AdaptationResult) -> Figure:
    figure = Figure(figsize=(6, 3.6))
    axis = figure.subplots()
    updates = range(len(result.accuracy))
    axis.plot(updates, [100 * a for a in result.accuracy_software_by_update], "--", color="gray", label="software")
    half = [100 * h for h in result.accuracy_ci95]
    axis.errorbar(updates, [100 * a for a in result.accuracy], half, fmt="o-", capsize=3, label="on the chip")
    baked = 100 * result.accuracy_after_bake
    axis.errorbar([len(updates)], [baked], [100 * result.accuracy_after_bake_ci95], fmt="s", color="C3", label="baked")
    axis.axhline(100 / result.ways, color="lightgray", zorder=0)
    axis.set_xticks([*updates, len(updates)], ["before", *(str(i) for i in updates if i), "bake"])
    axis.set(xlabel="update", ylabel="accuracy (%)", ylim=(0, 101))
    axis.legend(loc="lower right")
    axis.grid(alpha=0.3)
    return figure


def _maps(first: FirstEpisode) -> Figure:
    figure = Figure(figsize=(9, 7), layout="constrained")
    axes: Any = figure.subplots(3, 1)
    for axis, values, name in zip(axes, first.conductances, ("initialised", "adapted", "baked"), strict=True):
        image = axis.imshow(values.numpy(), vmin=0, vmax=120, cmap="viridis", aspect="auto")
        axis.set(title=name, ylabel="word line")
    axes[-1].set_xlabel("bit line")
    figure.colorbar(image, ax=axes, label="conductance (uS)")
    return figure


def _energy(result: AdaptationResult) -> Figure:
    figure = Figure(figsize=(6, 2))
    axis = figure.subplots()
    names = ("initialisation", "adaptation")
    left = [0.0, 0.0]
    for operation in ("form", "set", "reset", "read", "multiply"):
        width = [1e6 * float(getattr(getattr(result.energy_joules, name), operation)) for name in names]
        axis.barh(names, width, left=left, label=operation)
        left = [a + b for a, b in zip(left, width, strict=True)]
    axis.set_xlabel("energy of one adaptation (uJ)")
    axis.legend(ncols=5, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, 1.3))
    return figure
