"""Ageing in two parts: fast relaxation after programming, and slow thermal loss.

Both are random walks of each cell whose variance depends on the time since its last effective pulse, so that
ageing composes: waiting a, then b, is in distribution the same as waiting a + b.

Formulas stand above chains of operations in place: a wait goes over all cells of a tile, and fresh temporaries would
make it about twice as slow (131,072 cells, one thread: 9.7 ms against 18).
"""

import itertools
import math
from dataclasses import dataclass

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.state import Cells, CellState, Health, Picked
from ohmshot.foundation.units import DAY_S, ZERO_CELSIUS_K

BOLTZMANN_EV_PER_K = 8.617333e-5
NORMALS_PER_WAIT = 2


def acceleration(celsius: float, parameters: CellParameters) -> float:
    """Seconds at the reference temperature that one second at a temperature counts as (Arrhenius).

    ``exp(Ea / k * (1 / T_reference - 1 / T))``; 150 degrees against 75 gives 7,300 with Ea = 1.506 eV, which
    is the statement "12 h at 150 degrees stand for 10 years at 75" (VLSI 2025 summary) solved for Ea.
    """
    reference = parameters.retention_reference_temperature + ZERO_CELSIUS_K
    inverse = 1 / reference - 1 / (celsius + ZERO_CELSIUS_K)
    return math.exp(parameters.retention_activation_energy / BOLTZMANN_EV_PER_K * inverse)


def wait(cells: Cells, seconds: float, celsius: float, normals: Tensor, parameters: CellParameters) -> Cells:
    """Let time pass; a cell that is unformed or stuck stays as it is.

    With the programmed conductance P, the mean shift s(t) and variance v(t) of relaxation at the time t since
    programming, the Arrhenius time u, the time constant tau of the thermal loss, its final variance w, the reset state
    R and standard normal numbers n1, n2:

    - relaxation walk ``X + sqrt(v(t + dt) - v(t)) n1``
    - retention walk ``Y e^(-du / tau) + sqrt(w (1 - e^(-2 du / tau))) n2``
    - conductance ``R + (P + s + X - R) e^(-u / tau) + Y``, held inside the window: an Ornstein-Uhlenbeck process about
      the reset state, towards which what was programmed and relaxed decays.

    Args:
        cells: shape [...].
        seconds: how long, at least 0.
        celsius: storage temperature.
        normals: [2, ...] standard normal numbers.
        parameters: the technology.
    """
    cells = _with_walks_begun(cells)
    relaxed = cells.relaxation_time + seconds
    relaxation = relaxation_after(cells, relaxed, parameters)
    variance = torch.maximum(relaxation.variance, cells.relaxation_variance)
    walked = (variance - cells.relaxation_variance).sqrt_().mul_(normals[0]).add_(cells.relaxation_walk)

    equivalent = seconds * acceleration(celsius, parameters)
    kept = math.exp(-equivalent / retention_time_constant(parameters))
    added = retention_final_variance(cells, parameters).mul_(1 - kept**2)
    lost = added.sqrt_().mul_(normals[1]).add_(cells.retention_walk, alpha=kept)
    baked = cells.retention_time + equivalent

    rest = parameters.reset_conductance
    away = torch.add(cells.programmed, relaxation.shift).add_(walked).sub_(rest)
    left = away.mul_(torch.div(baked, -retention_time_constant(parameters)).exp_())
    aged = left.add_(lost).add_(rest).clamp_(parameters.minimum_conductance, parameters.maximum_conductance)
    return cells.changed(
        conductance=torch.where(cells.health == int(Health.OK), aged, cells.conductance),
        relaxation_time=relaxed,
        relaxation_variance=variance,
        relaxation_walk=walked,
        retention_time=baked,
        retention_walk=lost,
    )


def moved(cells: Cells, conductance: Tensor) -> Cells:
    """Return cells that something other than a pulse has moved: they go on ageing from there.

    The move joins the thermal walk, so that a later bake lets it decay with all the rest. Cells that are unformed
    or stuck do not move.

    Args:
        cells: shape [...].
        conductance: uS, [...], where they have been moved to.
    """
    now = torch.where(cells.health == int(Health.OK), conductance, cells.conductance)
    return cells.changed(conductance=now, retention_walk=cells.retention_walk + (now - cells.conductance))


def _with_walks_begun(cells: Cells) -> Cells:
    """Let the cells that a pulse has moved since the last wait age from where it left them."""
    begun = cells.relaxation_time.sign()  # 0 for those cells, else 1: to multiply by it is faster than to choose
    return cells.changed(
        programmed=torch.lerp(cells.conductance, cells.programmed, begun),
        relaxation_variance=cells.relaxation_variance * begun,
        relaxation_walk=cells.relaxation_walk * begun,
        retention_time=cells.retention_time * begun,
        retention_walk=cells.retention_walk * begun,
    )


@dataclass(frozen=True)
class Relaxation:
    """How far relaxation has gone.

    Attributes:
        shift: uS, of the mean.
        variance: uS^2, gathered since programming.
    """

    shift: Tensor
    variance: Tensor


def relaxation_after(cells: CellState | Picked, time: Tensor, parameters: CellParameters) -> Relaxation:
    """Mean shift and variance of relaxation a time after programming, of each cell by how it was programmed.

    Args:
        cells: where they were programmed to, and how, shape [...].
        time: s since then, [...].
        parameters: the technology.

    Returns:
        Mean shift and variance, [...] each.
    """
    decades = torch.log10(time)
    by_set = _relaxation_after_set(cells.programmed, decades, parameters)
    by_reset = _relaxation_after_reset(cells.programmed, time, decades, by_set, parameters)
    reset = cells.reached_by_reset.to(time.dtype)
    return Relaxation(by_set.shift.mul_(1 - reset), by_set.variance.lerp_(by_reset, reset))


