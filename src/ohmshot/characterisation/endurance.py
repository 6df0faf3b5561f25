"""Endurance: cycles to failure as a Weibull law, from cells that failed and cells that still live."""

from dataclasses import dataclass

import numpy as np
import scipy.optimize
import scipy.stats
import torch
from numpy.typing import ArrayLike, NDArray

from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.randomness import generator

Floats = NDArray[np.float64]
RESAMPLES = 200


@dataclass(frozen=True)
class WeibullFit:
    """Fit of cycles to failure, ``F(n) = 1 - exp(-(n / scale)^shape)``.

    Attributes:
        scale: characteristic cycles, at which 63 % have failed, with its 95 % interval: (value, low, high).
        shape: the same of the slope on Weibull's axes.
        cycles: cycles of the failures, rising.
        share: share failed by then, Kaplan and Meier's estimate (J. Am. Stat. Assoc. 53, 1958, 457), halfway up each
            step, so that neither 0 nor 1 is reached.
        alive: number of cells that lived when the test ended.
    """

    scale: tuple[float, float, float]
    shape: tuple[float, float, float]
    cycles: Floats
    share: Floats
    alive: int


def fit_weibull(cycles: ArrayLike, failed: ArrayLike, seed: int = 0) -> WeibullFit:
    """Fit by maximum likelihood; a cell that lives counts as "later than this" (right-censored).

    Args:
        cycles: at failure, or at the end of the test for a cell that lives, [cells].
        failed: whether the cell failed, [cells].
        seed: of the resampling of cells that gives the intervals.

    Raises:
        MeasurementError: fewer than three failures, or cycles not above 0.
    """
    n, dead = np.asarray(cycles, dtype=float), np.asarray(failed, dtype=bool)
    if n.shape != dead.shape or n.ndim != 1:
        raise MeasurementError("Give one number of cycles and one True or False for each cell.")
    if not (n > 0).all() or not np.isfinite(n).all():
        raise MeasurementError("Cycles must be above 0.")
    if len(np.unique(n[dead])) < 3:
        raise MeasurementError(
            f"A Weibull law needs three failures at different cycles; {int(dead.sum())} of {len(n)} cells failed."
        )
    best, draws = _maximum(n, dead), []
    random = generator(seed, "weibull")
    for _ in range(RESAMPLES):
        drawn = torch.randint(len(n), (len(n),), generator=random).numpy()
        if len(np.unique(n[drawn][dead[drawn]])) > 1:
            draws.append(_maximum(n[drawn], dead[drawn]))
    low, high = np.quantile(np.log(draws), (0.025, 0.975), axis=0)
    scale, shape = ((best[k], float(np.exp(low[k])), float(np.exp(high[k]))) for k in (0, 1))
    lives = scipy.stats.CensoredData.right_censored(n, ~dead)
    curve = scipy.stats.ecdf(lives).cdf
    times, after = np.asarray(curve.quantiles), np.asarray(curve.probabilities)
    before = np.concatenate([[0.0], after[:-1]])
    step = after > before
    return WeibullFit(scale, shape, times[step], (after[step] + before[step]) / 2, int((~dead).sum()))


def _maximum(cycles: Floats, dead: NDArray[np.bool_]) -> tuple[float, float]:
    """Scale and shape: the shape solves one equation, the scale follows."""
    log = np.log(cycles)
    top = log.max()

    def slope(shape: float) -> float:
        weight = np.exp(shape * (log - top))
        return float((weight * log).sum() / weight.sum() - 1 / shape - log[dead].mean())

    low, high = 1e-3, 1.0
    while slope(high) < 0 and high < 1e4:
        high *= 2
    shape = float(scipy.optimize.brentq(slope, low, high))
    scale = float(np.exp(top) * (np.exp(shape * (log - top)).sum() / dead.sum()) ** (1 / shape))
    return scale, shape
