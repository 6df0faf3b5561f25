"""Ageing in two parts: fast relaxation after programming, and slow thermal loss.

Both are random walks of each cell whose variance depends on the time since its last effective pulse, so that
ageing composes: waiting a, then b, is in distribution the same as waiting a + b.
"""

import math

import torch
from torch import Tensor

from ohmshot.cell.parameter_set import CellParameters
from ohmshot.cell.state import CellState, Health

BOLTZMANN_EV_PER_K = 8.617333e-5
ZERO_CELSIUS_K = 273.15
ONE_DAY_S = 86_400.0
NORMALS_PER_WAIT = 2


def acceleration(celsius: float, parameters: CellParameters) -> float:
    """How many seconds at the reference temperature one second at this temperature counts as (Arrhenius).

    ``exp(Ea / k * (1 / T_reference - 1 / T))``; 150 degrees against 75 gives 7,300 with Ea = 1.506 eV, which
    is the statement "12 h at 150 degrees stand for 10 years at 75" (VLSI 2025 summary) solved for Ea.
    """
    reference = parameters.retention_reference_temperature + ZERO_CELSIUS_K
    inverse = 1 / reference - 1 / (celsius + ZERO_CELSIUS_K)
    return math.exp(parameters.retention_activation_energy / BOLTZMANN_EV_PER_K * inverse)


def wait(cells: CellState, seconds: float, celsius: float, normals: Tensor, parameters: CellParameters) -> CellState:
    """Let time pass; a cell that is unformed or stuck stays as it is.

    Args:
        cells: shape [...].
        seconds: how long, at least 0.
        celsius: storage temperature.
        normals: [2, ...] standard normal numbers.
        parameters: the technology.
    """
    cells = _with_walks_begun(cells)
    relaxed = cells.relaxation_time + seconds
    variance = torch.maximum(relaxation_variance(cells, relaxed, parameters), cells.relaxation_variance)
    equivalent = seconds * acceleration(celsius, parameters)
    kept = math.exp(-equivalent / retention_time_constant(parameters))
    added = retention_final_variance(cells, parameters) * (1 - kept**2)
    cells = cells.changed(
        relaxation_time=relaxed,
        relaxation_variance=variance,
        relaxation_walk=cells.relaxation_walk + (variance - cells.relaxation_variance).sqrt() * normals[0],
        retention_time=cells.retention_time + equivalent,
        retention_walk=cells.retention_walk * kept + added.sqrt() * normals[1],
    )
    aged = aged_conductance(cells, parameters).clamp(parameters.minimum_conductance, parameters.maximum_conductance)
    return cells.changed(conductance=torch.where(cells.health == int(Health.OK), aged, cells.conductance))


def _with_walks_begun(cells: CellState) -> CellState:
    """Let the cells that a pulse has moved since the last wait age from where it left them."""
    fresh = cells.relaxation_time == 0
    return cells.changed(
        programmed=torch.where(fresh, cells.conductance, cells.programmed),
        relaxation_variance=cells.relaxation_variance.masked_fill(fresh, 0.0),
        relaxation_walk=cells.relaxation_walk.masked_fill(fresh, 0.0),
        retention_time=cells.retention_time.masked_fill(fresh, 0.0),
        retention_walk=cells.retention_walk.masked_fill(fresh, 0.0),
    )


def aged_conductance(cells: CellState, parameters: CellParameters) -> Tensor:
    """Conductance in uS by relaxation and thermal loss, not yet held inside the physical window."""
    relaxed = cells.programmed + relaxation_shift(cells, parameters) + cells.relaxation_walk
    kept = torch.exp(-cells.retention_time / retention_time_constant(parameters))
    rest = parameters.reset_conductance
    return rest + (relaxed - rest) * kept + cells.retention_walk


def relaxation_shift(cells: CellState, parameters: CellParameters) -> Tensor:
    """Shift of the mean in uS: linear in log10(time) from a first time on, until relaxation saturates.

    Cells reached by RESET keep their mean: Wan et al. (Nature 608, 2022) report spread only.
    """
    start = parameters.relaxation_shift_start
    time = cells.relaxation_time.clamp(start, parameters.relaxation_saturation)
    slope = _along_table(cells.programmed, parameters.relaxation_shift_per_decade, parameters)
    return torch.where(cells.reached_by_reset, torch.zeros_like(slope), slope * torch.log10(time / start))