def _relaxation_after_set(conductance: Tensor, decades: Tensor, parameters: CellParameters) -> Relaxation:
    """Cells reached by SET: sigma / mean = c + d log10(t / 60 s), less what it extrapolates to at 1 s.

    Variance ``G^2 ((c + d log10(t / 60 s))^2 - (c - d log10(60))^2)``, neither bracket below 0, and mean shift
    ``b (log10(t) - log10(t_first))`` from a first time on. The 1 s value (0 to 5 uS) is what programming alone has
    spread; it is in the cell already. Esmanhotto et al., Adv. Intell. Syst. 4 (2022), refitted; measured from 60 s to
    about an hour. Both end where relaxation saturates.

    Args:
        conductance: uS, programmed.
        decades: log10 of the time in s since then.
        parameters: the technology.
    """
    rows = (
        parameters.relaxation_spread_at_60_s,
        parameters.relaxation_spread_per_decade,
        parameters.relaxation_shift_per_decade,
    )
    spread_at_60_s, spread_slope, shift_slope = _along_table(conductance, rows, parameters)
    end, first = math.log10(parameters.relaxation_saturation), math.log10(parameters.relaxation_shift_start)
    since_60_s = decades.clamp(0.0, end).sub_(math.log10(60.0))
    relative = torch.addcmul(spread_at_60_s, spread_slope, since_60_s).clamp_(min=0)
    at_1_s = torch.sub(spread_at_60_s, spread_slope, alpha=math.log10(60.0)).clamp_(min=0)
    shift = shift_slope.mul_(decades.clamp(first, end).sub_(first))
    return Relaxation(shift, relative.square_().sub_(at_1_s.square_()).mul_(conductance.square()))


def _relaxation_after_reset(
    conductance: Tensor, time: Tensor, decades: Tensor, by_set: Relaxation, parameters: CellParameters
) -> Tensor:
    """Variance of cells reached by RESET: Wan et al. (Nature 608, 2022) up to 40 uS, linear in log time to 1 day.

    ``sigma = f(x) + (max(l(x), f(x)) - f(x)) log10(t) / log10(1 day)`` with polynomials f and l of x = G / 40 uS, the
    variance growing linearly within the first second.
    They keep their mean: Wan et al. report spread only. The whole 1 s spread counts as relaxation although it
    holds their verification window too (the careful reading). Over ``reset_relaxation_blend`` it goes over into
    the spread of cells reached by SET.
    """
    share = (conductance / 40.0).clamp_(max=1.0)
    first = _polynomial(share, parameters.reset_relaxation_spread_1_s).clamp_(min=0)
    last = _polynomial(share, parameters.reset_relaxation_spread_1_day).clamp_(min=0)
    day = decades.clamp(0.0, math.log10(DAY_S)).div_(math.log10(DAY_S))
    spread = first.lerp_(last.maximum(first), day)
    low = spread.square_().mul_(time.clamp(max=1.0))
    start, end = parameters.reset_relaxation_blend
    blend = (conductance - start).div_(end - start).clamp_(0.0, 1.0)
    return low.lerp_(by_set.variance, blend)


def retention_time_constant(parameters: CellParameters) -> float:
    """Time constant of the thermal loss in s at the reference temperature; infinite where nothing is lost."""
    if parameters.retention_loss == 0:
        return math.inf
    return -parameters.retention_reference_time / math.log1p(-parameters.retention_loss)


def retention_final_variance(cells: CellState | Picked, parameters: CellParameters) -> Tensor:
    """Variance in uS^2 of the thermal walk after endless time, such that the reference time gives the stated spread.

    ``sigma^2 / (1 - (1 - loss)^2)`` with ``sigma = min(spread, limit P)``, P the programmed conductance.
    The walk is an Ornstein-Uhlenbeck process towards the reset state, the simplest one that loses a share of
    the conductance in the mean, spreads and composes.

    Args:
        cells: shape [...]; looked at is where they were programmed to.
        parameters: rows of retention.

    Returns:
        uS^2, [...].
    """
    spread = (parameters.retention_spread_limit * cells.programmed).clamp_(max=parameters.retention_spread)
    reached = 1 - (1 - parameters.retention_loss) ** 2
    return spread.square_().div_(reached) if reached > 0 else torch.zeros_like(spread)


def _along_table(
    conductance: Tensor, rows: tuple[tuple[float, ...], ...], parameters: CellParameters
) -> tuple[Tensor, ...]:
    """Interpolate rows given at ``relaxation_conductances``, linearly in the conductance; flat outside them.

    A line through points is a sum of ramps, one a segment: no search for the segment that a cell lies in.
    """
    points = parameters.relaxation_conductances
    values = tuple(torch.full_like(conductance, row[0]) for row in rows)
    covered = torch.empty_like(conductance)
    for i, (left, right) in enumerate(itertools.pairwise(points)):
        torch.sub(conductance, left, out=covered).clamp_(0.0, right - left)
        for value, row in zip(values, rows, strict=True):
            value.add_(covered, alpha=(row[i + 1] - row[i]) / (right - left))
    return values


def _polynomial(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """Evaluate ``c0 + c1 x + c2 x^2 + ...`` by Horner's rule."""
    *lower, highest = coefficients
    result = torch.full_like(x, highest)
    for coefficient in reversed(lower):
        result.mul_(x).add_(coefficient)
    return result
