"""Ramps: sequences of rising pulses with a read after each, as most testers record them.

A RESET ramp begins at the low resistance state; what its readings say of median and spread at each voltage is what
single RESETs would (`ohmshot.characterisation.reset_curve`), but the readings of one ramp share the cycle's draw. So
median and spread are fitted to each reading by itself (a composite likelihood, whose sandwich covariance by device
counts what readings share), and the shares of device, cycle and pulse come from the residuals: readings of one device
in different ramps share the device's part, readings of one ramp the cycle's too, and what is left is the pulse's.

A SET ramp ends each step at the value of its gate voltage, since a SET never lowers: its readings make a SET curve.
"""

import dataclasses
import math

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray
from torch import Tensor

from ohmshot.characterisation.likelihood import Unknowns, maximise, normal_log_density, summed_by_device
from ohmshot.characterisation.reset_curve import LEAST_MOVED, NOISE_MARGIN, curve_rows, first_guess
from ohmshot.characterisation.rows import ExperimentFit, FittedRow, column, device_numbers, temperature_of
from ohmshot.characterisation.set_curve import fit_set_curve
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.randomness import generator

Floats = NDArray[np.float64]

RESAMPLES = 400
"""Draws of whole devices for the intervals of the shares."""
LEAST_RISEN = 0.75
"""Gate voltages of a SET ramp at which fewer of the cells have left where they began are below the curve."""


def fit_ramps(rows: pl.DataFrame, top: tuple[float, float], read_noise: float) -> ExperimentFit:
    """Fit ramps.

    Args:
        rows: experiment "ramp": readings in the order of their pulses; rows of one device and cycle are one ramp of
            the source voltage (RESET) or of the gate voltage (SET), whichever changes.
        top: highest SET level in uS, and the standard error of its logarithm.
        read_noise: standard deviation of one read as a share of the conductance.

    Raises:
        MeasurementError: no ramp, or one that no row of a parameter set describes.
    """
    distinct = {name: _steps(rows, name) for name in ("source_voltage_v", "gate_voltage_v")}
    swept = max(distinct, key=lambda name: distinct[name])
    if distinct[swept] < 3:
        raise MeasurementError(
            "Experiment 'ramp' needs three or more rows of one device and cycle, each at another voltage."
        )
    ordered = rows.sort("line").filter(pl.col(swept).is_not_null())
    first = (
        pl.col("conductance_before_microsiemens").first()
        if rows["conductance_before_microsiemens"].null_count() == 0
        else pl.col("conductance_microsiemens").first()
    )
    ordered = ordered.with_columns(first.over("device", "cycle").alias("began"))
    ends = ordered.group_by("device", "cycle").agg(pl.col("conductance_microsiemens").last() / pl.col("began").first())
    falls = float(ends["conductance_microsiemens"].median() or 1.0) < 1  # type: ignore[arg-type]
    if falls and swept == "gate_voltage_v":
        raise MeasurementError(
            "Experiment 'ramp': RESET ramps of the gate voltage are in no row; give ramps of the source voltage."
        )
    return _reset_ramps(ordered, top, read_noise) if falls else _set_ramps(ordered, read_noise)


def _steps(rows: pl.DataFrame, name: str) -> float:
    """Different voltages of a ramp, in the middle of all ramps."""
    if rows[name].null_count() == rows.height:
        return 0.0
    return float(rows.group_by("device", "cycle").agg(pl.col(name).n_unique())[name].median() or 0.0)  # type: ignore[arg-type]


def _set_ramps(rows: pl.DataFrame, read_noise: float) -> ExperimentFit:
    risen = (pl.col("conductance_microsiemens") > 1.5 * pl.col("began")).mean().over("gate_voltage_v")
    above = rows.filter(risen >= LEAST_RISEN).with_columns(pl.lit(None, dtype=pl.Float64).alias("compliance_ua"))
    if above.is_empty():
        raise MeasurementError("Experiment 'ramp': no gate voltage raises the cells.")
    fit = fit_set_curve(above, read_noise)
    found = {name: row for name, row in fit.rows.items() if name != "set_device_share"}
    warnings = fit.warnings
    if above.height < rows.height:
        warnings += (
            f"{rows.height - above.height} of {rows.height} readings left out: their voltages lie below the SET",
        )
    return dataclasses.replace(fit, experiment="ramp", rows=found, warnings=warnings)


