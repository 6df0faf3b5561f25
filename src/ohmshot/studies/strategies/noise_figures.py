"""Figures of the strategies study about where RESET is better than SET, and where the hybrid is better than both."""

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from ohmshot.host.measure.crossover import QUANTUM_OF_CONDUCTANCE_US
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import look, panels
from ohmshot.studies.strategies.ranking_findings import LESS_THE_BEST, LESS_THE_BEST_HALF
from ohmshot.study.study_result import StudyResult

MOST_PERCENT = 25.0
"""End of the colour scale."""


def crossover_figure(result: StudyResult) -> CaptionedFigure:
    """Error of each level reached by RESET and reached by SET, one panel a technology."""
    table = result.tables["crossover"]
    names = table["technology"].unique(maintain_order=True).to_list()
    figure, axes = panels(2.5, 1, len(names))
    for axis, name in zip(axes, names, strict=True):
        part = table.filter(technology=name)
        for number, by in enumerate(("RESET", "SET")):
            column = f"error_by_{by.lower()}_microsiemens"
            axis.plot(part["level_microsiemens"], part[column], label=f"by {by}", **look(number))
        axis.axvline(QUANTUM_OF_CONDUCTANCE_US, color="#7F7F7F", linewidth=0.8, linestyle=":", label="2e²/h")
        axis.set(xlabel="level (µS)", ylim=(0, None))
        axis.set_title(name, fontsize=7)
    axes[0].set_ylabel("rms error after 1 h (µS)")
    axes[0].legend()
    caption = (
        "Where the hybrid should cross: error of each level on chips kept for it, one hour after the RESET ramp or "
        "RESET and SET have written it; dotted: one quantum of conductance."
    )
    return CaptionedFigure("strategies-crossover", figure, caption)


def map_figure(result: StudyResult) -> CaptionedFigure:
    """Error of the hybrid against that of the best other published strategy, one panel a technology."""
    table = result.tables["map"]
    names = table["technology"].unique(maintain_order=True).to_list()
    figure, axes = panels(2.6, 1, len(names), sharey=True)
    for axis, name in zip(axes, names, strict=True):
        image = _map(axis, table.filter(technology=name))
        axis.set_title(name, fontsize=7)
        axis.set_xlabel("spread of ln G at RESET onset")
    axes[0].set_ylabel("relaxation (1 = as it is)")
    figure.colorbar(image, ax=list(axes), label="hybrid over best other (%)", extend="both")
    caption = (
        "Where the hybrid wins: its weight error after the bake over that of the best of the other three published "
        "strategies, by the noise of RESET and by what relaxation shifts and spreads (blue: the hybrid is better). "
        "Circle, cross: surely better, surely worse (95 %, paired over chips)."
    )
    return CaptionedFigure("strategies-map", figure, caption)


def _map(axis: Axes, table: pl.DataFrame) -> AxesImage:
    noises, factors = (table[name].unique().sort().to_list() for name in ("reset_log_spread", "relaxation_factor"))
    percent = np.zeros((len(factors), len(noises)))
    better: list[tuple[int, int]] = []
    worse: list[tuple[int, int]] = []
    for row in table.iter_rows(named=True):
        place = noises.index(row["reset_log_spread"]), factors.index(row["relaxation_factor"])
        less, half = row[LESS_THE_BEST], row[LESS_THE_BEST_HALF]
        percent[place[1], place[0]] = 100 * less / (row["hybrid_microsiemens"] - less)
        if abs(less) > half:
            (better if less < 0 else worse).append(place)
    image = axis.imshow(percent, cmap="RdBu_r", vmin=-MOST_PERCENT, vmax=MOST_PERCENT, origin="lower", aspect="auto")
    for places, marker in ((better, "o"), (worse, "x")):
        axis.plot([x for x, _ in places], [y for _, y in places], linestyle="none", marker=marker, color="black")
    axis.set_xticks(range(len(noises)), [f"{each:g}" for each in noises])
    axis.set_yticks(range(len(factors)), [f"{each:g}" for each in factors])
    axis.grid(visible=False)
    return image
