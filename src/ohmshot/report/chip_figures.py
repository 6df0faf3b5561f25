"""Figures of one chip's adaptation: the examples it learned from, its conductances, and where the energy goes."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from torch import Tensor

from ohmshot.adapt.result import EnergyJoules
from ohmshot.chip.meter import OPERATIONS
from ohmshot.plot.style import COLOURS, double_column, literal


def examples_figure(rows: Mapping[str, Sequence[Tensor] | Tensor]) -> Figure:
    """One row a class: drawings, uint8 [side, side], as ink, and signals, [channels, length], as a line a channel."""
    columns = max(map(len, rows.values()))
    figure = Figure(figsize=(0.75 * columns + 0.4, 0.75 * len(rows)))
    axes: Any = figure.subplots(len(rows), columns, squeeze=False)
    for line, (name, examples) in zip(axes, rows.items(), strict=True):
        for axis in line[len(examples) :]:
            axis.set_axis_off()
        for axis, example in zip(line, examples, strict=False):
            if example.is_floating_point():
                axis.plot(example.T.numpy(), linewidth=0.7)
            else:
                axis.imshow(example.numpy(), cmap="gray_r", vmin=0, vmax=255)
            axis.set(xticks=[], yticks=[])
            axis.grid(False)
        line[0].set_ylabel(literal(name), rotation=0, ha="right", va="center")
    return figure


def conductance_figure(maps: Mapping[str, Tensor], change: Tensor | None = None) -> Figure:
    """Maps of conductances, uS [rows, columns], by name, one below the other; a change of them in a map of its own."""
    figure = double_column(5.0)
    axes: Any = figure.subplots(len(maps) + (change is not None), 1)
    for axis, (name, values) in zip(axes, maps.items(), strict=False):
        image = axis.imshow(values.numpy(), vmin=0, vmax=120, cmap="viridis", aspect="auto")
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
