"""Figures of the fits of relaxation and retention."""

import numpy as np
import polars as pl
import torch
from matplotlib.axes import Axes
from torch import Tensor

from ohmshot.cell import ageing
from ohmshot.cell.ageing import BOLTZMANN_EV_PER_K
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.technology import relaxation, retention_time_constant
from ohmshot.characterisation.arrhenius import fit_arrhenius
from ohmshot.characterisation.level_errors import errors_by_bits
from ohmshot.characterisation.rows import ALIKE_TIME
from ohmshot.foundation.elementwise import elementwise
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import NORMAL_95
from ohmshot.foundation.units import HOUR_S, ZERO_CELSIUS_K
from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.plot.style import COLOURS, MARKERS, double_column, panel_letters
from ohmshot.report.fit_panels import normal_quantiles
from ohmshot.report.measured_panels import distributions_panel, errors_panel

DRAWS = 20
ALLOWED_ERROR = 1e-3
"""Share of wrong bits that a page's line marks: what a simple code corrects (Esmanhotto et al., IEDM 2020, use it)."""


def relaxation_figure(points: pl.DataFrame, parameters: CellParameters) -> CaptionedFigure:
    """Shift and spread of each level against time, residuals."""
    figure = double_column(2.9)
    axes = figure.subplots(1, 3)
    changes = _changes(
        points, "target_microsiemens", (pl.col("conductance_microsiemens") - pl.col("first_microsiemens"))
    )
    last = float(points["time_s"].max())  # type: ignore[arg-type]
    time = torch.logspace(0, float(np.log10(max(last, 10.0))), 80)
    for number, ((target,), seen) in enumerate(sorted(changes.group_by("target_microsiemens"))):
        first = float(points.filter(pl.col("target_microsiemens") == target)["first_microsiemens"].mean() or 0)  # type: ignore[arg-type]
        shift, spread = _relaxed(first, time, parameters)
        noise = 2**0.5 * parameters.read_noise * first
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        for axis, name, law in ((axes[0], "mean", shift), (axes[1], "std", (spread**2 + noise**2).sqrt())):
            half = NORMAL_95 * seen[f"{name}_error"]
            axis.errorbar(seen["time_s"], seen[name], half, fmt=marker, color=colour, elinewidth=0.5, capsize=0)
            axis.plot(time, law, color=colour, label=f"{target:.0f} µS")
    for axis in axes[:2]:
        axis.set(xscale="log", xlabel="time after programming (s)")
    axes[0].set(ylabel="mean change (µS)")
    axes[1].set(ylabel="standard deviation of the change (µS)", ylim=(0, None))
    axes[1].legend(ncols=2)
    normal_quantiles(axes[2], points["residual"])
    panel_letters(axes)
    return CaptionedFigure(
        "fit-relaxation",
        figure,
        "Relaxation since the first read. (a) Mean change and (b) its standard deviation, both reads' noise included, "
        "of each level with 95 % intervals; lines: the fitted laws at the level's mean. (c) Steps from look to look on "
        "a normal scale.",
    )


