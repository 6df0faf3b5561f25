"""Figures of what was measured on real cells, each drawn into an axis of one's own."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ohmshot.api.plots import new_axis
from ohmshot.characterisation.arrhenius import fit_arrhenius
from ohmshot.characterisation.endurance import fit_weibull
from ohmshot.characterisation.level_errors import errors_by_bits
from ohmshot.foundation.errors import SettingsError
from ohmshot.report import measured_panels


def plot_distributions(
    levels: Mapping[str, ArrayLike], ax: Axes | None = None, *, simulated: Mapping[str, ArrayLike] | None = None
) -> Axes:
    """Draw the distribution of each level on a probit axis, where a normal one is a straight line.

    Args:
        levels: name of each level, and conductances of its cells in µS, [cells].
        ax: axis to draw into; None makes a figure.
        simulated: the same levels from a simulation, drawn as lines beside the dots.

    Raises:
        SettingsError: no level, an empty one, or simulated levels of other names.

    Examples:
        >>> import ohmshot as oh
        >>> oh.plot_distributions({"60 µS": [57, 59, 61, 64], "90 µS": [88, 90, 91, 95]}).get_ylabel()
        'cells at or below (%)'
    """
    if not levels or any(np.size(each) < 2 for each in levels.values()):
        raise SettingsError("Give one level or more with two cells each.")
    if simulated is not None and list(simulated) != list(levels):
        raise SettingsError("The simulated levels must have the names of the measured ones, in their order.")
    ax = ax or new_axis()
    drawn = None if simulated is None else list(simulated.values())
    measured_panels.distributions_panel(ax, list(levels.items()), drawn)
    return ax


def plot_window(
    x: ArrayLike,
    lower: Sequence[ArrayLike],
    upper: Sequence[ArrayLike],
    ax: Axes | None = None,
    *,
    xlabel: str = "cycles",
) -> Axes:
    """Draw the window between two states against cycles or time: medians, and 1 to 99 % of the cells as bands.

    Args:
        x: cycles, or seconds, [moments].
        lower: conductances in µS of the lower state at each moment.
        upper: the same of the upper state.
        ax: axis to draw into; None makes a figure.
        xlabel: what x is.

    Raises:
        SettingsError: not one list of cells for each moment.

    Examples:
        >>> import ohmshot as oh
        >>> oh.plot_window([1, 100], [[5, 6], [7, 9]], [[90, 95], [70, 80]]).get_xlabel()
        'cycles'
    """
    if not len(np.atleast_1d(x)) == len(lower) == len(upper) or not len(lower):
        raise SettingsError("Give the cells of both states at each moment.")
    ax = ax or new_axis()
    low, high = ([np.asarray(each, dtype=float) for each in cells] for cells in (lower, upper))
    measured_panels.window_panel(ax, x, low, high, xlabel)
    return ax


def plot_error_bits(
    targets: ArrayLike, reads: Mapping[str, ArrayLike], ax: Axes | None = None, *, allowed: float = 1e-3
) -> Axes:
    """Draw the share of wrong bits against the bits that a cell holds in Gray code, a curve a moment.

    Args:
        targets: level that each cell was written to, µS, [cells].
        reads: name of each moment, and what the cells read then, µS, [cells].
        ax: axis to draw into; None makes a figure.
        allowed: error rate that a code corrects, drawn as a line.

    Raises:
        MeasurementError: fewer than two levels of two cells.
        SettingsError: no reads, or of another number of cells.

    Examples:
        >>> import ohmshot as oh
        >>> oh.plot_error_bits([50, 50, 90, 90], {"1 h": [48, 52, 88, 91]}).get_xlabel()
        'bits a cell, Gray code'
    """
    if not reads or any(np.size(each) != np.size(targets) for each in reads.values()):
        raise SettingsError("Give one read of every cell for each moment.")
    ax = ax or new_axis()
    errors = [(name, errors_by_bits(targets, cells)) for name, cells in reads.items()]
    measured_panels.errors_panel(ax, errors, allowed)
    return ax


def plot_arrhenius(celsius: ArrayLike, rate: ArrayLike, ax: Axes | None = None, *, ylabel: str = "rate (1/s)") -> Axes:
    """Draw rates over inverse temperature with the activation energy and its 95 % band.

    Args:
        celsius: three temperatures or more, °C, [points].
        rate: rate at each, above 0; of times to failure, 1 / time.
        ax: axis to draw into; None makes a figure.
        ylabel: what the rate is.

    Raises:
        MeasurementError: fewer than three temperatures, or a rate not above 0.

    Examples:
        >>> import ohmshot as oh
        >>> oh.plot_arrhenius([150, 175, 200], [1e-6, 6e-6, 3e-5]).get_xlabel()
        '1000 / T (1/K)'
    """
    fit = fit_arrhenius(celsius, rate)
    ax = ax or new_axis()
    measured_panels.arrhenius_panel(ax, celsius, rate, fit, ylabel)
    return ax


def plot_weibull(cycles: ArrayLike, failed: ArrayLike, ax: Axes | None = None) -> Axes:
    """Draw cycles to failure on Weibull's axes with the fitted line; cells that still live are censored.

    Args:
        cycles: at failure, or at the end of the test for a cell that lives, [cells].
        failed: whether the cell failed, [cells].
        ax: axis to draw into; None makes a figure.

    Raises:
        MeasurementError: fewer than three failures.

    Examples:
        >>> import ohmshot as oh
        >>> oh.plot_weibull([1e4, 3e4, 5e4, 8e4, 1e5], [True, True, True, True, False]).get_ylabel()
        'failed (%)'
    """
    fit = fit_weibull(cycles, failed)
    ax = ax or new_axis()
    measured_panels.weibull_panel(ax, fit)
    return ax


def plot_map(
    row: ArrayLike,
    column: ArrayLike,
    value: ArrayLike,
    ax: Axes | None = None,
    *,
    label: str = "conductance (µS)",
    names: tuple[str, str] = ("word line", "bit line"),
) -> Axes:
    """Draw a measured quantity over the places of an array, or over the dies of a wafer.

    Args:
        row: of each value, a whole number, [places].
        column: the same.
        value: measured there; places that are not named stay empty.
        ax: axis to draw into; None makes a figure.
        label: what the value is.
        names: of rows and columns.

    Raises:
        SettingsError: not one row and column for each value.

    Examples:
        >>> import ohmshot as oh
        >>> oh.plot_map([0, 0, 1], [0, 1, 1], [3.0, 3.1, 2.9], label="forming (V)").get_ylabel()
        'word line'
    """
    if not np.size(row) == np.size(column) == np.size(value) or not np.size(value):
        raise SettingsError("Give one row and one column for each value.")
    ax = ax or new_axis()
    ax.figure.colorbar(measured_panels.map_panel(ax, row, column, value, names), ax=ax, label=label)
    return ax


def plot_spectrum(reads: Mapping[str, ArrayLike], interval: float, ax: Axes | None = None) -> Axes:
    """Draw power spectra of reads that follow each other at equal intervals, with a line of 1/f.

    Args:
        reads: name of each cell, and its reads in µS, [reads].
        interval: s between two reads.
        ax: axis to draw into; None makes a figure.

    Raises:
        SettingsError: fewer than 16 reads of a cell, or an interval not above 0.

    Examples:
        >>> import ohmshot as oh
        >>> oh.plot_spectrum({"cell 3": [60, 61, 59, 60] * 8}, interval=0.0025).get_xlabel()
        'frequency (Hz)'
    """
    if not reads or any(np.size(each) < 16 for each in reads.values()) or not interval > 0:
        raise SettingsError("Give 16 reads or more of each cell, and the seconds between two of them.")
    ax = ax or new_axis()
    measured_panels.spectrum_panel(ax, list(reads.items()), interval)
    return ax
