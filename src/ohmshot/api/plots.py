"""Figures of chips and results, drawn into an axis of one's own."""

import torch
from matplotlib.axes import Axes
from torch import Tensor

from ohmshot.adapt.one_call import Adapted
from ohmshot.adapt.result import AdaptationResult
from ohmshot.api.finished_run import FinishedRun
from ohmshot.chip.crossbar import ObservedCrossbar
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.statistics import half_interval
from ohmshot.plot.style import ordered_colours
from ohmshot.report.adaptation_page import accuracy_by_update
from ohmshot.report.chip_figures import AccuracyByUpdate, accuracy_panel, conductance_panel

BINS = 60
"""Of the histogram of conductances."""
MOST_LEVELS = 64
"""More different targets than this are no levels."""


def plot_conductances(chips: ObservedCrossbar, ax: Axes | None = None, *, chip: int = 0) -> Axes:
    """Draw the conductances of one chip as a map, in µS.

    Args:
        chips: the chips; a real one is read for it.
        ax: axis to draw into; None makes a figure.
        chip: which of the batch.

    Raises:
        SettingsError: there is no such chip.

    Examples:
        >>> import ohmshot as oh
        >>> chips = oh.SimulatedChips(chips=2)
        >>> oh.plot_conductances(chips, chip=1).get_ylabel()
        'word line'
    """
    _require_chip(chips, chip)
    ax = ax or new_axis()
    image = conductance_panel(ax, chips.true_conductances()[chip].cpu())
    ax.set_xlabel("bit line")
    ax.figure.colorbar(image, ax=ax, label="conductance (µS)")
    return ax


def plot_levels(chips: ObservedCrossbar, targets: Tensor, ax: Axes | None = None) -> Axes:
    """Draw how the conductances of cells that were written to the same level are spread, a colour a level.

    Args:
        chips: the chips; real ones are read for it.
        targets: uS that each cell was written to, [chips, cells] (`Learner.targets`).
        ax: axis to draw into; None makes a figure.

    Raises:
        SettingsError: targets of other chips, or too many different ones to be levels.

    Examples:
        >>> import ohmshot as oh
        >>> chips = oh.SimulatedChips()
        >>> learner = oh.Learner(chips, oh.load_bundle())
        >>> missed = learner.initialise()
        >>> oh.plot_levels(chips, learner.targets).get_xlabel()
        'conductance (µS)'
    """
    found = chips.true_conductances().flatten(1)
    if targets.shape != found.shape:
        raise SettingsError(
            f"The targets are {list(targets.shape)}, the cells {list(found.shape)}: give both of the same chips."
        )
    levels = torch.unique(targets)
    if len(levels) > MOST_LEVELS:
        raise SettingsError(f"{len(levels)} different targets are no levels; {MOST_LEVELS} at most are drawn.")
    ax = ax or new_axis()
    edges = torch.linspace(0, float(found.max()) * 1.05 + 1e-6, BINS + 1).tolist()
    for level, colour in zip(levels.tolist(), ordered_colours(len(levels)), strict=True):
        cells = found[targets == level].cpu()
        ax.hist(
            cells.tolist(),
            edges,
            histtype="stepfilled",
            alpha=0.5,
            color=colour,
            label=f"{level:.3g} µS, {len(cells):,}",
        )
        ax.axvline(level, color=colour, linestyle="--", linewidth=0.8)
    ax.set(xlabel="conductance (µS)", ylabel="cells", yscale="log")
    ax.legend(title="level, cells", fontsize="x-small", ncols=2)
    return ax


def plot_accuracy(result: Adapted | FinishedRun[AdaptationResult], ax: Axes | None = None) -> Axes:
    """Draw accuracy by update, with that of exact weights and of the nearest mean, and what a bake leaves.

    Bars are 95 % intervals over the chips, or over the episodes of a run.

    Args:
        result: of `adapt` or of `run_demo`.
        ax: axis to draw into; None makes a figure.

    Examples:
        >>> import ohmshot as oh
        >>> drawn = oh.draw_tasks(oh.load_examples("invented"), tasks=4)
        >>> result = oh.adapt(oh.load_bundle(), drawn.support, drawn.support_labels, chips=4)
        >>> oh.plot_accuracy(result).get_ylabel()
        'accuracy (%)'
    """
    ax = ax or new_axis()
    accuracy_panel(ax, _of_chips(result) if isinstance(result, Adapted) else accuracy_by_update(result.result))
    return ax


def _of_chips(result: Adapted) -> AccuracyByUpdate:
    baked = result.accuracy_after_bake
    return AccuracyByUpdate(
        chip=[_mean(each) for each in result.accuracy_by_update.unbind(1)],
        software=result.accuracy_software_by_update.mean(0).tolist(),
        nearest_mean=float(result.accuracy_nearest_mean.mean()),
        baked=None if baked is None else _mean(baked),
        ways=result.learner.bundle.header.network.ways,
    )


def _mean(shares: Tensor) -> tuple[float, float]:
    return float(shares.mean()), half_interval(shares)


def _require_chip(chips: ObservedCrossbar, chip: int) -> None:
    if not 0 <= chip < chips.chips:
        raise SettingsError(f"There is no chip {chip}; the batch has chips 0 to {chips.chips - 1}.")


def new_axis() -> Axes:
    """An axis of a figure that a notebook shows by itself."""
    import matplotlib.pyplot as plt

    axis: Axes = plt.subplots(layout="constrained")[1]
    return axis