def _reset_ramps(rows: pl.DataFrame, top: tuple[float, float], read_noise: float) -> ExperimentFit:
    noise = max(read_noise, 1e-4)
    edge = pl.col("began").log() - NOISE_MARGIN * math.sqrt(2) * noise
    rows = rows.with_columns(edge.alias("edge"), pl.col("conductance_microsiemens").log().alias("log"))
    rows = rows.with_columns((pl.col("log") < pl.col("edge")).alias("moved"))
    above = rows.filter(pl.col("moved").mean().over("source_voltage_v") >= LEAST_MOVED)
    if above["source_voltage_v"].n_unique() < 3:
        raise MeasurementError("Experiment 'ramp' needs at least three source voltages that lower the cells.")
    voltage, after, limit = (column(above, name) for name in ("source_voltage_v", "log", "edge"))
    lowered = torch.from_numpy(above["moved"].to_numpy().copy())
    device, devices = device_numbers(above)
    full = float(voltage.max())

    def law(unknowns: Tensor) -> tuple[Tensor, Tensor]:
        depth = ((voltage - unknowns[0]) / (full - unknowns[0])).clamp(max=1)
        median = torch.lerp(unknowns[4].expand_as(depth), unknowns[1].expand_as(depth), depth)
        spread = torch.lerp(unknowns[2].exp().expand_as(depth), unknowns[3].exp().expand_as(depth), depth.clamp(0, 1))
        return median, (spread**2 + noise**2).sqrt()

    def log_likelihood(unknowns: Tensor) -> Tensor:
        median, spread = law(unknowns)
        seen = normal_log_density(after - median, spread**2)
        not_below = torch.special.log_ndtr((median - limit) / spread)
        return summed_by_device(torch.where(lowered, seen, not_below), device, devices)

    guess = first_guess(voltage, after, lowered, top)
    every = [0, 1, 2, 3, 5]
    maximum = maximise(log_likelihood, Unknowns(guess.start[every], guess.width[every]), "ramp")
    median, spread = law(maximum.unknowns)
    residual = (after - median) / spread
    named = above.select(
        "device", "cycle", pl.col("source_voltage_v").alias("amplitude"), "conductance_microsiemens", "moved"
    )
    points = named.with_columns(pl.Series("residual", residual.numpy()))
    warnings: tuple[str, ...] = ()
    if below := rows.height - above.height:
        warnings = (f"{below} of {rows.height} readings left out: their voltages lie below the onset",)
    found = curve_rows(maximum, full) | shares(points)
    return ExperimentFit("ramp", found, devices, above.height, points, temperature_of(above), warnings)


def shares(points: pl.DataFrame) -> dict[str, FittedRow]:
    """Shares of device and pulse in the variance of a RESET, with 95 % intervals by resampling devices.

    Args:
        points: of a fit of ramps; voltages at which all but a few cells have moved count.
    """
    moved = points.filter(pl.col("moved").mean().over("amplitude") > 0.9)
    r = pl.col("residual")
    ramps = moved.group_by("device", "cycle", maintain_order=True).agg(  # devices are drawn by their place
        r.sum().alias("sum"), r.pow(2).sum().alias("square"), pl.len().alias("n")
    )
    if ramps.is_empty() or int(ramps["n"].max() or 0) < 2:  # type: ignore[arg-type]
        return {}
    s, n = pl.col("sum"), pl.col("n").cast(pl.Float64)
    sums = ramps.group_by("device", maintain_order=True).agg(
        pl.col("square").sum().alias("total"),
        n.sum().alias("count"),
        (s.pow(2) - pl.col("square")).sum().alias("within"),
        (n * (n - 1)).sum().alias("within_pairs"),
        (s.sum().pow(2) - s.pow(2).sum()).alias("between"),
        (n.sum().pow(2) - n.pow(2).sum()).alias("between_pairs"),
    )
    table: Floats = sums.select(pl.exclude("device")).to_numpy().astype(float)
    if table[:, 5].sum() == 0 or len(table) < 2:
        return {}
    draws = torch.randint(len(table), (RESAMPLES, len(table)), generator=generator(0, "ramp shares")).numpy()
    many = _shares(table[draws].sum(1))
    best = _shares(table.sum(0, keepdims=True))[0]
    low, high = np.quantile(many, 0.025, axis=0), np.quantile(many, 0.975, axis=0)
    notes = (
        ("reset_device_share", "share of that variance between devices, from ramps of the same device"),
        ("reset_pulse_share", "share of that variance that each pulse draws anew, from readings of the same ramp"),
    )
    return {
        name: FittedRow(float(best[k]), note, ((float(low[k]), float(high[k])),))
        for k, (name, note) in enumerate(notes)
    }


def _shares(sums: Floats) -> Floats:
    """Shares of device and pulse [n, 2] from sums [n, 6]."""
    total = sums[:, 0] / sums[:, 1]
    ramp = sums[:, 2] / np.maximum(sums[:, 3], 1) / total
    device = sums[:, 4] / np.maximum(sums[:, 5], 1) / total
    device = np.clip(device, 0, 1)
    return np.stack([device, np.clip(1 - ramp, 0, 1 - device)], 1)
