"""FORM, SET and RESET: what one pulse does to a cell.

Every function takes the cells before the pulse and returns them after it; the random numbers are handed in, so
the caller decides which stream they come from. The forms follow the text of Bonnet et al., Nat. Commun. 14
(2023) 7530 and are otherwise our choice; sizes come from the parameter set, row by row.
"""

import dataclasses
import math

import torch
from torch import Tensor

from ohmshot.cell.ageing import aged_conductance
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.cell.state import CellState, Health

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
    return bottom + (gate_voltage - low) * ((top - bottom) / (high - low))


def set_spread(median: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation of one SET in uS: it falls as the conductance rises (Bonnet et al. 2023, Fig. 3)."""
    return _between(median, parameters.set_conductances, parameters.set_spread)


def reset_median(source_voltage: Tensor, parameters: CellParameters) -> Tensor:
    """Conductance in uS down to which a RESET of this amplitude dissolves the filament, in the median.

    Geometric between the highest SET level at the onset voltage and the reset state at the full voltage, so
    that equal steps of amplitude lower the conductance by equal factors; no effect below the onset.
    """
    low, high = parameters.reset_source_voltages
    top, bottom = parameters.set_conductances[1], parameters.reset_conductance
    depth = (source_voltage - low) / (high - low)
    median = top * torch.exp(depth.clamp(max=1.0) * math.log(bottom / top))
    return torch.where(depth > 0, median, torch.full_like(median, torch.inf))


def reset_log_spread(source_voltage: Tensor, parameters: CellParameters) -> Tensor:
    """Standard deviation of ln(conductance) after a RESET of this amplitude (no unit)."""
    return _between(source_voltage, parameters.reset_source_voltages, parameters.reset_log_spread)


def form_pulse(cells: CellState, normals: Tensor, parameters: CellParameters) -> CellState:
    """Form cells: the first filament, at the compliance of the forming gate voltage; once a life.

    Args:
        cells: shape [...].
        normals: [3, ...] standard normal numbers.
        parameters: the technology.
    """
    unformed = cells.health == int(Health.UNFORMED)
    formed = torch.where(unformed, int(Health.OK), cells.health).to(torch.int8)
    target = torch.full_like(cells.programmed, parameters.form_conductance)
    after = _switched_on(dataclasses.replace(cells, health=formed), target, normals, parameters)
    return _choose(unformed, after, cells)


def set_pulse(cells: CellState, gate_voltage: Tensor, normals: Tensor, parameters: CellParameters) -> CellState:
    """Apply one SET; it never lowers a conductance.

    The first SET after a RESET draws a new filament; one that repeats a SET at the same gate voltage hardly
    moves the cell, since its draw for this cycle stands; a higher gate voltage raises it further.

    Args:
        cells: shape [...].
        gate_voltage: V, shape [...].
        normals: [3, ...] standard normal numbers.
        parameters: the technology.
    """
    return _choose(_alive(cells), _switched_on(cells, set_median(gate_voltage, parameters), normals, parameters), cells)


def reset_pulse(cells: CellState, source_voltage: Tensor, normals: Tensor, parameters: CellParameters) -> CellState:
    """Apply one RESET; it never raises a conductance.

    Args:
        cells: shape [...].
        source_voltage: V, shape [...]; gradual in the amplitude, no effect below the onset.
        normals: [1, ...] standard normal numbers.
        parameters: the technology.
    """
    device, pulse = parameters.reset_device_share, parameters.reset_pulse_share
    draw = (
        math.sqrt(device) * cells.reset_device_offset
        + math.sqrt(1 - device - pulse) * cells.reset_cycle_draw
        + math.sqrt(pulse) * normals[0]
    )
    reached = reset_median(source_voltage, parameters) * torch.exp(reset_log_spread(source_voltage, parameters) * draw)
    reached = torch.maximum(reached, _closed_window_floor(cells, parameters))
    before = present_conductance(cells, parameters)
    lowered = _alive(cells) & (reached < before)
    after = _just_programmed(cells, reached.clamp(max=parameters.maximum_conductance), by_reset=True)
    after = dataclasses.replace(after, reset_since_set=torch.ones_like(cells.reset_since_set))
    return _choose(lowered, after, cells)


def present_conductance(cells: CellState, parameters: CellParameters) -> Tensor:
    """Conductance in uS now: what was programmed, relaxed and aged, inside the physical window."""
    aged = aged_conductance(cells, parameters)
    low, high = parameters.minimum_conductance, parameters.maximum_conductance
    aged = torch.where(cells.health == int(Health.STUCK_HIGH), parameters.set_conductances[1], aged)
    return torch.where(cells.health == int(Health.STUCK_LOW), low, aged).clamp(low, high)


def _switched_on(cells: CellState, median: Tensor, normals: Tensor, parameters: CellParameters) -> CellState:
    """Return the cells after a SET towards ``median`` uS, as if all of them were alive."""
    new_cycle = cells.reset_since_set
    set_draw = torch.where(new_cycle, normals[0], cells.set_cycle_draw)
    reset_draw = torch.where(new_cycle, normals[1], cells.reset_cycle_draw)
    device, pulse = parameters.set_device_share, parameters.set_pulse_share
    draw = (
        math.sqrt(device) * cells.set_device_offset
        + math.sqrt(1 - device - pulse) * set_draw
        + math.sqrt(pulse) * normals[2]
    )
    reached = median + set_spread(median, parameters) * draw
    reached = reached.clamp(parameters.minimum_conductance, parameters.maximum_conductance)
    raised = reached > present_conductance(cells, parameters)
    cycles = cells.cycles + new_cycle.to(cells.cycles.dtype)
    worn_out = cycles >= cells.cycles_to_failure
    kept = dataclasses.replace(
        _choose(raised, _just_programmed(cells, reached, by_reset=False), cells),
        set_cycle_draw=set_draw,
        reset_cycle_draw=reset_draw,
        reset_since_set=torch.zeros_like(new_cycle),
        cycles=cycles,
    )
    # A worn cell no longer resets (the usual end of an HfO2 cell): it stays in the low resistance state.
    return dataclasses.replace(kept, health=torch.where(worn_out, int(Health.STUCK_HIGH), kept.health).to(torch.int8))


def _just_programmed(cells: CellState, conductance: Tensor, by_reset: bool) -> CellState:
    none = torch.zeros_like(conductance)
    return dataclasses.replace(
        cells,
        programmed=conductance,
        reached_by_reset=torch.full_like(cells.reached_by_reset, by_reset),
        relaxation_time=none,
        relaxation_walk=none,
        retention_time=none,
        retention_walk=none,
    )


def _closed_window_floor(cells: CellState, parameters: CellParameters) -> Tensor:
    """Lowest conductance in uS that a RESET still reaches: it rises as the cell wears (window closure).

    From ``endurance_closure_start`` on the floor climbs, in log cycles, to the lowest SET level at
    ``endurance_cycles``; assumed form.
    """
    start, end = parameters.endurance_closure_start, parameters.endurance_cycles
    lowest, closed = parameters.minimum_conductance, parameters.set_conductances[0]
    if end <= start:
        return torch.full_like(cells.programmed, lowest)
    worn = torch.log(cells.cycles.clamp(min=1).to(cells.programmed.dtype) / start) / math.log(end / start)
    return lowest + (closed - lowest) * worn.clamp(0.0, 1.0)


def _alive(cells: CellState) -> Tensor:
    return cells.health == int(Health.OK)


def _choose(condition: Tensor, yes: CellState, no: CellState) -> CellState:
    """Merge two states cell by cell; a property that both share is not touched."""
    other = no.tensors()
    return CellState(
        **{
            name: tensor if tensor is other[name] else torch.where(condition, tensor, other[name])
            for name, tensor in yes.tensors().items()
        }
    )


def _between(position: Tensor, ends: tuple[float, ...], values: tuple[float, ...]) -> Tensor:
    """Interpolate linearly between two points and stay at the end values outside them."""
    share = ((position - ends[0]) / (ends[1] - ends[0])).clamp(0.0, 1.0)
    return values[0] + share * (values[1] - values[0])
