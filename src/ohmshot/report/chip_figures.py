"""Figures of one chip's adaptation: the examples it learned from, its conductances, and where the energy goes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from torch import Tensor

from ohmshot.adapt.result import EnergyJoules
from ohmshot.chip.meter import OPERATIONS
from ohmshot.plot.style import COLOURS, double_column, literal

HIGHEST_SHOWN_US = 120
"""Upper end of the colours of conductances, above the highest SET of every parameter set."""


def examples_figure(rows: Mapping[str, Sequence[Tensor] | Tensor]) -> Figure:
    """One row a class: drawings, uint8 [side, side], as ink, signals, [channels, length], as a line a channel,
    and features that a person computed, [features, 1], as one line."""
    columns = max(map(len, rows.values()))
    figure = Figure(figsize=(0.75 * columns + 0.4, 0.75 * len(rows)))
    axes: Any = figure.subplots(len(rows), columns, squeeze=False)
    for line, (name, examples) in zip(axes, rows.items(), strict=True):
        for axis in line[len(examples) :]:
            axis.set_axis_off()
        for axis, example in zip(line, examples, strict=False):
            if example.is_floating_point():
                axis.plot((example if example.shape[-1] == 1 else example.T).numpy(), linewidth=0.7)
            else:
                axis.imshow(example.numpy(), cmap="gray_r", vmin=0, vmax=255)
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
        line[0].set_ylabel(literal(name), rotation=0, ha="right", va="center")
    return figure


@dataclass(frozen=True)
class AccuracyByUpdate:
    """Accuracies of an adaptation as shares of 1, each mean with the half width of its 95 % interval.

    Attributes:
        chip: on the chip, before the first update and after each.
        software: with exact weights, as many.
        nearest_mean: without any update; None where it was not measured.
        baked: on the chip after a bake; None for none.
        ways: classes to tell apart.
    """

    chip: Sequence[tuple[float, float]]
    software: Sequence[float]
    nearest_mean: float | None
    baked: tuple[float, float] | None
    ways: int


def accuracy_panel(axis: Axes, accuracy: AccuracyByUpdate) -> None:
    """Draw accuracy by update into a panel, in per cent, with what the chip is compared with."""
    updates = range(len(accuracy.chip))
    axis.plot(updates, [100 * share for share in accuracy.software], "--", color="gray", label="exact weights")
    if accuracy.nearest_mean is not None:
        axis.axhline(100 * accuracy.nearest_mean, linestyle=":", color="gray", label="nearest mean")
    means, halves = ([100 * value for value in values] for values in zip(*accuracy.chip, strict=True))
    axis.errorbar(updates, means, halves, fmt="o-", label="on the chip")
    places, names = [*updates], ["before", *(str(update) for update in updates if update)]
    if accuracy.baked is not None:
        mean, half = (100 * value for value in accuracy.baked)
        axis.errorbar([len(updates)], [mean], [half], fmt="s", color="C3", label="baked")
        places, names = [*places, len(updates)], [*names, "bake"]
    axis.axhline(100 / accuracy.ways, color="lightgray", zorder=0)
    axis.set_xticks(places, names)
    axis.set(xlabel="update", ylabel="accuracy (%)", ylim=(0, 101))
    axis.legend(loc="lower right")


def conductance_panel(axis: Axes, values: Tensor) -> AxesImage:
    """Draw the conductances of one chip, uS [rows, columns], into a panel; returns the image for a colour bar."""
    axis.grid(False)
    axis.set_ylabel("word line")
    return axis.imshow(values.numpy(), vmin=0, vmax=HIGHEST_SHOWN_US, cmap="viridis", aspect="auto")


def conductance_figure(maps: Mapping[str, Tensor], change: Tensor | None = None) -> Figure:
    """Maps of conductances, uS [rows, columns], by name, one below the other; a change of them in a map of its own."""
    figure = double_column(5.0)
    axes: Any = figure.subplots(len(maps) + (change is not None), 1)
    for axis, (name, values) in zip(axes, maps.items(), strict=False):
        image = conductance_panel(axis, values)
        axis.set_title(name)
    figure.colorbar(image, ax=list(axes[: len(maps)]), label="conductance (µS)")
    if change is not None:
        image = axes[-1].imshow(change.numpy(), vmin=-60, vmax=60, cmap="RdBu_r", aspect="auto")
        axes[-1].set_title("change")
        figure.colorbar(image, ax=axes[-1], label="change (µS)")
    for axis in axes:
        axis.set_ylabel("word line")
        axis.grid(False)
    axes[-1].set_xlabel("bit line")
    return figure


def energy_figure(energy: EnergyJoules) -> Figure:
    """Energy of the initialisation and of all updates, by operation."""
    figure = double_column(1.4)
    axis = figure.subplots()
    left = [0.0, 0.0]
    for operation, colour in zip(OPERATIONS, COLOURS, strict=False):
        width = [1e6 * float(getattr(part, operation)) for part in (energy.initialisation, energy.adaptation)]
        axis.barh(["initialisation", "adaptation"], width, left=left, label=operation, color=colour)
        left = [start + more for start, more in zip(left, width, strict=True)]
    axis.set_xlabel("energy (µJ)")
    axis.legend(ncols=len(OPERATIONS), loc="upper center", bbox_to_anchor=(0.5, 1.35))
    return figure
