"""FORM, SET and RESET: what one pulse does to a cell.

Every function takes the cells before the pulse and returns them after it; the random numbers are handed in, so
the caller decides which stream they come from. The forms follow the text of Bonnet et al., Nat. Commun. 14
(2023) 7530 and are otherwise our choice; sizes come from the parameter set, row by row.
"""

import math

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.state import Cells, CellState, Health, Picked

NORMALS_PER_SET = 3
NORMALS_PER_RESET = 1


def set_median(gate_voltage: Tensor, parameters: CellParameters) -> Tensor:
    """Median conductance after a SET: linear in the gate voltage, which fixes the compliance current.

    Args:
        gate_voltage: V, any shape.
        parameters: rows ``set_gate_voltages`` and ``set_conductances``.

    Returns:
        uS, the same shape.
    """
    low, high = parameters.set_gate_voltages
    bottom, top = parameters.set_conductances
    slope = (top - bottom) / (high - low)
    return gate_voltage * slope + (bottom - low * slope)


def set_spread(median: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation of one SET in uS: it falls as the conductance rises (Bonnet et al. 2023, Fig. 3).

    Args:
        median: uS, any shape.
        parameters: rows ``set_conductances`` and ``set_spread``.

    Returns:
        uS, the same shape.
    """
    return _between(median, parameters.set_conductances, parameters.set_spread)


def reset_log_median(source_voltage: Tensor, parameters: CellParameters) -> Tensor:
    """ln of the conductance in uS down to which a RESET of this amplitude dissolves the filament, in the median.

    Geometric between the highest SET level at the onset voltage and the reset state at the full voltage, so
    that equal steps of amplitude lower the conductance by equal factors; below the onset, as at the onset.

    Args:
        source_voltage: V, any shape.
        parameters: rows ``reset_source_voltages``, ``reset_conductance`` and ``set_conductances``.

    Returns:
        No unit, the same shape.
    """
    top, bottom = parameters.set_conductances[1], parameters.reset_conductance
    return _between(source_voltage, parameters.reset_source_voltages, (math.log(top), math.log(bottom)))


def reset_log_spread(source_voltage: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation of ln(conductance) after a RESET of an amplitude.

    Args:
        source_voltage: V, any shape.
        parameters: rows ``reset_source_voltages`` and ``reset_log_spread``.

    Returns:
        No unit, the same shape.
    """
    return _between(source_voltage, parameters.reset_source_voltages, parameters.reset_log_spread)


def form_pulse(cells: Cells, normals: Tensor, parameters: CellParameters) -> Cells:
    """Form cells: the first filament, at the compliance of the forming gate voltage; once a life.

    Args:
        cells: shape [...].
        normals: [3, ...] standard normal numbers.
        parameters: the technology.
    """
    unformed = cells.health == int(Health.UNFORMED)
    formed = cells.changed(health=cells.health.masked_fill(unformed, int(Health.OK)))
    target = torch.full_like(cells.conductance, parameters.form_conductance)
    return _switched_on(formed, unformed, target, normals, parameters)


def set_pulse(cells: Cells, gate_voltage: Tensor, normals: Tensor, parameters: CellParameters) -> Cells:
    """Apply one SET; it never lowers a conductance.

    The first SET after a RESET draws a new filament; one that repeats a SET at the same gate voltage hardly
    moves the cell, since its draw for this cycle stands; a higher gate voltage raises it further.

    Args:
        cells: shape [...].
        gate_voltage: V, shape [...].
        normals: [3, ...] standard normal numbers.
        parameters: the technology.
    """
    return _switched_on(cells, _alive(cells), set_median(gate_voltage, parameters), normals, parameters)


def reset_pulse(cells: Cells, source_voltage: Tensor, normals: Tensor, parameters: CellParameters) -> Cells:
    """Apply one RESET; it never raises a conductance.

    Args:
        cells: shape [...].
        source_voltage: V, shape [...]; gradual in the amplitude, no effect below the onset.
        normals: [1, ...] standard normal numbers.
        parameters: the technology.
    """
    shares = (parameters.reset_device_share, parameters.reset_pulse_share)
    draw = _draw(shares, cells.reset_device_offset, cells.reset_cycle_draw, normals[0])
    log_median, log_spread = reset_log_median(source_voltage, parameters), reset_log_spread(source_voltage, parameters)
    reached = torch.addcmul(log_median, log_spread, draw).exp()
    reached = _above_closed_window(reached, cells, parameters)
    effective = source_voltage > parameters.reset_source_voltages[0]
    lowered = _alive(cells) & effective & (reached < cells.conductance)
    return cells.changed(
        conductance=torch.where(lowered, reached, cells.conductance),
        reached_by_reset=cells.reached_by_reset | lowered,
        relaxation_time=cells.relaxation_time.masked_fill(lowered, 0.0),
        reset_since_set=cells.reset_since_set | lowered,
    )


def worn(cells: Cells, cycles: Tensor, parameters: CellParameters) -> Cells:
    """Return cells that have gone through more SET/RESET cycles at once; the last one left them as they are.

    A cell whose life ends on the way stays in the low resistance state: cycles given pulse by pulse lead to the same.

    Args:
        cells: shape [...]; unformed ones are not cycled.
        cycles: how many more, shape [...], at least 0.
        parameters: the technology.
    """
    alive = _alive(cells)
    seen = cells.cycles + torch.where(alive, cycles.round(), torch.zeros_like(cycles)).to(cells.cycles.dtype)
    return _failed(cells.changed(cycles=seen), alive & (seen >= cells.cycles_to_failure), parameters)


def _switched_on(cells: Cells, switching: Tensor, median: Tensor, normals: Tensor, parameters: CellParameters) -> Cells:
    """Return the cells after a SET towards ``median`` uS of those that are ``switching`` (bool)."""
    new_cycle = switching & cells.reset_since_set
    set_draw = torch.where(new_cycle, normals[0], cells.set_cycle_draw)
    reset_draw = torch.where(new_cycle, normals[1], cells.reset_cycle_draw)
    shares = (parameters.set_device_share, parameters.set_pulse_share)
    draw = _draw(shares, cells.set_device_offset, set_draw, normals[2])
    reached = torch.addcmul(median, set_spread(median, parameters), draw)
    reached = reached.clamp(parameters.minimum_conductance, parameters.maximum_conductance)
    raised = switching & (reached > cells.conductance)
    cycles = cells.cycles + new_cycle
    after = cells.changed(
        conductance=torch.where(raised, reached, cells.conductance),
        reached_by_reset=cells.reached_by_reset & ~raised,
        relaxation_time=cells.relaxation_time.masked_fill(raised, 0.0),
        set_cycle_draw=set_draw,
        reset_cycle_draw=reset_draw,
        reset_since_set=cells.reset_since_set & ~switching,
        cycles=cycles,
    )
    return _failed(after, new_cycle & (cycles >= cells.cycles_to_failure), parameters)


def _failed(cells: Cells, worn_out: Tensor, parameters: CellParameters) -> Cells:
    """A worn cell no longer resets (the usual end of an HfO2 cell): it stays in the low resistance state."""
    if not bool(worn_out.any()):
        return cells
    shorted = cells.conductance.clamp(min=parameters.set_conductances[1])
    return cells.changed(
        conductance=torch.where(worn_out, shorted, cells.conductance),
        health=cells.health.masked_fill(worn_out, int(Health.STUCK_HIGH)),
    )


def _draw(shares: tuple[float, float], device: Tensor, cycle: Tensor, pulse: Tensor) -> Tensor:
    """One standard normal number of three, the device's, the cycle's and the pulse's, by their shares of variance."""
    of_device, of_pulse = shares
    of_both = torch.add(device * math.sqrt(of_device), cycle, alpha=math.sqrt(max(0.0, 1 - of_device - of_pulse)))
    return torch.add(of_both, pulse, alpha=math.sqrt(of_pulse))


def _above_closed_window(reached: Tensor, cells: CellState | Picked, parameters: CellParameters) -> Tensor:
    """Hold what a RESET reaches, uS, above the lowest conductance that it can: that rises as the cell wears.

    From ``endurance_closure_start`` on the floor climbs, in log cycles, to the lowest SET level at
    ``endurance_cycles`` (window closure); assumed form.
    """
    start, end = parameters.endurance_closure_start, parameters.endurance_cycles
    lowest, closed = parameters.minimum_conductance, parameters.set_conductances[0]
    if end <= start or not bool((cells.cycles > start).any()):  # the usual case: the window is open
        return reached.clamp(min=lowest)
    worn = torch.log(cells.cycles.clamp(min=1).to(reached.dtype) / start) / math.log(end / start)
    return torch.maximum(reached, lowest + (closed - lowest) * worn.clamp(0.0, 1.0))


def _alive(cells: CellState | Picked) -> Tensor:
    return cells.health == int(Health.OK)


def _between(position: Tensor, ends: tuple[float, ...], values: tuple[float, ...]) -> Tensor:
    """Interpolate linearly between two points and stay at the end values outside them."""
    slope = (values[1] - values[0]) / (ends[1] - ends[0])
    return (position * slope + (values[0] - ends[0] * slope)).clamp(min(values), max(values))
