"""The RESET curve: the conductance after a RESET against its amplitude, with its spread.

``ln G = ln median(V) + s(V) * (sqrt(a) z_device + sqrt(1 - a) z_cycle)``, the median falling geometrically from the
highest SET level at the onset voltage to the reset state at the full voltage (`ohmshot.cell.switching`). A RESET
that would end above where the cell stands leaves it there, so such a reading only says "not below": it is censored.
The device's offset is integrated out by the trapezoid rule on a fixed grid.
"""

import math

import polars as pl
import torch
from torch import Tensor

from ohmshot.characterisation.likelihood import Maximum, Unknowns, maximise, normal_log_density, summed_by_device
from ohmshot.characterisation.rows import ExperimentFit, FittedRow, column, device_numbers, fitted, temperature_of
from ohmshot.foundation.errors import MeasurementError

GRID = torch.linspace(-5, 5, 161, dtype=torch.float64)
"""Device offsets; fine enough for devices whose offset is known to a twentieth of the spread."""
LEAST_MOVED = 0.25
"""Amplitudes that move fewer of the cells lie below the onset, where the law says nothing; they are left out."""
NOISE_MARGIN = 4.0
"""A reading counts as lowered when it lies this many standard deviations of read noise below the one before."""


def fit_reset_curve(rows: pl.DataFrame, top: tuple[float, float], read_noise: float) -> ExperimentFit:
    """Fit RESET readings.

    Args:
        rows: experiment "reset": each one RESET of a cell just SET, with the reads before and after.
        top: highest SET level in uS, and the standard error of its logarithm.
        read_noise: standard deviation of one read as a share of the conductance.

    Raises:
        MeasurementError: fewer than three amplitudes move the cells, or no device with two cycles.
    """
    noise = max(read_noise, 1e-4)
    log_after, log_before = (
        column(rows, "conductance_microsiemens").log(),
        column(rows, "conductance_before_microsiemens").log(),
    )
    edge = log_before - NOISE_MARGIN * math.sqrt(2) * noise
    rows = rows.with_columns(
        pl.Series("edge", edge.numpy()),
        pl.Series("moved", (log_after < edge).numpy()),
        pl.Series("log", log_after.numpy()),
    )
    moved = pl.col("moved").mean().over("source_voltage_v")
    above = rows.filter(moved >= LEAST_MOVED)
    if above["source_voltage_v"].n_unique() < 3:
        raise MeasurementError("Experiment 'reset' needs at least three source voltages that lower the cells.")
    if int(above.group_by("device").len()["len"].max() or 0) < 2:  # type: ignore[arg-type]
        raise MeasurementError("Experiment 'reset' needs devices with at least two cycles, to tell device from cycle.")
    voltage, after = column(above, "source_voltage_v"), column(above, "log")
    limit, lowered = column(above, "edge"), torch.from_numpy(above["moved"].to_numpy().copy())
    device, devices = device_numbers(above)
    full = float(voltage.max())

    def law(unknowns: Tensor) -> tuple[Tensor, Tensor]:
        depth = ((voltage - unknowns[0]) / (full - unknowns[0])).clamp(max=1)
        median = torch.lerp(unknowns[5].expand_as(depth), unknowns[1].expand_as(depth), depth)
        spread = torch.lerp(unknowns[2].exp().expand_as(depth), unknowns[3].exp().expand_as(depth), depth.clamp(0, 1))
        return median, spread

    def log_likelihood(unknowns: Tensor) -> Tensor:
        median, spread = law(unknowns)
        of_device = torch.sigmoid(unknowns[4])
        variance = ((1 - of_device) * spread**2 + noise**2)[:, None]
        centre = median[:, None] + (of_device.sqrt() * spread)[:, None] * GRID
        seen = normal_log_density(after[:, None] - centre, variance)
        not_below = torch.special.log_ndtr((centre - limit[:, None]) / variance.sqrt())
        each = summed_by_device(torch.where(lowered[:, None], seen, not_below), device, devices)
        weights = normal_log_density(GRID, torch.ones_like(GRID)) + math.log(float(GRID[1] - GRID[0]))
        return torch.logsumexp(each + weights, 1)

    maximum = maximise(log_likelihood, first_guess(voltage, after, lowered, top), "reset")
    median, spread = law(maximum.unknowns)
    kept = ("device", pl.col("source_voltage_v").alias("amplitude"), "conductance_microsiemens", "moved")
    residual = (after - median) / (spread**2 + noise**2).sqrt()
    points = above.select(*kept).with_columns(pl.Series("residual", residual.numpy()))
    below = rows.height - above.height
    warnings: tuple[str, ...] = ()
    if below:
        warnings = (f"{below} of {rows.height} readings left out: their voltages lie below the onset",)
    found = curve_rows(maximum, full) | _device_share(maximum)
    conditions = temperature_of(above)
    return ExperimentFit("reset", found, devices, above.height, points, conditions, warnings)


def first_guess(voltage: Tensor, after: Tensor, lowered: Tensor, top: tuple[float, float]) -> Unknowns:
    """Onset, ln of the median at the highest voltage, ln of both spreads, logit of the device share, ln of the top.

    From a line through the lowered readings; where it meets the highest level is the onset."""
    design = torch.stack([torch.ones_like(voltage), voltage], 1)[lowered]
    line = torch.linalg.lstsq(design, after[lowered][:, None]).solution[:, 0]
    full = float(voltage.max())
    onset = float((math.log(top[0]) - line[0]) / line[1]) if float(line[1]) < 0 else 0.0
    onset = min(max(onset, 0.2 * full), 0.9 * full)
    spread = float((after[lowered] - design @ line).std().clamp(min=1e-3))
    start = [onset, float(line[0] + line[1] * full), math.log(spread / 2), math.log(spread), 0.0, math.log(top[0])]
    return Unknowns(torch.tensor(start), torch.tensor([100.0, 100.0, 5.0, 5.0, 5.0, max(top[1], 1e-6)]))


def _device_share(maximum: Maximum) -> dict[str, FittedRow]:
    note = "share of that variance between devices, the rest between cycles"
    return {"reset_device_share": fitted(maximum, lambda u: u[4], torch.sigmoid, note)}


def curve_rows(maximum: Maximum, full: float) -> dict[str, FittedRow]:
    """Rows of the curve; the first four unknowns are those of `first_guess`."""
    onset = fitted(maximum, lambda u: u[0].log(), torch.exp, "onset")
    assert onset.interval is not None
    return {
        "reset_source_voltages": FittedRow(
            (*onset.numbers, full),
            "onset, where the fitted median meets the highest SET level, and the highest voltage applied",
            (onset.interval[0], (full, full)),
        ),
        "reset_conductance": fitted(
            maximum, lambda u: u[1], torch.exp, "median after a RESET at the highest voltage applied"
        ),
        "reset_log_spread": fitted(
            maximum, lambda u: u[2:4], torch.exp, "standard deviation of ln(conductance) at onset and highest voltage"
        ),
    }
