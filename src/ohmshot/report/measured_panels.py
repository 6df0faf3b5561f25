"""Panels of measured quantities, each drawn into an axis that is handed over."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.signal
import scipy.stats
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from numpy.typing import ArrayLike, NDArray

from ohmshot.characterisation.arrhenius import ArrheniusFit
from ohmshot.characterisation.endurance import WeibullFit
from ohmshot.foundation.units import ZERO_CELSIUS_K
from ohmshot.plot.style import COLOURS, look, ordered_colours

Floats = NDArray[np.float64]

PROBIT_SHARES = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)
"""Shares that a probit axis names."""
LINE_POINTS = 200


def probit_axis(axis: Axes) -> None:
    """Name the shares of an axis of normal quantiles."""
    axis.set_yticks(scipy.stats.norm.ppf(PROBIT_SHARES), [f"{100 * share:g}" for share in PROBIT_SHARES])
    axis.set_ylim(float(scipy.stats.norm.ppf(0.0004)), float(scipy.stats.norm.ppf(0.9996)))
    axis.set_ylabel("cells at or below (%)")


def probit_line(axis: Axes, values: ArrayLike, style: str, colour: str, label: str | None = None) -> None:
    """Draw a cumulative distribution against normal quantiles; a normal one is a straight line."""
    found = np.sort(np.asarray(values, dtype=float))
    quantile = scipy.stats.norm.ppf((np.arange(len(found)) + 0.5) / len(found))
    # All of the tails, and as many of the middle as a curve needs.
    shown = (np.abs(quantile) > 2) | (np.arange(len(found)) % max(1, len(found) // 200) == 0)
    kind: dict[str, Any] = (
        {"marker": ".", "markersize": 2, "linestyle": "none"} if style == "o" else {"linestyle": style}
    )
    axis.plot(found[shown], quantile[shown], color=colour, label=label, **kind)


def distributions_panel(
    axis: Axes, levels: Sequence[tuple[str, ArrayLike]], simulated: Sequence[ArrayLike] | None = None
) -> None:
    """Levels on probit axes: measured as dots, simulated beside it as lines."""
    for number, ((name, values), colour) in enumerate(zip(levels, ordered_colours(len(levels)), strict=True)):
        probit_line(axis, values, "o", colour, name)
        if simulated is not None:
            probit_line(axis, simulated[number], "-", colour)
    probit_axis(axis)
    axis.set_xlabel("conductance (\u00b5S)")
    title = "dots measured, lines simulated" if simulated is not None else None
    axis.legend(loc="lower center", bbox_to_anchor=(0.55, 1.06), ncols=4, markerscale=3, title=title)


def window_panel(axis: Axes, x: ArrayLike, lower: Sequence[Floats], upper: Sequence[Floats], xlabel: str) -> None:
    """Two states against time or cycles: median, and the share of 1 to 99 % as a band; the gap is the window."""
    place = np.asarray(x, dtype=float)
    for number, (cells, name) in enumerate(((upper, "upper state"), (lower, "lower state"))):
        low, middle, high = (np.array([np.quantile(each, q) for each in cells]) for q in (0.01, 0.5, 0.99))
        axis.plot(place, middle, label=name, **look(number))
        axis.fill_between(place, low, high, color=COLOURS[number], alpha=0.2, linewidth=0)
    axis.set(xscale="log" if (place > 0).all() and place.max() > 20 * place.min() else "linear", xlabel=xlabel)
    axis.set(yscale="log", ylabel="conductance (\u00b5S)")
    axis.legend(title="median, 1 to 99 %")


def errors_panel(axis: Axes, errors: Sequence[tuple[str, Sequence[tuple[float, float]]]], allowed: float) -> None:
    """Bit error rate against bits a cell, one curve a moment, with the error that is allowed."""
    least = [rate for _, rows in errors for _, rate in rows if rate > 0]
    floor = 0.5 * min([*least, allowed])
    for number, (name, rows) in enumerate(errors):
        bits, rates = zip(*rows, strict=True)
        axis.plot(bits, np.maximum(rates, floor), label=name, **look(number))
    axis.axhline(allowed, color=COLOURS[7], linestyle="--", linewidth=0.8)
    axis.set(
        yscale="log",
        xlabel="bits a cell, Gray code",
        ylabel="wrong bits (share; lowest: none seen)",
        ylim=(0.7 * floor, 1),
    )
    axis.set_xticks(sorted({bits for _, rows in errors for bits, _ in rows}))
    axis.legend()


def arrhenius_panel(
    axis: Axes, celsius: ArrayLike, rate: ArrayLike, fit: ArrheniusFit, what: str = "rate (1/s)"
) -> None:
    """Rates against inverse temperature, with the line and its 95 % band, and the temperatures above."""
    measured = np.asarray(celsius, dtype=float)
    span = np.linspace(min(measured.min(), 75.0), measured.max() + 10, LINE_POINTS)

    def inverse(degrees: ArrayLike) -> Floats:
        found: Floats = 1000 / (np.asarray(degrees, dtype=float) + ZERO_CELSIUS_K)
        return found

    line, low, high = fit.rate(span)
    value, least, most = fit.energy
    axis.fill_between(inverse(span), low, high, color=COLOURS[1], alpha=0.2, linewidth=0)
    axis.plot(inverse(span), line, color=COLOURS[1], label=f"{value:.2f} eV [{least:.2f}, {most:.2f}]")
    axis.plot(inverse(measured), np.asarray(rate, dtype=float), "o", color=COLOURS[0], label="measured")
    axis.set(yscale="log", xlabel="1000 / T (1/K)", ylabel=what)
    above = axis.secondary_xaxis("top", functions=(lambda x: x, lambda x: x))
    ticks = [each for each in (25, 75, 100, 125, 150, 200, 250, 300) if span.min() - 1 <= each <= span.max() + 1]
    above.set_xticks([float(inverse(each)) for each in ticks], [f"{each} \u00b0C" for each in ticks])
    axis.legend()


def weibull_panel(axis: Axes, fit: WeibullFit) -> None:
    """Failures on Weibull's axes, ln(-ln(1 - F)) against log cycles, with the fitted line."""

    def height(share: ArrayLike) -> Floats:
        found: Floats = np.log(-np.log1p(-np.asarray(share, dtype=float)))
        return found

    (scale, *scales), (shape, *shapes) = fit.scale, fit.shape
    label = (
        f"scale {scale:.3g} [{scales[0]:.3g}, {scales[1]:.3g}], shape {shape:.2f} [{shapes[0]:.2f}, {shapes[1]:.2f}]"
    )
    shares = np.array([0.001, 0.01, 0.1, 0.5, 0.9, 0.99])
    lowest = min(0.5 * float(fit.share.min()), 0.01)
    ends = np.array([lowest, 0.999])
    axis.plot(fit.cycles, height(fit.share), "o", color=COLOURS[0], label=f"failed ({fit.alive} more still live)")
    axis.plot(scale * (-np.log1p(-ends)) ** (1 / shape), height(ends), color=COLOURS[1], label=label)
    axis.set_yticks(height(shares), [f"{100 * share:g}" for share in shares])
    axis.set(xscale="log", xlabel="cycles", ylabel="failed (%)", ylim=(float(height(lowest)), float(height(0.999))))
    axis.legend(fontsize="x-small")