def relaxation_variance(cells: CellState, time: Tensor, parameters: CellParameters) -> Tensor:
    """Variance in uS^2 that relaxation has added a time after programming.

    Args:
        cells: where they were programmed to, and how.
        time: s since then, the shape of the cells.
        parameters: the technology.
    """
    by_set = _set_relaxation_variance(cells.programmed, time, parameters)
    by_reset = _reset_relaxation_variance(cells.programmed, time, parameters)
    return torch.where(cells.reached_by_reset, by_reset, by_set)


def _set_relaxation_variance(conductance: Tensor, time: Tensor, parameters: CellParameters) -> Tensor:
    """Cells reached by SET: sigma / mean = c + d log10(t / 60 s), less what it extrapolates to at 1 s.

    The extrapolated 1 s value (0 to 5 uS) is what programming alone has spread; it is in the cell already.
    Esmanhotto et al., Adv. Intell. Syst. 4 (2022), refitted; measured from 60 s to about an hour.
    """
    start = _along_table(conductance, parameters.relaxation_spread_at_60_s, parameters)
    slope = _along_table(conductance, parameters.relaxation_spread_per_decade, parameters)
    now = time.clamp(1.0, parameters.relaxation_saturation)
    relative = (start + slope * torch.log10(now / 60.0)).clamp(min=0)
    at_1_s = (start - slope * math.log10(60.0)).clamp(min=0)
    return conductance**2 * (relative**2 - at_1_s**2)


def _reset_relaxation_variance(conductance: Tensor, time: Tensor, parameters: CellParameters) -> Tensor:
    """Cells reached by RESET: Wan et al. (Nature 608, 2022) up to 40 uS, from 1 s to 1 day linear in log time.

    The whole 1 s spread counts as relaxation although it holds their verification window too (the careful
    reading). Over ``reset_relaxation_blend`` it goes over into the spread of cells reached by SET.
    """
    share = (conductance / 40.0).clamp(0.0, 1.0)
    first = _polynomial(share, parameters.reset_relaxation_spread_1_s).clamp(min=0)
    last = _polynomial(share, parameters.reset_relaxation_spread_1_day).clamp(min=0)
    decades = torch.log10(time.clamp(1.0, ONE_DAY_S)) / math.log10(ONE_DAY_S)
    spread = first + torch.maximum(last - first, torch.zeros_like(first)) * decades
    low = spread**2 * time.clamp(0.0, 1.0)
    start, end = parameters.reset_relaxation_blend
    blend = ((conductance - start) / (end - start)).clamp(0.0, 1.0)
    return low + blend * (_set_relaxation_variance(conductance, time, parameters) - low)


def retention_time_constant(parameters: CellParameters) -> float:
    """Time constant of the thermal loss in s at the reference temperature; infinite where nothing is lost."""
    if parameters.retention_loss == 0:
        return math.inf
    return -parameters.retention_reference_time / math.log1p(-parameters.retention_loss)


def retention_final_variance(cells: CellState, parameters: CellParameters) -> Tensor:
    """Variance in uS^2 of the thermal walk after endless time, such that the reference time gives the stated spread.

    The walk is an Ornstein-Uhlenbeck process towards the reset state, the simplest one that loses a share of
    the conductance in the mean, spreads and composes.
    """
    limit = parameters.retention_spread_limit * cells.programmed
    spread = torch.minimum(limit, torch.full_like(limit, parameters.retention_spread))
    reached = 1 - (1 - parameters.retention_loss) ** 2
    return spread**2 / reached if reached > 0 else torch.zeros_like(spread)


def _along_table(conductance: Tensor, values: tuple[float, ...], parameters: CellParameters) -> Tensor:
    """Interpolate a row given at ``relaxation_conductances``, linearly in the conductance; flat outside them."""
    levels = torch.tensor(parameters.relaxation_conductances, dtype=conductance.dtype)
    row = torch.tensor(values, dtype=conductance.dtype)
    if len(levels) == 1:
        return row.expand_as(conductance)
    right = torch.bucketize(conductance.contiguous(), levels).clamp(1, len(levels) - 1)
    share = ((conductance - levels[right - 1]) / (levels[right] - levels[right - 1])).clamp(0.0, 1.0)
    return torch.lerp(row[right - 1], row[right], share)


def _polynomial(x: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """Evaluate c0 + c1 x + c2 x^2 + ... by Horner's rule."""
    result = torch.zeros_like(x)
    for coefficient in reversed(coefficients):
        result = result * x + coefficient
    return result
