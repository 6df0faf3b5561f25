"""Fast relaxation of cells programmed by SET: shift of their mean and growth of their spread in log time.

Law of `ohmshot.cell.ageing`: the mean moves by ``shift * log10(t / t_start)``, and the walk's variance at time t is
``P^2 ((c + d log10(t / 60 s))^2 - (c + d log10(1 s / 60 s))^2)`` for a cell programmed to P. Shift, c and d are
tables over conductance with one entry a level, linear between. Fitted are the steps from look to look, so what
programming itself has spread does not enter. The unknowns are the spread at 1 s and what has been gained by the last
look, since the data tell these two apart better than c and d.
"""

import math
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.characterisation.likelihood import Unknowns
from ohmshot.characterisation.likelihood_intervals import Function, held, profile_intervals, spread_side, threshold
from ohmshot.characterisation.paths import Paths, Steps, fit_paths, path_log_likelihood, paths_of
from ohmshot.characterisation.rows import ExperimentFit, FittedRow, fitted, temperature_of, unchanged
from ohmshot.foundation.errors import MeasurementError

RELAXATION_BEGINS = 1.0
"""s after programming at which the law of `ohmshot.cell.ageing` begins: what a cell has spread by then counts as
programming's."""
DECADES_TO_60_S = math.log10(60.0)
SPREAD_AT_1_S = (0.03, 0.15)
"""Relative spread at 1 s before any data: mean and standard deviation (assumed: what programming alone leaves, a few
per cent; 35 % at the lowest level of Wan et al.). It decides only where relaxation is so small that its growth cannot
tell spread at 1 s and slope apart."""
CHUNK = 128
"""Pairs whose likelihood is computed at a time."""
LOG_GAINED = (math.log(0.05), 3.0)
"""Logarithm of the relative spread gained by the last look before any data: mean and standard deviation (assumed:
anything within a factor of twenty)."""


@dataclass(frozen=True)
class RelaxationTimes:
    """Time span of relaxation, in s after programming.

    Attributes:
        begins: the law says nothing of what is before; reads from there are not used.
        shift_start: start of the shift of the mean.
        saturation: end of all relaxation.
    """

    begins: float
    shift_start: float
    saturation: float


