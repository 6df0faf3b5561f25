"""White noise of one read, from the differences of reads that follow each other.

Differences leave out what drifts more slowly than the reads come (relaxation, 1/f noise), which a standard deviation
over all reads would count (von Neumann, Ann. Math. Stat. 12, 1941, 367: half the mean square successive difference).
"""

import polars as pl
import torch
from torch import Tensor

from ohmshot.characterisation.likelihood import Unknowns, maximise, normal_log_density, summed_by_device
from ohmshot.characterisation.rows import ExperimentFit, column, device_numbers, fitted, temperature_of
from ohmshot.foundation.errors import MeasurementError

MOST_STILL = 0.2
"""Share of repeated readings from which on the step of the instrument is no smaller than the noise."""


def fit_read_noise(rows: pl.DataFrame) -> ExperimentFit:
    """Fit repeated reads of untouched cells.

    Args:
        rows: experiment "read": at least three reads of each device, one after another.

    Raises:
        MeasurementError: too few reads.
    """
    mean = pl.col("conductance_microsiemens").mean().over("device")
    step = pl.col("conductance_microsiemens").diff().over("device", order_by="time_s")
    table = rows.with_columns((step / mean).alias("step"), mean.alias("amplitude")).drop_nulls("step")
    if table.height < 2 * rows["device"].n_unique() or rows["device"].n_unique() < 2:
        raise MeasurementError("Experiment 'read' needs at least two devices and three reads of each.")
    device, devices = device_numbers(table)
    steps = column(table, "step")

    def log_likelihood(unknowns: Tensor) -> Tensor:
        # Neighbouring differences share a read: the sum is no full likelihood, but its maximum is the mean square,
        # and the sandwich covariance counts what they share.
        variance = 2 * torch.exp(2 * unknowns[0]).expand_as(steps)
        return summed_by_device(normal_log_density(steps, variance), device, devices)

    start = (steps.square().mean() / 2).sqrt().clamp(min=1e-6).log()
    maximum = maximise(log_likelihood, Unknowns(start[None], torch.tensor([10.0])), "read")
    note = "standard deviation of one read as a share of the conductance, from successive reads"
    share = fitted(maximum, lambda u: u[0], torch.exp, note)
    residual = (pl.col("step") / (2**0.5 * share.numbers[0])).alias("residual")
    points = table.select("device", "amplitude", "conductance_microsiemens", residual)
    still = float((steps == 0).double().mean())
    warnings: tuple[str, ...] = ()
    if still > MOST_STILL:
        warnings = (f"{still:.0%} of the reads repeat the one before: the instrument's resolution hides the noise",)
    return ExperimentFit("read", {"read_noise": share}, devices, rows.height, points, temperature_of(rows), warnings)
