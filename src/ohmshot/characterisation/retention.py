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
from ohmshot.characterisation.paths import Paths, Steps, fit_paths, paths_of
from ohmshot.characterisation.rows import ExperimentFit, FittedRow, fitted, unchanged
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.units import ZERO_CELSIUS_K

LEAST_KEPT = 0.7
"""Looks at which less than this share is left in the mean are left out: cells that have reached the end of their
window no longer follow the law, and would make the loss look smaller."""
LEAST_START = 0.5
"""Cells that begin below this share of the mean are left out: relaxation has taken them near the reset state already,
where the law ends. (A choice by the first look alone leaves the likelihood of the later ones as it is.)"""

POSSIBLE_ENERGY = (0.2, 3.0)
"""eV, least and greatest activation energy; retention of HfO2 has 0.3 to 1.7 eV in the literature, and 3 eV is half of
a bond of hafnium and oxygen (a wide fence, assumed)."""
SEEN = 2.0
"""Standard errors that a mean loss must have to count as seen."""
ONE_SIDED_95 = 1.645
"""Standard deviations of a normal law that 95 % lie below."""


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
    inside = _inside_the_window(rows, reference.reset_conductance)
    paths = paths_of(inside, "temperature_celsius")
    warnings = paths.warnings
    if outside := rows.height - inside.height:
        warnings += (f"{outside} of {rows.height} readings left out: their cells are near the end of their window",)
    if paths.devices < 2:
        raise MeasurementError("Experiment 'retention' needs two devices or more, each read before and after its bake.")
    inverse = 1 / (torch.from_numpy(paths.table["temperature_celsius"].to_numpy().copy()).double() + ZERO_CELSIUS_K)
    middle = (float(inverse.min()) + float(inverse.max())) / 2
    several = paths.table["temperature_celsius"].n_unique() > 1
    above = paths.reading[:, :1] - reference.reset_conductance
    limit = _upper_limit(paths, reference)

    def steps(unknowns: Tensor) -> Steps:
        log_rate, energy, log_spread = unknowns
        rate = torch.exp(log_rate - energy / BOLTZMANN_EV_PER_K * (inverse - middle))
        kept = torch.exp(-rate[:, None] * paths.time.diff(dim=1))
        return Steps(kept, reference.reset_conductance * (1 - kept), torch.exp(2 * log_spread) * (1 - kept**2))

    away = 1 / (reference.celsius + ZERO_CELSIUS_K) - middle

    def log_rate_at_reference(unknowns: Tensor) -> Tensor:
        return unknowns[0] - unknowns[1] / BOLTZMANN_EV_PER_K * away

    def log_spread_at_reference(unknowns: Tensor) -> Tensor:
        """With the share of the final variance that the reference time reaches."""
        reached = -torch.expm1(-2 * reference.time * log_rate_at_reference(unknowns).exp())
        return unknowns[2] + 0.5 * torch.log(reached)

    loss = (paths.reading[:, 0] - paths.reading[:, -1]) / above[:, 0]
    elapsed = paths.time[:, -1] - paths.time[:, 0]
    guess = float((-torch.log1p(-loss.clamp(-0.9, 0.9)) / elapsed).median().clamp(min=1e-12))
    spread = float((paths.reading[:, 0] - paths.reading[:, -1]).std().clamp(min=0.1))
    known_energy = 10.0 if several else 1e-6
    start, width = [math.log(guess), reference.activation_energy, math.log(3 * spread)], [20.0, known_energy, 5.0]
    if limit is not None:
        # Nothing tells the rate: held at its limit, only the spread is fitted.
        at_middle = math.log(limit) + reference.activation_energy / BOLTZMANN_EV_PER_K * away
        kept = math.exp(-math.exp(at_middle) * float(elapsed.median()))
        start, width = (
            [at_middle, reference.activation_energy, math.log(spread / math.sqrt(1 - kept**2))],
            [1e-6, 1e-6, 5.0],
        )
    maximum, points = fit_paths(
        paths, steps, Unknowns(torch.tensor(start), torch.tensor(width)), read_noise, "retention"
    )
    refused: dict[str, str] = {}
    low, high = POSSIBLE_ENERGY
    if limit is None and several and not low <= (energy := float(maximum.unknowns[1])) <= high:
        # The loss at the reference temperature follows from the energy: an impossible one would carry it anywhere.
        refused["retention_activation_energy"] = (
            f"would be {energy:.3g} eV; it must lie between {low:g} and {high:g} eV"
        )
        start, width = [math.log(guess), reference.activation_energy, math.log(3 * spread)], [20.0, 1e-6, 5.0]
        unknowns, several = Unknowns(torch.tensor(start), torch.tensor(width)), False
        maximum, points = fit_paths(paths, steps, unknowns, read_noise, "retention")
    found = _rows(maximum, reference, log_rate_at_reference, log_spread_at_reference, several and limit is None)
    if limit is not None:
        found["retention_loss"] = _limited(limit, reference)
        warnings += (
            "no loss seen at any temperature: retention_loss is an upper limit, by the base's activation energy",
        )
    celsius = paths.table["temperature_celsius"].unique().sort()
    conditions = "bakes at " + ", ".join(f"{each:g}" for each in celsius) + " C"
    return ExperimentFit("retention", found, paths.devices, paths.readings, points, conditions, warnings, refused)


def _upper_limit(paths: Paths, reference: RetentionReference) -> float | None:
    """Upper limit (95 %, one-sided) of the rate of loss at the reference temperature, 1/s; None where loss is seen.

    Loss is seen if at any temperature the cells' mean change since the first look lies two standard errors below 0.
    The rate of each temperature is carried to the reference by the activation energy of the base; the least counts.
    """
    celsius = torch.from_numpy(paths.table["temperature_celsius"].to_numpy().copy()).double()
    limits = []
    for each in sorted(set(celsius.tolist())):
        here = celsius == each
        above = float(paths.reading[here, 0].mean()) - reference.reset_conductance
        loss = (paths.reading[here, 0] - paths.reading[here, -1]) / max(above, 1e-9)
        if len(loss) < 2:
            continue
        mean, error = float(loss.mean()), float(loss.std()) / math.sqrt(len(loss))
        if mean > SEEN * error:
            return None
        most = min(max(mean, 0.0) + ONE_SIDED_95 * error, 0.999)
        seconds = float((paths.time[here, -1] - paths.time[here, 0]).median())
        inverse = 1 / (reference.celsius + ZERO_CELSIUS_K) - 1 / (each + ZERO_CELSIUS_K)
        faster = math.exp(reference.activation_energy / BOLTZMANN_EV_PER_K * inverse)
        limits.append(max(-math.log1p(-most), 1e-9) / seconds / faster)
    return min(limits) if limits else None


def _limited(rate: float, reference: RetentionReference) -> FittedRow:
    loss = min(-math.expm1(-reference.time * rate), 0.999)
    note = (
        f"upper limit (95 %, one-sided) of the loss after {reference.time:g} s at {reference.celsius:g} C: none was "
        f"seen; by the base's activation energy of {reference.activation_energy:g} eV"
    )
    return FittedRow(loss, note, ((0.0, loss),), "derived")


def _inside_the_window(rows: pl.DataFrame, rest: float) -> pl.DataFrame:
    first = pl.col("conductance_microsiemens").sort_by("time_s").first().over("device", "cycle", "temperature_celsius")
    high = rows.with_columns(first.alias("first")).filter(pl.col("first") >= LEAST_START * pl.col("first").mean())
    kept = (pl.col("conductance_microsiemens") - rest).mean() / (pl.col("first") - rest).mean()
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
