"""Retention: thermally activated loss and spread from bakes at several temperatures.

Law of `ohmshot.cell.ageing`: what lies above the reset state decays by ``exp(-rate(T) t)`` with
``rate(T) = rate exp(-Ea / k (1/T - 1/T_middle))`` (Arrhenius), and spreads as an Ornstein-Uhlenbeck walk of the same
rate. Fitted from look to look, with the rate at the middle of the bake temperatures, so that rate and activation
energy hardly depend on each other; the row for the reference time and temperature follows.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.cell.ageing import BOLTZMANN_EV_PER_K
from ohmshot.characterisation.likelihood import Maximum, Unknowns
from ohmshot.characterisation.paths import Steps, fit_paths, paths_of
from ohmshot.characterisation.rows import ExperimentFit, FittedRow, fitted, unchanged
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.units import ZERO_CELSIUS_K

LEAST_KEPT = 0.7
"""Looks at which less than this share is left in the mean are left out: cells that have reached the end of their
window no longer follow the law, and would make the loss look smaller."""
LEAST_START = 0.5
"""Cells that begin below this share of the mean are left out: relaxation has taken them near the reset state already,
where the law ends. (A choice by the first look alone leaves the likelihood of the later ones as it is.)"""


@dataclass(frozen=True)
class RetentionReference:
    """Numbers that the fit takes as known.

    Attributes:
        reset_conductance: uS, limit of the loss.
        time: reference time in s of loss and spread in the parameter set.
        celsius: reference temperature of loss and spread in degrees Celsius.
        activation_energy: eV, used where all bakes have one temperature.
    """

    reset_conductance: float
    time: float
    celsius: float
    activation_energy: float


def fit_retention(rows: pl.DataFrame, read_noise: float, reference: RetentionReference) -> ExperimentFit:
    """Fit bakes.

    Args:
        rows: experiment "retention": cells read before the bake (time 0, relaxation over) and after it.
        read_noise: standard deviation of one read as a share of the conductance.
        reference: numbers that are known.

    Raises:
        MeasurementError: no cell was read twice.
    """
    rows = _inside_the_window(rows, reference.reset_conductance)
    paths = paths_of(rows, "temperature_celsius")
    if paths.devices < 2:
        raise MeasurementError("Experiment 'retention' needs two devices or more, each read before and after its bake.")
    inverse = 1 / (torch.from_numpy(paths.table["temperature_celsius"].to_numpy().copy()).double() + ZERO_CELSIUS_K)
    middle = (float(inverse.min()) + float(inverse.max())) / 2
    several = paths.table["temperature_celsius"].n_unique() > 1
    above = paths.reading[:, :1] - reference.reset_conductance

    def steps(unknowns: Tensor) -> Steps:
        log_rate, energy, log_spread = unknowns
        rate = torch.exp(log_rate - energy / BOLTZMANN_EV_PER_K * (inverse - middle))
        kept = torch.exp(-rate[:, None] * paths.time.diff(dim=1))
        return Steps(kept, reference.reset_conductance * (1 - kept), torch.exp(2 * log_spread) * (1 - kept**2))

    def log_rate_at_reference(unknowns: Tensor) -> Tensor:
        away = 1 / (reference.celsius + ZERO_CELSIUS_K) - middle
        return unknowns[0] - unknowns[1] / BOLTZMANN_EV_PER_K * away

    def reached(unknowns: Tensor) -> Tensor:
        """Share of the final variance that the reference time reaches."""
        return -torch.expm1(-2 * reference.time * log_rate_at_reference(unknowns).exp())

    loss = (paths.reading[:, 0] - paths.reading[:, -1]) / above[:, 0]
    elapsed = paths.time[:, -1] - paths.time[:, 0]
    guess = float((-torch.log1p(-loss.clamp(-0.9, 0.9)) / elapsed).median().clamp(min=1e-12))
    spread = float((paths.reading[:, 0] - paths.reading[:, -1]).std().clamp(min=0.1))
    energy_width = 10.0 if several else 1e-6
    start = torch.tensor([math.log(guess), reference.activation_energy, math.log(3 * spread)])
    unknowns = Unknowns(start, torch.tensor([20.0, energy_width, 5.0]))
    maximum, points = fit_paths(paths, steps, unknowns, read_noise, "retention")
    found = _rows(maximum, reference, log_rate_at_reference, lambda u: u[2] + 0.5 * torch.log(reached(u)), several)
    celsius = paths.table["temperature_celsius"].unique().sort()
    conditions = "bakes at " + ", ".join(f"{each:g}" for each in celsius) + " C"
    return ExperimentFit("retention", found, paths.devices, rows.height, points, conditions)


def _inside_the_window(rows: pl.DataFrame, rest: float) -> pl.DataFrame:
    first = pl.col("conductance_us").sort_by("time_s").first().over("device", "cycle", "temperature_celsius")
    high = rows.with_columns(first.alias("first")).filter(pl.col("first") >= LEAST_START * pl.col("first").mean())
    kept = (pl.col("conductance_us") - rest).mean() / (pl.col("first") - rest).mean()
    return high.filter(kept.over("temperature_celsius", "time_s") >= LEAST_KEPT)


def _rows(
    maximum: Maximum,
    reference: RetentionReference,
    log_rate: Callable[[Tensor], Tensor],
    log_spread: Callable[[Tensor], Tensor],
    several: bool,
) -> dict[str, FittedRow]:
    when = f"after {reference.time:g} s at {reference.celsius:g} C"
    rows = {
        "retention_loss": fitted(
            maximum,
            log_rate,
            lambda log_rates: -torch.expm1(-reference.time * log_rates.exp()),
            f"share of the conductance above the reset state lost {when}, by the fitted rate",
        ),
        "retention_spread": fitted(maximum, log_spread, torch.exp, f"standard deviation added {when}"),
    }
    if several:
        rows["retention_activation_energy"] = fitted(
            maximum, lambda u: u[1], unchanged, "slope of the logarithm of the rate against inverse temperature"
        )
    return rows
