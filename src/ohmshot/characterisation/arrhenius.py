"""Arrhenius: an activation energy with its confidence from rates or times at three temperatures or more."""

from dataclasses import dataclass

import numpy as np
import scipy.stats
from numpy.typing import ArrayLike, NDArray

from ohmshot.cell.ageing import BOLTZMANN_EV_PER_K
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.units import ZERO_CELSIUS_K

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ArrheniusFit:
    """Straight line of ln(rate) against 1 / kT.

    Attributes:
        energy: eV: value, and ends of its 95 % interval.
        intercept: ln of the rate at infinite temperature.
        middle: mean of 1 / kT, 1/eV.
        spread: sum of squares of 1 / kT about it.
        residual: standard deviation of ln(rate) about the line.
        temperatures: number of points.
    """

    energy: tuple[float, float, float]
    intercept: float
    middle: float
    spread: float
    residual: float
    temperatures: int

    def rate(self, celsius: ArrayLike) -> tuple[Floats, Floats, Floats]:
        """Rate of the line at temperatures, with the ends of its 95 % confidence band (of the line, not of a point)."""
        x = 1 / (BOLTZMANN_EV_PER_K * (np.asarray(celsius, dtype=float) + ZERO_CELSIUS_K))
        line = self.intercept - self.energy[0] * x
        error = self.residual * np.sqrt(1 / self.temperatures + (x - self.middle) ** 2 / self.spread)
        half = scipy.stats.t.ppf(0.975, self.temperatures - 2) * error
        return np.exp(line), np.exp(line - half), np.exp(line + half)


def fit_arrhenius(celsius: ArrayLike, rate: ArrayLike) -> ArrheniusFit:
    """Least squares of ln(rate), Student's t with (points - 2) degrees of freedom.

    Args:
        celsius: temperatures in degrees Celsius, [points].
        rate: rate there, above 0 (of times to failure: 1 / time), [points].

    Raises:
        MeasurementError: fewer than three different temperatures, or a rate not above 0.
    """
    kelvin = np.asarray(celsius, dtype=float) + ZERO_CELSIUS_K
    rates = np.asarray(rate, dtype=float)
    if kelvin.shape != rates.shape or kelvin.ndim != 1 or not (kelvin > 0).all():
        raise MeasurementError("Give one rate for each temperature, in degrees Celsius.")
    if not (rates > 0).all() or not np.isfinite(rates).all():
        raise MeasurementError("Rates must be above 0; leave out temperatures at which nothing is lost.")
    if len(np.unique(kelvin)) < 3:
        raise MeasurementError("An activation energy with its confidence needs three different temperatures or more.")
    x, y = 1 / (BOLTZMANN_EV_PER_K * kelvin), np.log(rates)
    line = scipy.stats.linregress(x, y)
    spread = float(((x - x.mean()) ** 2).sum())
    residual = float(np.sqrt(((y - line.intercept - line.slope * x) ** 2).sum() / (len(x) - 2)))
    half = float(scipy.stats.t.ppf(0.975, len(x) - 2)) * residual / np.sqrt(spread)
    energy = (-float(line.slope), -float(line.slope) - half, -float(line.slope) + half)
    return ArrheniusFit(energy, float(line.intercept), float(x.mean()), spread, residual, len(x))
