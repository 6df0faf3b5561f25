"""Figures of a wafer's fits: what was measured, the fitted law over it, and residuals on a normal scale.

The curves are drawn by the physics itself (`ohmshot.cell`) with the fitted numbers, not by the code that fitted them.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import polars as pl
import torch
from matplotlib.axes import Axes
from torch import Tensor

from ohmshot.cell import switching
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.technology import technology
from ohmshot.characterisation.fit import WaferFit
from ohmshot.foundation.elementwise import elementwise
from ohmshot.foundation.statistics import NORMAL_95
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, double_column, panel_letters, paper_style
from ohmshot.report.ageing_fit_figures import levels_figure, relaxation_figure, retention_figure
from ohmshot.report.fit_panels import normal_quantiles, reading_quantiles


def fitted_parameters(fit: WaferFit) -> CellParameters:
    """The numbers of the fitted set, the base's where nothing was measured."""
    return dataclasses.replace(fit.base.values, **{name: row.value for name, row in fit.rows.items()})  # type: ignore[arg-type]


def fit_figures(fit: WaferFit) -> list[CaptionedFigure]:
    """Draw one figure for each experiment that was measured."""
    parameters = fitted_parameters(fit)
    draw: dict[str, Callable[[pl.DataFrame, CellParameters], CaptionedFigure]] = {
        "set": set_figure,
        "reset": reset_figure,
        "ramp": ramp_figure,
        "read": read_figure,
        "relaxation": relaxation_figure,
        "retention": retention_figure,
    }
    with paper_style():
        figures = [draw[name](each.points, parameters) for name, each in fit.experiments.items()]
        if "relaxation" in fit.experiments:
            figures.append(levels_figure(fit.experiments["relaxation"].points, parameters))
        return figures


def set_figure(points: pl.DataFrame, parameters: CellParameters) -> CaptionedFigure:
    """SET curve, what devices have of their own, residuals."""
    figure = double_column(2.5)
    axes = figure.subplots(1, 3)
    low, high = float(points["amplitude"].min()), float(points["amplitude"].max())  # type: ignore[arg-type]
    place = torch.linspace(0, 1, 101)
    ends = parameters.set_conductances
    median = ends[0] + place * (ends[1] - ends[0])
    sigma = elementwise(switching.set_spread, technology(parameters))(median)
    reading_quantiles(axes[0], points)
    _law(axes[0], low + place * (high - low), median, sigma)
    by_gate = high < 10
    axes[0].set(xlabel="gate voltage (V)" if by_gate else "compliance current (µA)", ylabel="conductance (µS)")
    axes[0].legend()
    _halves(axes[1], points, parameters.set_device_share)
    normal_quantiles(axes[2], points["residual"])
    panel_letters(axes)
    return CaptionedFigure(
        "fit-set",
        figure,
        "SET. (a) Readings at each amplitude: median, middle half (thick) and 95 % (thin); line and bands: the fitted "
        "median with one and two standard deviations of a single SET. (b) Mean residual of each device in its odd "
        "against its even readings: what both share is the device's own; the line has the slope that the fitted device "
        "share gives. (c) Residuals on a normal scale.",
    )