def fit_relaxation(rows: pl.DataFrame, read_noise: float, times: RelaxationTimes) -> ExperimentFit:
    """Fit series of reads after programming.

    Args:
        rows: experiment "relaxation": cells of some levels (``target_microsiemens``), each read at several times.
        read_noise: standard deviation of one read as a share of the conductance.
        times: start and end of relaxation.

    Raises:
        MeasurementError: too few cells of a level, or no reads while relaxation is under way.
    """
    early = rows.filter(pl.col("time_s") < times.begins).height
    paths = paths_of(rows.filter(pl.col("time_s") >= times.begins), "target_microsiemens")
    warnings = paths.warnings
    if early:
        warnings += (f"{early} reads before {times.begins:g} s left out: the law of relaxation begins there",)
    levels = paths.table["target_microsiemens"].unique().sort()
    fewest = int(paths.table.group_by("target_microsiemens").len()["len"].min() or 0)  # type: ignore[arg-type]
    if fewest < 5:
        raise MeasurementError("Experiment 'relaxation' needs at least five cells of each target, read twice or more.")
    if float(paths.time.min()) >= times.saturation or float(paths.time.max()) <= times.shift_start:
        raise MeasurementError(
            f"Experiment 'relaxation' needs reads between {times.shift_start:g} and {times.saturation:g} s."
        )
    number = torch.from_numpy(paths.table["target_microsiemens"].rank("dense").to_numpy().astype("int64") - 1)
    first, count = paths.reading[:, 0], len(levels)
    nodes = torch.stack([first[number == level].mean() for level in range(count)])
    if not bool((nodes.diff() > 0).all()):
        raise MeasurementError(
            "Experiment 'relaxation': the means of the first reads must rise with target_microsiemens."
        )
    weights = _between_nodes(first, nodes)
    decades = math.log10(min(max(float(paths.time.max()), 10.0), times.saturation))

    def slope_per_decade(unknowns: Tensor) -> Tensor:
        """Growth a decade, [levels], that with the spread at 1 s makes up the spread gained by the last look."""
        _, at_1_s, log_gained = unknowns.view(3, count)
        return _slope(at_1_s, log_gained, decades)

    def steps(unknowns: Tensor) -> Steps:
        shift, at_1_s, _ = unknowns.view(3, count)
        return _steps(paths, times, weights @ shift, weights @ at_1_s, weights @ slope_per_decade(unknowns))

    start, width = torch.tensor([(0.0, 1e3), SPREAD_AT_1_S, LOG_GAINED]).T.repeat_interleave(count, 1)
    maximum, points = fit_paths(paths, steps, Unknowns(start, width), read_noise, "relaxation")

    best = maximum.unknowns.view(3, count)
    slopes = slope_per_decade(maximum.unknowns)
    at_60_s = (best[1] + DECADES_TO_60_S * slopes).clamp(min=0)
    spread, growth = spread_intervals(paths, times, weights, best, decades, read_noise, maximum.curvature)
    found = {
        "relaxation_conductances": FittedRow(tuple(nodes.tolist()), "mean of the first reads of each level"),
        "relaxation_shift_per_decade": fitted(
            maximum, lambda u: u[:count], unchanged, "shift of the mean a decade of time, one a level"
        ),
        "relaxation_spread_at_60_s": FittedRow(
            tuple(at_60_s.tolist()), "relative spread at 60 s, one a level, from how the spread grows", spread
        ),
        "relaxation_spread_per_decade": FittedRow(
            tuple(slopes.tolist()), "growth of the relative spread a decade of time, one a level", growth
        ),
    }
    conditions = temperature_of(rows)
    return ExperimentFit("relaxation", found, paths.devices, paths.readings, points, conditions, warnings)


def _slope(at_1_s: Tensor, log_gained: Tensor, decades: float) -> Tensor:
    """Growth a decade of cells that at the last look, after so many decades, have gained a spread beyond 1 s."""
    ended = torch.exp(2 * log_gained) + at_1_s.clamp(min=0).square()
    slope: Tensor = (ended.sqrt() - at_1_s).clamp(min=1e-9) / decades
    return slope


def spread_intervals(
    paths: Paths,
    times: RelaxationTimes,
    weights: Tensor,
    best: Tensor,
    decades: float,
    read_noise: float,
    curvature: Tensor,
) -> tuple[tuple[tuple[float, float], ...], tuple[tuple[float, float], ...]]:
    """Intervals of spread at 60 s and of its growth a decade, one a level, the other levels held where they are.

    Args:
        paths: of all levels.
        times: of the law.
        weights: of the levels in each path, [paths, levels].
        best: shift, spread at 1 s and logarithm of the gained spread of the fit, [3, levels].
        decades: to the last look.
        read_noise: of one read, as a share.
        curvature: of the fit's negative log likelihood, [3 levels, 3 levels].
    """
    count = weights.shape[1]
    shift, slopes = weights @ best[0], _slope(best[1], best[2], decades)
    spreads, growths = [], []
    for level in range(count):
        near = (weights[:, level] > 0).nonzero()[:, 0]
        others = weights[near] * (torch.arange(count) != level)
        cells = _Level(
            paths.part(near),
            times,
            read_noise,
            decades,
            weights[near, level],
            shift[near],
            others @ best[1],
            others @ slopes,
        )
        pair = float(best[1, level]), max(float(best[2, level]), math.log(0.2 * read_noise + 1e-4))
        gained, mine = math.exp(pair[1]), cells.own > 0.5
        _, residuals = path_log_likelihood(
            cells.paths, cells.steps(*(torch.tensor([each]) for each in pair)), read_noise
        )
        sides = (
            spread_side(pair[0], max(gained / 4, 0.01), max(0.2, 2 * gained), 0.6),
            spread_side(pair[1], 0.2, 3.0, 1.5),
        )
        drop = threshold(int(mine.sum()), _kurtosis(residuals[mine][cells.paths.there[mine, 1:]]))
        drop *= held(curvature, [count + level, 2 * count + level])
        wanted: list[Function] = [
            lambda one, two: (one + DECADES_TO_60_S * _slope(one, two, decades)).clamp(min=0),
            lambda one, two: _slope(one, two, decades),
        ]
        found = profile_intervals(cells.log_likelihood, pair, sides, drop, wanted)
        spreads.append(found[0])
        growths.append(found[1])
    return tuple(spreads), tuple(growths)