def levels_figure(points: pl.DataFrame, parameters: CellParameters) -> CaptionedFigure:
    """Distributions of the levels at the last read, measured beside simulated, and bits at an error against time."""
    figure = double_column(3.2)
    axes = figure.subplots(1, 2)
    points = points.with_columns(ALIKE_TIME)
    times = points["time_s"].unique().sort().to_list()
    at_end = points.filter(pl.col("time_s").eq(pl.col("time_s").max().over("target_microsiemens")))
    measured, simulated = [], []
    for (target,), cells in sorted(at_end.group_by("target_microsiemens")):
        assert isinstance(target, float)
        measured.append((f"{target:.3g} µS", cells["conductance_microsiemens"].to_numpy()))
        simulated.append(_simulated(cells, parameters))
    distributions_panel(axes[0], measured, simulated)
    looks = [times[0], times[len(times) // 2], times[-1]] if len(times) > 2 else times
    errors = []
    if len(measured) > 1:
        for time in looks:
            seen = points.filter(pl.col("time_s") == time)
            if int(seen.group_by("target_microsiemens").len()["len"].min() or 0) > 1:  # type: ignore[arg-type]
                errors.append(
                    (
                        f"{time:g} s",
                        errors_by_bits(
                            seen["target_microsiemens"].to_numpy(), seen["conductance_microsiemens"].to_numpy()
                        ),
                    )
                )
    if errors:
        errors_panel(axes[1], errors, ALLOWED_ERROR)
    panel_letters(axes)
    return CaptionedFigure(
        "fit-levels",
        figure,
        "Levels. (a) Distribution of each level at its last read on a probit axis: dots measured, lines what the "
        "fitted law makes of the same first reads. (b) Share of wrong bits against bits a cell in Gray code, by levels "
        f"that lie as far apart as they can; the line is {ALLOWED_ERROR:g}.",
    )


def _simulated(cells: pl.DataFrame, parameters: CellParameters) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """What the law makes of the first reads of a level's cells by the time of the last, both reads' noise included."""
    # Many draws of each, so that the line shows the law and not its chance.
    first = np.repeat(cells["first_microsiemens"].to_numpy(), DRAWS)
    time = torch.from_numpy(np.repeat(cells["time_s"].to_numpy(), DRAWS)).float()
    shift, spread = _relaxed(float(first.mean()), time, parameters)
    noise = 2**0.5 * parameters.read_noise * first
    draw = torch.randn(2, len(first), generator=generator(0, "levels of a fit")).numpy()
    found: np.ndarray[tuple[int], np.dtype[np.float64]] = (
        first + shift.numpy() + spread.numpy() * draw[0] + noise * draw[1]
    )
    return found


def retention_figure(points: pl.DataFrame, parameters: CellParameters) -> CaptionedFigure:
    """Share kept, spread, and the rates' Arrhenius plot, residuals."""
    figure = double_column(5.2)
    axes = figure.subplots(2, 2).ravel()
    rest = parameters.reset_conductance
    above = pl.col("first_microsiemens") - rest
    kept = _changes(points, "temperature_celsius", (pl.col("conductance_microsiemens") - rest) / above)
    added = _changes(points, "temperature_celsius", pl.col("conductance_microsiemens") - pl.col("first_microsiemens"))
    first = float(points["first_microsiemens"].mean() or 0)  # type: ignore[arg-type]
    constant = retention_time_constant(parameters)
    last = float(points["time_s"].max())  # type: ignore[arg-type]
    hours = torch.logspace(float(np.log10(last / HOUR_S)) - 2.5, float(np.log10(last / HOUR_S)), 80)
    rates = []
    for number, ((celsius,), seen) in enumerate(sorted(kept.group_by("temperature_celsius"))):
        assert isinstance(celsius, float)
        colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
        law = torch.exp(-HOUR_S * hours * ageing.acceleration(celsius, parameters) / constant)
        half, label = NORMAL_95 * seen["mean_error"], f"{celsius:g} °C"
        axes[0].errorbar(seen["time_s"] / HOUR_S, seen["mean"], half, fmt=marker, color=colour, label=label)
        axes[0].plot(hours, law, color=colour)
        spreads = added.filter(pl.col("temperature_celsius") == celsius)
        half = NORMAL_95 * spreads["std_error"]
        axes[1].errorbar(spreads["time_s"] / HOUR_S, spreads["std"], half, fmt=marker, color=colour)
        axes[1].plot(hours, _spread_of_change(points, celsius, law, parameters), color=colour)
        rates.append((celsius, *_rate(seen)))
    axes[0].set(xscale="log", xlabel="bake (h)", ylabel="share kept above the reset state")
    axes[0].legend()
    axes[1].set(xscale="log", xlabel="bake (h)", ylabel="standard deviation of the change (µS)", ylim=(0, None))
    _arrhenius(axes[2], rates, parameters)
    normal_quantiles(axes[3], points["residual"])
    panel_letters(axes)
    return CaptionedFigure(
        "fit-retention",
        figure,
        f"Retention, cells of {first:.0f} µS in the mean. (a) Share of the conductance above the reset state that is "
        "kept, with 95 % intervals; looks with less than 70 % left are not fitted. (b) Standard deviation of the "
        "change. (c) Rate of the loss at each temperature alone, against the fitted Arrhenius law. (d) Steps from "
        "look to look on a normal scale.",
    )


def _changes(points: pl.DataFrame, group: str, change: pl.Expr) -> pl.DataFrame:
    """Mean and standard deviation of a change by group and time, with their standard errors."""
    table = (
        points.with_columns(ALIKE_TIME)
        .group_by(group, "time_s")
        .agg(change.mean().alias("mean"), change.std().alias("std"), pl.len())
    )
    root = pl.col("len").sqrt()
    errors = ((pl.col("std") / root).alias("mean_error"), (pl.col("std") / (2**0.5 * root)).alias("std_error"))
    return table.filter(pl.col("len") > 1).with_columns(errors).sort(group, "time_s")


def _relaxed(conductance: float, time: Tensor, parameters: CellParameters) -> tuple[Tensor, Tensor]:
    """Mean shift and standard deviation of the walk of cells SET to a conductance, at each time."""
    by_set = 0.0
    shift, variance = elementwise(ageing.relaxed, relaxation(parameters), results=2)(conductance, by_set, time)
    return shift, variance.sqrt()


def _spread_of_change(points: pl.DataFrame, celsius: float, law: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation of the change since the first read: the walk, unequal starts, and both reads' noise."""
    first = points.filter(pl.col("temperature_celsius") == celsius).unique("device")["first_microsiemens"].to_numpy()
    start = torch.from_numpy(first.copy()).to(law.dtype)
    final: Tensor = elementwise(ageing.retention_final_variance, relaxation(parameters))(start).mean()
    noise = (parameters.read_noise * start).square().mean()
    unequal = (1 - law) ** 2 * start.var()
    return (final * (1 - law**2) + unequal + noise * (1 + law**2)).sqrt()


def _rate(seen: pl.DataFrame) -> tuple[float, float]:
    """Rate of the loss at one temperature with its standard error, from the look where it is best known, 1/s."""
    known = seen.filter(pl.col("mean") > 0.05).with_columns(
        (-pl.col("mean").log() / pl.col("time_s")).alias("rate"),
        (pl.col("mean_error") / pl.col("mean") / pl.col("time_s")).alias("error"),
    )
    best = known.sort(pl.col("error") / pl.col("rate").abs()).row(0, named=True)
    return best["rate"], best["error"]


def _arrhenius(axis: Axes, rates: list[tuple[float, float, float]], parameters: CellParameters) -> None:
    celsius = np.array([each[0] for each in rates])
    inverse = 1 / (BOLTZMANN_EV_PER_K * (celsius + ZERO_CELSIUS_K))
    rate, error = np.array([each[1] for each in rates]), np.array([each[2] for each in rates])
    shown = rate > 0
    axis.errorbar(inverse[shown], rate[shown], NORMAL_95 * error[shown], fmt="o", label="one temperature alone")
    constant = retention_time_constant(parameters)
    law = [ageing.acceleration(each, parameters) / constant for each in celsius.tolist()]
    axis.plot(inverse, law, color=COLOURS[1], label=f"fitted, {parameters.retention_activation_energy:.2f} eV")
    if shown.sum() > 2:
        # Their own line, whatever the law says, with the confidence that so few temperatures give.
        own = fit_arrhenius(celsius[shown], rate[shown])
        span = np.linspace(celsius[shown].min(), celsius[shown].max(), 60)
        _, low, high = own.rate(span)
        label = f"their line, {own.energy[0]:.2f} eV [{own.energy[1]:.2f}, {own.energy[2]:.2f}]"
        place = 1 / (BOLTZMANN_EV_PER_K * (span + ZERO_CELSIUS_K))
        axis.fill_between(place, low, high, color=COLOURS[0], alpha=0.15, linewidth=0, label=label)
    axis.set(yscale="log", xlabel="1 / kT (1/eV)", ylabel="rate of the loss (1/s)")
    axis.legend()
