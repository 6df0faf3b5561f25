"""From a bake to a lifetime: Arrhenius arithmetic, and when a falling curve crosses a line."""

import math

import torch
from torch import Tensor

from ohmshot.cell.ageing import BOLTZMANN_EV_PER_K
from ohmshot.foundation.statistics import Interval, bootstrap_interval
from ohmshot.foundation.units import ZERO_CELSIUS_K

RESAMPLES = 400


def inverse_temperature(celsius: float) -> float:
    """``1 / (k T)`` in 1/eV, the axis on which an Arrhenius law is a straight line."""
    return 1 / (BOLTZMANN_EV_PER_K * (celsius + ZERO_CELSIUS_K))


def activation_energy(hot_s: float, hot_celsius: float, cool_s: float, cool_celsius: float) -> float:
    """Activation energy in eV that makes a short bake equal a long storage: ``ln(t2 / t1) / (1/kT2 - 1/kT1)``."""
    return math.log(cool_s / hot_s) / (inverse_temperature(cool_celsius) - inverse_temperature(hot_celsius))


def equivalent_time(seconds: float, celsius: float, at_celsius: float, energy_ev: float) -> float:
    """Time in s at another temperature that ages as much, by Arrhenius' law."""
    return seconds * math.exp(energy_ev * (inverse_temperature(at_celsius) - inverse_temperature(celsius)))


def falls_below(times: Tensor, values: Tensor, line: float, random: torch.Generator) -> Interval:
    """Time at which the mean over episodes first falls below a line; infinite where it does not.

    Linear between the points in log(time); the interval by resampling the episodes.

    Args:
        times: [n], rising, above 0.
        values: [n, episodes].
        line: the line, in the unit of the values.
        random: generator of the resampling.
    """
    episodes = values.shape[1]
    chosen = torch.randint(episodes, (RESAMPLES, episodes), generator=random)
    means = torch.cat([values.mean(1)[None], values[:, chosen].mean(-1).T])
    found = _first_crossing(times.log(), means, line).exp()
    return bootstrap_interval(float(found[0]), found[1:])


def _first_crossing(x: Tensor, curves: Tensor, line: float) -> Tensor:
    """Position of the first crossing of each of [curves, n], infinite where there is none; x[0] where below at once."""
    below = curves < line
    right = below.int().argmax(1).clamp(min=1)
    rows = torch.arange(len(curves))
    before, after = curves[rows, right - 1], curves[rows, right]
    share = ((before - line) / (before - after).clamp(min=1e-12)).clamp(0, 1)
    at = x[right - 1] + share * (x[right] - x[right - 1])
    return torch.where(below.any(1), at, torch.full_like(at, math.inf))