def reset_figure(points: pl.DataFrame, parameters: CellParameters) -> CaptionedFigure:
    """RESET curve, spread of its logarithm, residuals."""
    figure = double_column(2.5)
    axes = figure.subplots(1, 3)
    onset, full = parameters.reset_source_voltages
    voltage = torch.linspace(onset + 1e-4 * (full - onset), full, 101)
    log_median = elementwise(switching.reset_log_median, technology(parameters))(voltage)
    spread = elementwise(switching.reset_log_spread, technology(parameters))(voltage)
    reading_quantiles(axes[0], points)
    for reach, alpha in ((1, 0.25), (2, 0.12)):
        ends = ((log_median + sign * reach * spread).exp() for sign in (-1, 1))
        axes[0].fill_between(voltage, *ends, color=COLOURS[1], alpha=alpha, linewidth=0)
    axes[0].plot(voltage, log_median.exp(), color=COLOURS[1], label="fitted")
    axes[0].set(xlabel="source voltage (V)", ylabel="conductance (µS)", yscale="log")
    axes[0].legend()
    moved = points.filter(pl.col("moved").mean().over("amplitude") > 0.98)
    seen = moved.group_by("amplitude").agg(pl.col("conductance_microsiemens").log().std(), pl.len()).sort("amplitude")
    error = seen["conductance_microsiemens"] / np.sqrt(2 * seen["len"].to_numpy())
    axes[1].errorbar(seen["amplitude"], seen["conductance_microsiemens"], NORMAL_95 * error, fmt="o", label="measured")
    axes[1].plot(voltage, spread, color=COLOURS[1], label="fitted")
    axes[1].set(xlabel="source voltage (V)", ylabel="standard deviation of ln G", ylim=(0, None))
    axes[1].legend()
    normal_quantiles(axes[2], moved["residual"])
    panel_letters(axes)
    return CaptionedFigure(
        "fit-reset",
        figure,
        "RESET from the highest SET level. (a) Readings as for SET, amplitudes below the onset left out; near it "
        "many cells stay where they were, which the fit counts as censored. (b) Spread where all cells moved, with "
        "95 % intervals, and the fitted law. (c) Residuals there, on a normal scale.",
    )


def ramp_figure(points: pl.DataFrame, parameters: CellParameters) -> CaptionedFigure:
    """RESET or SET ramps, as single pulses are drawn."""
    drawn = (reset_figure if "moved" in points.columns else set_figure)(points, parameters)
    caption = drawn.caption.replace("RESET from the highest SET level.", "RESET ramps from the low resistance state.")
    return CaptionedFigure("fit-ramp", drawn.figure, caption.replace("SET. (a)", "SET ramps. (a)"))


def read_figure(points: pl.DataFrame, parameters: CellParameters) -> CaptionedFigure:
    """Read noise of every device against its conductance, residuals."""
    figure = double_column(2.5)
    axes = figure.subplots(1, 2)
    by_device = points.group_by("device").agg(
        pl.col("amplitude").first(),
        (pl.col("residual").pow(2).mean().sqrt() * parameters.read_noise * pl.col("amplitude").first()).alias("noise"),
    )
    axes[0].plot(by_device["amplitude"], by_device["noise"], "o", alpha=0.6, label="one device")
    reach = np.array([0.0, float(by_device["amplitude"].max())])  # type: ignore[arg-type]
    axes[0].plot(reach, parameters.read_noise * reach, color=COLOURS[1], label="fitted share")
    axes[0].set(xlabel="conductance (µS)", ylabel="noise of one read (µS)", xlim=(0, None), ylim=(0, None))
    axes[0].legend()
    normal_quantiles(axes[1], points["residual"])
    panel_letters(axes)
    return CaptionedFigure(
        "fit-read",
        figure,
        "Read noise. (a) Noise of each device from its successive reads, and the fitted share of the conductance. "
        "(b) Differences of successive reads on a normal scale: steps of a telegraph noise would leave the line.",
    )


def _law(axis: Axes, x: Tensor, median: Tensor, sigma: Tensor) -> None:
    for reach, alpha in ((1, 0.25), (2, 0.12)):
        axis.fill_between(x, median - reach * sigma, median + reach * sigma, color=COLOURS[1], alpha=alpha, linewidth=0)
    axis.plot(x, median, color=COLOURS[1], label="fitted")


def _halves(axis: Axes, points: pl.DataFrame, share: float) -> None:
    """Mean residuals of each device in odd against even rows."""
    halves = (
        points.with_columns((pl.int_range(pl.len()).over("device") % 2).alias("half"))
        .group_by("device", "half")
        .agg(pl.col("residual").mean(), pl.len())
        .pivot(on="half", index="device", values=["residual", "len"])
        .drop_nulls()
    )
    axis.plot(halves["residual_0"], halves["residual_1"], "o", alpha=0.6)
    count = float(halves["len_0"].mean() or 1)  # type: ignore[arg-type]
    slope = share / (share + (1 - share) / count)
    reach = float(np.abs(axis.get_xlim()).max())
    axis.plot([-reach, reach], [-slope * reach, slope * reach], color=COLOURS[1], label=f"device share {share:.2f}")
    axis.set(xlabel="mean residual, odd readings", ylabel="mean residual, even readings")
    axis.legend()
