"""The SET curve with its spread, split into what belongs to the device and what to the cycle.

A reading is ``median(V) + sigma(V) * (sqrt(a) z_device + sqrt(1 - a) z_cycle)`` with read noise on it: the law of
`ohmshot.cell.switching`, median and sigma linear in the gate voltage. The normal likelihood of one device's
readings has a covariance of rank one on a diagonal, so it is exact and cheap (Sherman and Morrison).
"""

import polars as pl
import torch
from torch import Tensor

from ohmshot.characterisation.likelihood import Maximum, Unknowns, maximise, summed_by_device
from ohmshot.characterisation.rows import (
    ExperimentFit,
    FittedRow,
    column,
    device_numbers,
    fitted,
    temperature_of,
    unchanged,
)
from ohmshot.foundation.errors import MeasurementError


def fit_set_curve(rows: pl.DataFrame, read_noise: float) -> ExperimentFit:
    """Fit SET readings.

    Args:
        rows: experiment "set": each a SET after its own RESET, at a gate voltage (or a compliance current).
        read_noise: standard deviation of one read as a share of the conductance.

    Raises:
        MeasurementError: fewer than two amplitudes, or no device with two cycles.
    """
    by_gate = rows["gate_voltage_v"].null_count() == 0
    amplitude_name = "gate_voltage_v" if by_gate else "compliance_ua"
    if rows[amplitude_name].null_count():
        raise MeasurementError("Experiment 'set': give gate_voltage_v in every row, or compliance_ua in every row.")
    if rows[amplitude_name].n_unique() < 2:
        raise MeasurementError(f"Experiment 'set' needs at least two different {amplitude_name}.")
    if int(rows.group_by("device").len()["len"].max() or 0) < 2:  # type: ignore[arg-type]
        raise MeasurementError("Experiment 'set' needs devices with at least two cycles, to tell device from cycle.")
    amplitude, reading = column(rows, amplitude_name), column(rows, "conductance_microsiemens")
    device, devices = device_numbers(rows)
    low, high = float(amplitude.min()), float(amplitude.max())
    share = (amplitude - low) / (high - low)

    def residuals(unknowns: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        median = torch.lerp(unknowns[0], unknowns[1], share)
        sigma = torch.lerp(unknowns[2].exp(), unknowns[3].exp(), share)
        of_device = torch.sigmoid(unknowns[4])
        own = (1 - of_device) * sigma**2 + (read_noise * median) ** 2 + 1e-12
        return reading - median, sigma, of_device, own

    def log_likelihood(unknowns: Tensor) -> Tensor:
        residual, sigma, of_device, own = residuals(unknowns)
        shared = 1 + of_device * summed_by_device(sigma**2 / own, device, devices)
        common = summed_by_device(sigma * residual / own, device, devices)
        alone = summed_by_device(residual**2 / own + torch.log(2 * torch.pi * own), device, devices)
        return -0.5 * (alone + torch.log(shared) - of_device * common**2 / shared)

    maximum = maximise(log_likelihood, _start(share, reading), "set")
    residual, sigma, _, own = residuals(maximum.unknowns)
    whole = (own + torch.sigmoid(maximum.unknowns[4]) * sigma**2).sqrt()
    points = pl.DataFrame(
        {
            "device": rows["device"],
            "amplitude": amplitude.numpy(),
            "conductance_microsiemens": reading.numpy(),
            "residual": (residual / whole).numpy(),
        }
    )
    found = _rows(maximum, (low, high), by_gate)
    if rows["compliance_ua"].null_count() == 0:
        found["compliance_per_conductance"] = _compliance(rows, maximum, share, device, devices)
    return ExperimentFit("set", found, devices, rows.height, points, temperature_of(rows))


def _start(share: Tensor, reading: Tensor) -> Unknowns:
    design = torch.stack([1 - share, share], 1)
    ends = torch.linalg.lstsq(design, reading[:, None]).solution[:, 0]
    spread = (reading - design @ ends).std().clamp(min=1e-3)
    width = 100 * float(reading.abs().max())
    return Unknowns(
        torch.stack([ends[0], ends[1], spread.log(), spread.log(), torch.zeros((), dtype=torch.float64)]),
        torch.tensor([width, width, 5.0, 5.0, 5.0]),
    )


def _rows(maximum: Maximum, ends: tuple[float, float], by_gate: bool) -> dict[str, FittedRow]:
    where = "lowest and highest " + ("gate voltage" if by_gate else "compliance current")
    spread_note = f"standard deviation of a single SET at the {where}, read noise taken off"
    share_note = "share of the SET variance between devices, the rest between cycles"
    rows = {
        "set_conductances": fitted(maximum, lambda u: u[:2], unchanged, f"median conductance at the {where}"),
        "set_spread": fitted(maximum, lambda u: u[2:4], torch.exp, spread_note),
        "set_device_share": fitted(maximum, lambda u: u[4], torch.sigmoid, share_note),
    }
    if by_gate:
        rows["set_gate_voltages"] = FittedRow(ends, "lowest and highest gate voltage applied")
    return rows


def _compliance(rows: pl.DataFrame, maximum: Maximum, share: Tensor, device: Tensor, devices: int) -> FittedRow:
    """Compliance current over the median conductance that it sets, the mean of the devices."""
    median = torch.lerp(maximum.unknowns[0], maximum.unknowns[1], share)
    current = column(rows, "compliance_ua")
    ratio = (summed_by_device(current, device, devices) / summed_by_device(median, device, devices)).mean()
    # The current is set by the instrument: the error is that of the median.
    error = maximum.interval(lambda u: torch.log(torch.lerp(u[0], u[1], share).mean())[None])
    low, high = float(ratio * (error[0] - error[2]).exp()), float(ratio * (error[0] - error[1]).exp())
    return FittedRow(float(ratio), "compliance current over median conductance", ((low, high),))