@dataclass(frozen=True)
class _Level:
    """The cells that one level has a say in.

    Attributes:
        paths: theirs.
        times: of the law.
        read_noise: of one read, as a share.
        decades: to the last look.
        own: weight of this level, [paths].
        shift: uS a decade, [paths].
        at_1_s: what the other levels give to the relative spread at 1 s, [paths].
        slope: what they give to its growth a decade, [paths].
    """

    paths: Paths
    times: RelaxationTimes
    read_noise: float
    decades: float
    own: Tensor
    shift: Tensor
    at_1_s: Tensor
    slope: Tensor

    def steps(self, at_1_s: Tensor, log_gained: Tensor) -> Steps:
        """Steps of all cells at every pair of the level's own numbers, [pairs * paths, looks - 1]."""
        spread = (self.at_1_s + self.own * at_1_s[:, None]).reshape(-1)
        slope = (self.slope + self.own * _slope(at_1_s, log_gained, self.decades)[:, None]).reshape(-1)
        many = self.paths.repeated(len(at_1_s))
        return _steps(many, self.times, self.shift.repeat(len(at_1_s)), spread, slope)

    def log_likelihood(self, at_1_s: Tensor, log_gained: Tensor) -> Tensor:
        """Of pairs [n], with what is known of them beforehand, [n]."""
        found = []
        for one, gained in zip(torch.split(at_1_s, CHUNK), torch.split(log_gained, CHUNK), strict=True):
            each, _ = path_log_likelihood(self.paths.repeated(len(one)), self.steps(one, gained), self.read_noise)
            found.append(each.view(len(one), -1).sum(1))
        before = (at_1_s - SPREAD_AT_1_S[0]) / SPREAD_AT_1_S[1], (log_gained - LOG_GAINED[0]) / LOG_GAINED[1]
        return torch.cat(found) - 0.5 * (before[0].square() + before[1].square())


def _kurtosis(residuals: Tensor) -> float:
    squares = residuals.square()
    return float(squares.square().mean() / squares.mean().square().clamp(min=1e-30))


def _steps(paths: Paths, times: RelaxationTimes, shift: Tensor, at_1_s: Tensor, slope: Tensor) -> Steps:
    """Steps between looks of cells [paths] with this shift, relative spread at 1 s, and growth a decade."""
    moved = torch.log10(paths.time.clamp(times.shift_start, times.saturation))
    decades = torch.log10(paths.time.clamp(1.0, times.saturation))
    relative = (at_1_s[:, None] + slope[:, None] * decades).clamp(min=0)
    grown = (paths.reading[:, :1] * relative).square()
    return Steps(torch.ones_like(grown[:, 1:]), shift[:, None] * moved.diff(dim=1), grown.diff(dim=1).clamp(min=0))


def _between_nodes(conductance: Tensor, nodes: Tensor) -> Tensor:
    """Weights [cells, nodes] of linear interpolation, flat outside the nodes."""
    if len(nodes) == 1:
        return torch.ones(len(conductance), 1, dtype=conductance.dtype)
    right = torch.bucketize(conductance.contiguous(), nodes).clamp(1, len(nodes) - 1)
    share = ((conductance - nodes[right - 1]) / (nodes[right] - nodes[right - 1])).clamp(0.0, 1.0)
    weights = torch.zeros(len(conductance), len(nodes), dtype=conductance.dtype)
    weights.scatter_(1, (right - 1)[:, None], (1 - share)[:, None])
    return weights.scatter_add(1, right[:, None], share[:, None])
