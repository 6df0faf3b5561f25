"""Fit of relaxation in log time (`ohmshot.cell.log_relaxation`) to changes of cells, by their moments.

A group are cells that began alike. Of each group at each time and temperature the mean and the variance of the change
are compared with those of the law, the reflection at the floor included; variance and shift a decade are those of least
squares, the onset t0 is common to all groups. Jumps a decade follow from how much smaller the robust spread is than the
standard deviation. Intervals: cells drawn anew.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from scipy.optimize import least_squares
from scipy.special import erf

from ohmshot.cell.log_relaxation_numbers import warmth
from ohmshot.characterisation.open_data.archive import Floats

ONSETS_S = np.logspace(-8, -2.05, 25)
JUMPS = np.logspace(-1, 1, 33)
RESAMPLES = 40
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(24)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Looks:
    """Moments of the change of each group at each look, all [groups, looks]; nan where there are too few cells.

    Attributes:
        start: uS, mean conductance of the group at the beginning, [groups].
        celsius: of each look, [looks].
        seconds: of each look, [looks].
        mean: uS.
        variance: uS^2.
        robust: uS, robust standard deviation (of the median absolute deviation).
        count: cells.
    """

    start: Floats
    celsius: Floats
    seconds: Floats
    mean: Floats
    variance: Floats
    robust: Floats
    count: Floats


@dataclass(frozen=True)
class LogTimeFit:
    """What was fitted; numbers a group are [groups].

    Attributes:
        looks: what was measured.
        onset: s.
        variance: uS^2 a decade.
        shift: uS a decade.
        jumps: a decade.
    """

    looks: Looks
    onset: float
    variance: Floats
    shift: Floats
    jumps: float

    def expected(self) -> tuple[Floats, Floats]:
        """Mean and variance of the change by the law, [groups, looks]."""
        return expected_moments(self.looks, self.onset, self.variance, self.shift, self.jumps)


def looks_of(changes: pl.DataFrame, edges: Floats, least: int = 30) -> Looks:
    """Moments of groups of cells that began between two edges, uS [groups + 1]."""
    groups = np.digitize(changes["start"].to_numpy(), edges) - 1
    where = changes.select("celsius", "seconds").with_columns(
        pl.col("seconds").median().over("celsius") if changes["celsius"].n_unique() > 1 else pl.col("seconds")
    )
    keys = where.unique().sort("celsius", "seconds").to_numpy()
    seen, change = where.to_numpy(), changes["change"].to_numpy()
    shape = (len(edges) - 1, len(keys))
    mean, variance, robust, count = (np.full(shape, np.nan) for _ in range(4))
    index = {tuple(row): k for k, row in enumerate(keys)}
    look = np.array([index[tuple(row)] for row in seen])
    order = np.argsort(groups * len(keys) + look, kind="stable")
    cells = groups[order] * len(keys) + look[order]
    for cell in range(shape[0] * shape[1]):
        of_cell = change[order[np.searchsorted(cells, cell) : np.searchsorted(cells, cell + 1)]]
        at = divmod(cell, len(keys))
        count[at] = len(of_cell)
        if len(of_cell) >= least:
            mean[at], variance[at] = of_cell.mean(), of_cell.var()
            robust[at] = 1.4826 * np.median(np.abs(of_cell - np.median(of_cell)))
    start = np.array(
        [changes["start"].to_numpy()[groups == g].mean() if (groups == g).any() else np.nan for g in range(shape[0])]
    )
    return Looks(start, keys[:, 0], keys[:, 1], mean, variance, robust, count)


def decades(looks: Looks, onset: float) -> Floats:
    """Decades of log time at 25 degrees of each look."""
    w = np.array([warmth(celsius) for celsius in looks.celsius])
    return w * np.log10(1 + looks.seconds / onset)


def expected_moments(
    looks: Looks, onset: float, variance: Floats, shift: Floats, jumps: float
) -> tuple[Floats, Floats]:
    """Mean and variance of the change, [groups, looks]: a Poisson mixture of normals, reflected at 0."""
    x = decades(looks, onset)[None, :, None, None]
    number = np.arange(60.0)[None, None, :, None]
    log_share = (
        number * np.log(jumps * x) - jumps * x - np.array([math.lgamma(k + 1) for k in range(60)])[None, None, :, None]
    )
    share = np.exp(log_share) * _WEIGHTS
    share = share / share.sum((2, 3), keepdims=True)
    start = looks.start[:, None, None, None]
    reached = start + shift[:, None, None, None] * x + np.sqrt(number * variance[:, None, None, None] / jumps) * _NODES
    change = np.abs(reached) - start
    mean = (share * change).sum((2, 3))
    return mean, (share * change**2).sum((2, 3)) - mean**2


def fit_log_time(looks: Looks, onset: float | None = None, jumps: float | None = None) -> LogTimeFit:
    """Fit all groups; an onset or number of jumps that is given stays."""
    simple = [_proportional(looks, each) for each in (ONSETS_S if onset is None else [onset])]
    best = int(np.argmin([cost for cost, _, _ in simple]))
    found = float(ONSETS_S[best]) if onset is None else onset
    number = jumps if jumps is not None else _jumps(looks, found, simple[best][1])
    variance, shift = _reflected(looks, found, number, simple[best][1], simple[best][2])
    return LogTimeFit(looks, found, variance, shift, number)


def _proportional(looks: Looks, onset: float) -> tuple[float, Floats, Floats]:
    """Cost, variance and shift a decade where the floor is far: means of ratios, each look as good as another."""
    x = decades(looks, onset)
    variance = np.nanmean(looks.variance / x, axis=1)
    shift = np.nansum(looks.mean, axis=1) / np.nansum(np.where(np.isnan(looks.mean), np.nan, x), axis=1)
    return float(np.nansum(np.log(looks.variance / (variance[:, None] * x)) ** 2)), variance, shift


def _reflected(looks: Looks, onset: float, jumps: float, variance: Floats, shift: Floats) -> tuple[Floats, Floats]:
    """Variance and shift a decade of each group with the reflection at the floor."""
    for group in range(len(looks.start)):
        seen = ~np.isnan(looks.mean[group])
        one = Looks(
            looks.start[group : group + 1],
            looks.celsius[seen],
            looks.seconds[seen],
            looks.mean[group : group + 1, seen],
            looks.variance[group : group + 1, seen],
            looks.robust[group : group + 1, seen],
            looks.count[group : group + 1, seen],
        )
        scale = np.sqrt(one.variance)

        def residuals(unknowns: Floats, one: Looks = one, scale: Floats = scale) -> Floats:
            mean, spread = expected_moments(one, onset, np.exp(unknowns[:1]), unknowns[1:], jumps)
            return np.concatenate([((mean - one.mean) / scale)[0], 0.5 * np.log(spread / one.variance)[0]])

        found = least_squares(residuals, [math.log(variance[group]), shift[group]], max_nfev=25).x
        variance[group], shift[group] = math.exp(found[0]), found[1]
    return variance, shift


def _jumps(looks: Looks, onset: float, variance: Floats) -> float:
    """Jumps a decade for which robust spread over standard deviation is as measured, in the mean of all looks."""
    x = decades(looks, onset)
    measured = looks.robust / np.sqrt(looks.variance)
    floor = np.nanmin(looks.robust)
    costs = []
    for jumps in JUMPS:
        ratio = np.array(
            [[_robust_ratio(jumps * each, variance[g] / jumps, floor) for each in x] for g in range(len(variance))]
        )
        costs.append(float(np.nansum((measured - ratio) ** 2)))
    return float(JUMPS[int(np.argmin(costs))])


def _robust_ratio(mean_jumps: float, of_a_jump: float, floor: float) -> float:
    """Robust spread over standard deviation of a Poisson number of normal jumps and a normal read error."""
    number = np.arange(60.0)
    share = np.exp(number * math.log(mean_jumps) - mean_jumps - np.array([math.lgamma(k + 1) for k in range(60)]))
    spread = np.sqrt(number * of_a_jump + floor**2)
    total = math.sqrt(float((share * spread**2).sum()))
    low, high = 0.0, 5 * total
    for _ in range(40):
        middle = (low + high) / 2
        inside = float((share * erf(middle / spread / math.sqrt(2))).sum())
        low, high = (middle, high) if inside < 0.5 else (low, middle)
    return 1.4826 * low / total


def resampled_fits(changes: pl.DataFrame, edges: Floats, onset: float | None, jumps: float | None) -> list[LogTimeFit]:
    """Fits of cells drawn anew with replacement, all looks of a cell together; the onset is found anew where it was."""
    draw = np.random.default_rng(0)
    devices = changes["device"].unique(maintain_order=True).to_numpy()
    found = []
    for _ in range(RESAMPLES):
        again = pl.DataFrame({"device": draw.choice(devices, len(devices))}).with_row_index("n")
        looks = looks_of(again.join(changes, on="device", maintain_order="left"), edges)
        found.append(fit_log_time(looks, onset, jumps))
    return found
