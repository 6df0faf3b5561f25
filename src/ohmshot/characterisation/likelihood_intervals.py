"""Intervals by profile likelihood of two unknowns that the data may hardly tell apart.

A covariance describes a likelihood that is a paraboloid. Spread at 1 s and growth of a relaxation that is no larger
than read noise are not: along a curve all pairs fit alike, and a quadratic around the best pair says less than half of
it. The region of all pairs that fit nearly as well as the best one (Wilks, Ann. Math. Stat. 9, 1938, 60) needs no
such form, and the least and greatest value of a function in it are its interval.
"""

from collections.abc import Callable

import scipy.stats
import torch
from torch import Tensor

POINTS = 21
"""Points along each side of the grid, in each of two passes: a wide one that finds the region, and one over it."""
MOST_COUPLED = 4.0

Function = Callable[[Tensor, Tensor], Tensor]


def threshold(readings: int, tails: float) -> float:
    """Log likelihood below the maximum at which the 95 % region ends.

    Args:
        readings: independent cells; half the squared quantile of Student's t with one less.
        tails: kurtosis of the standard residuals, 3 for normal ones: the score of a variance varies by (kurtosis - 1)
            / 2 times what a normal law would have it, and the region grows with that.
    """
    quantile = float(scipy.stats.t.ppf(0.975, max(readings - 1, 1)))
    return 0.5 * quantile**2 * max((tails - 1) / 2, 1.0)


def held(curvature: Tensor, places: list[int]) -> float:
    """Factor by which the region of some unknowns grows since the others, which it holds, are not known either.

    The largest ratio of their variances with all others free to those with all others held, in the quadratic
    approximation; a strongly coupled direction counts as `MOST_COUPLED` times at most.

    Args:
        curvature: of the negative log likelihood, [p, p].
        places: of the unknowns.
    """
    free = torch.linalg.inv(curvature)[places][:, places]
    ratio = torch.linalg.eigvals(free @ curvature[places][:, places]).real.max()
    return min(max(float(ratio), 1.0), MOST_COUPLED)


def profile_intervals(
    log_likelihood: Function,
    best: tuple[float, float],
    sides: tuple[Tensor, Tensor],
    drop: float,
    wanted: list[Function],
) -> list[tuple[float, float]]:
    """Least and greatest value of functions where the log likelihood lies no more than ``drop`` below its maximum.

    Args:
        log_likelihood: of pairs: two tensors [n] to [n].
        best: the pair of the fit.
        sides: the first and the second unknown of the wide grid, rising, each [points].
        drop: see `threshold`.
        wanted: functions of pairs, [n] and [n] to [n].

    Returns:
        One interval a function.
    """
    first, second = sides
    peak = float(log_likelihood(torch.tensor([best[0]]).double(), torch.tensor([best[1]]).double()))
    for _ in range(2):
        one, two = (each.reshape(-1) for each in torch.meshgrid(first, second, indexing="ij"))
        found = log_likelihood(one, two)
        peak = max(peak, float(found.max()))
        inside = found >= peak - drop
        inside[((one - best[0]).square() / first.var() + (two - best[1]).square() / second.var()).argmin()] = True
        region = one[inside], two[inside]
        first, second = _around(first, region[0]), _around(second, region[1])
    one, two = (
        torch.cat([region[0], torch.tensor([best[0]]).double()]),
        torch.cat([region[1], torch.tensor([best[1]]).double()]),
    )
    values = [function(one, two) for function in wanted]
    return [(float(each.min()), float(each.max())) for each in values]


def _around(side: Tensor, inside: Tensor) -> Tensor:
    """A finer side of the grid over what lies inside, and one step beyond."""
    low = int((side - inside.min()).abs().argmin())
    high = int((side - inside.max()).abs().argmin())
    return torch.linspace(float(side[max(low - 1, 0)]), float(side[min(high + 1, len(side) - 1)]), len(side)).double()


def spread_side(centre: float, scale: float, below: float, above: float) -> Tensor:
    """A side of the wide grid: fine (a share of the scale) at the centre, coarse far away, [POINTS]."""
    reach = [torch.asinh(torch.tensor(each / scale)).item() for each in (-below, above)]
    steps = torch.cat([torch.linspace(reach[0], 0, POINTS // 2 + 1), torch.linspace(0, reach[1], POINTS // 2 + 1)[1:]])
    return centre + scale * torch.sinh(steps.double())
