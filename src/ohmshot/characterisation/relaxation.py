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
from ohmshot.characterisation.paths import Paths, Steps, fit_paths, paths_of
from ohmshot.characterisation.rows import ExperimentFit, FittedRow, fitted, temperature_of, unchanged
from ohmshot.foundation.errors import MeasurementError

RELAXATION_BEGINS = 1.0
"""s after programming at which the law of `ohmshot.cell.ageing` begins: what a cell has spread by then counts as
programming's."""
DECADES_TO_60_S = math.log10(60.0)
SPREAD_AT_1_S = (0.03, 0.05)
"""Relative spread at 1 s before any data: mean and standard deviation (assumed: what programming alone leaves, a few
per cent). It decides only where relaxation is so small that its growth cannot tell spread at 1 s and slope apart."""
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
        rows: experiment "relaxation": cells of some levels (``target_us``), each read at several times.
        read_noise: standard deviation of one read as a share of the conductance.
        times: start and end of relaxation.

    Raises:
        MeasurementError: too few cells of a level, or no reads while relaxation is under way.
    """
    early = rows.filter(pl.col("time_s") < times.begins).height
    paths = paths_of(rows.filter(pl.col("time_s") >= times.begins), "target_us")
    warnings = paths.warnings
    if early:
        warnings += (f"{early} reads before {times.begins:g} s left out: the law of relaxation begins there",)
    levels = paths.table["target_us"].unique().sort()
    fewest = int(paths.table.group_by("target_us").len()["len"].min() or 0)  # type: ignore[arg-type]
    if fewest < 5:
        raise MeasurementError("Experiment 'relaxation' needs at least five cells of each target, read twice or more.")
    if float(paths.time.min()) >= times.saturation or float(paths.time.max()) <= times.shift_start:
        raise MeasurementError(
            f"Experiment 'relaxation' needs reads between {times.shift_start:g} and {times.saturation:g} s."
        )
    number = torch.from_numpy(paths.table["target_us"].rank("dense").to_numpy().astype("int64") - 1)
    first, count = paths.reading[:, 0], len(levels)
    nodes = torch.stack([first[number == level].mean() for level in range(count)])
    if not bool((nodes.diff() > 0).all()):
        raise MeasurementError("Experiment 'relaxation': the means of the first reads must rise with target_us.")
    weights = _between_nodes(first, nodes)
    decades = math.log10(min(max(float(paths.time.max()), 10.0), times.saturation))

    def slope_per_decade(unknowns: Tensor) -> Tensor:
        """Growth a decade, [levels], that with the spread at 1 s makes up the spread gained by the last look."""
        _, at_1_s, log_gained = unknowns.view(3, count)
        ended = torch.exp(2 * log_gained) + at_1_s.clamp(min=0).square()
        slope: Tensor = (ended.sqrt() - at_1_s).clamp(min=1e-9) / decades
        return slope

    def steps(unknowns: Tensor) -> Steps:
        shift, at_1_s, _ = unknowns.view(3, count)
        return _steps(paths, times, weights @ shift, weights @ at_1_s, weights @ slope_per_decade(unknowns))

    start, width = torch.tensor([(0.0, 1e3), SPREAD_AT_1_S, LOG_GAINED]).T.repeat_interleave(count, 1)
    maximum, points = fit_paths(paths, steps, Unknowns(start, width), read_noise, "relaxation")

    def at_60_s(unknowns: Tensor) -> Tensor:
        return unknowns.view(3, count)[1] + DECADES_TO_60_S * slope_per_decade(unknowns)

    found = {
        "relaxation_conductances": FittedRow(tuple(nodes.tolist()), "mean of the first reads of each level"),
        "relaxation_shift_per_decade": fitted(
            maximum, lambda u: u[:count], unchanged, "shift of the mean a decade of time, one a level"
        ),
        "relaxation_spread_at_60_s": fitted(
            maximum, at_60_s, torch.relu, "relative spread at 60 s, one a level, from how the spread grows"
        ),
        "relaxation_spread_per_decade": fitted(
            maximum,
            lambda u: slope_per_decade(u).log(),
            torch.exp,
            "growth of the relative spread a decade of time, one a level",
        ),
    }
    conditions = temperature_of(rows)
    return ExperimentFit("relaxation", found, paths.devices, paths.readings, points, conditions, warnings)


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