def map_panel(axis: Axes, row: ArrayLike, column: ArrayLike, value: ArrayLike, names: tuple[str, str]) -> AxesImage:
    """A measured quantity over the places of an array or a wafer; places without a value stay empty."""
    down, right = np.asarray(row, dtype=int), np.asarray(column, dtype=int)
    image = np.full((down.max() - down.min() + 1, right.max() - right.min() + 1), np.nan)
    image[down - down.min(), right - right.min()] = np.asarray(value, dtype=float)
    extent = (right.min() - 0.5, right.max() + 0.5, down.max() + 0.5, down.min() - 0.5)
    low, high = np.nanquantile(image, (0.005, 0.995))
    drawn = axis.imshow(image, aspect="auto", extent=extent, interpolation="nearest", vmin=low, vmax=high)
    axis.set(xlabel=names[1], ylabel=names[0])
    return drawn


def spectrum_panel(axis: Axes, series: Sequence[tuple[str, ArrayLike]], interval: float) -> None:
    """Power spectra of reads by Welch's method, and a line of 1/f beside them."""
    frequencies = np.array([1.0])
    highest = []
    for number, (name, values) in enumerate(series):
        reads: Floats = scipy.signal.detrend(np.asarray(values, dtype=float), type="linear")
        frequencies, power = scipy.signal.welch(reads, 1 / interval, nperseg=max(len(reads) // 8, 16))
        axis.loglog(frequencies[1:], power[1:], label=name, color=COLOURS[number % len(COLOURS)], linewidth=0.8)
        highest.append(power[1])
    level = float(np.median(highest)) * frequencies[1]
    axis.loglog(frequencies[1:], level / frequencies[1:], "--", color="black", linewidth=0.8, label="1/f")
    axis.set(xlabel="frequency (Hz)", ylabel="power (\u00b5S\u00b2/Hz)")
    axis.legend(fontsize="x-small")
