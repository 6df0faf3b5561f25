"""The state of cells, all of them or some that are picked, and cells as they leave the fab."""

import math
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TypedDict, TypeVar, Unpack

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters


class Health(IntEnum):
    """The condition of a cell."""

    OK = 0
    UNFORMED = 1
    STUCK_LOW = 2
    STUCK_HIGH = 3


@dataclass(frozen=True)
class CellState:
    """The state of cells: one tensor a property, all of one shape, [n] or any other.

    Attributes:
        conductance: float, uS, now: programmed, relaxed and aged, inside the physical window.
        programmed: float, uS, what the last effective pulse left; taken over by the first wait after it.
        reached_by_reset: bool, that pulse was a RESET.
        relaxation_time: float, s since that pulse; 0 marks a cell whose walks have not begun.
        relaxation_variance: float, uS^2, variance that the cell's relaxation walk has gathered.
        relaxation_walk: float, uS, the cell's random walk by fast relaxation since that pulse.
        retention_time: float, s since that pulse, counted at the reference temperature (Arrhenius).
        retention_walk: float, uS, the cell's random walk by thermal loss since that pulse.
        set_device_offset: float, standard normal, the device's own share of the SET spread.
        reset_device_offset: float, standard normal, the device's own share of the RESET spread.
        set_cycle_draw: float, standard normal, this SET/RESET cycle's share of the SET spread.
        reset_cycle_draw: float, standard normal, this SET/RESET cycle's share of the RESET spread.
        reset_since_set: bool, a RESET has changed the filament since the last SET.
        cycles: int32, SET/RESET cycles that the cell has seen.
        cycles_to_failure: float, the cycle at which it will fail.
        health: int8, a `Health`.
    """

    conductance: Tensor
    programmed: Tensor
    reached_by_reset: Tensor
    relaxation_time: Tensor
    relaxation_variance: Tensor
    relaxation_walk: Tensor
    retention_time: Tensor
    retention_walk: Tensor
    set_device_offset: Tensor
    reset_device_offset: Tensor
    set_cycle_draw: Tensor
    reset_cycle_draw: Tensor
    reset_since_set: Tensor
    cycles: Tensor
    cycles_to_failure: Tensor
    health: Tensor

    def changed(self, **properties: Unpack["Changes"]) -> "CellState":
        """Return these cells with some properties replaced."""
        return replace(self, **properties)

    def tensors(self) -> dict[str, Tensor]:
        """All properties by name, each of the shape of the cells."""
        return dict(vars(self))

    def clone(self) -> "CellState":
        """Return a copy that no pulse on these cells changes."""
        return CellState(**{name: values.clone() for name, values in self.tensors().items()})

    def at(self, cells: Tensor | slice) -> "Picked":
        """Pick cells of a state [cells] by their indices, int64 [n], or by a slice, which gives views and no copies."""
        return Picked(self, cells, {}, {})


class Changes(TypedDict, total=False):
    """The properties of a cell that a pulse or time can change; those of the device stay."""

    conductance: Tensor
    programmed: Tensor
    reached_by_reset: Tensor
    relaxation_time: Tensor
    relaxation_variance: Tensor
    relaxation_walk: Tensor
    retention_time: Tensor
    retention_walk: Tensor
    set_cycle_draw: Tensor
    reset_cycle_draw: Tensor
    reset_since_set: Tensor
    cycles: Tensor
    health: Tensor


class Picked:
    """Some cells of a `CellState`: the same properties, [n], each gathered when first asked for.

    Changes reach the state with `put_back` alone, and nothing else of these cells is written there: a pulse on a few
    cells reads and writes the properties that it needs and no others.

    Args:
        state: all cells, [cells].
        cells: which of them, int64 [n] or a slice.
        gathered: properties that have been asked for; shared by all changes of these cells.
        changes: properties that differ from the state's.
    """

    def __init__(
        self, state: CellState, cells: Tensor | slice, gathered: dict[str, Tensor], changes: dict[str, Tensor]
    ) -> None:
        self._state, self._cells, self._gathered, self._changes = state, cells, gathered, changes

    def __getattr__(self, name: str) -> Tensor:
        if name in self._changes:
            return self._changes[name]
        if name not in self._gathered:
            of_all: Tensor = getattr(self._state, name)
            cells = self._cells
            self._gathered[name] = of_all[cells] if isinstance(cells, slice) else of_all.index_select(0, cells)
        return self._gathered[name]

    def changed(self, **properties: Unpack[Changes]) -> "Picked":
        """Return these cells with some properties replaced."""
        return Picked(self._state, self._cells, self._gathered, {**self._changes, **properties})  # type: ignore[dict-item]

    def put_back(self) -> None:
        """Write what has changed into the state, in place."""
        for name, values in self._changes.items():
            of_all: Tensor = getattr(self._state, name)
            if isinstance(self._cells, slice):
                of_all[self._cells] = values
            else:
                of_all.scatter_(0, self._cells, values)


Cells = TypeVar("Cells", CellState, Picked)
"""Cells as the laws of the cell take and return them: whole states, or cells picked from one."""


def fresh_cells(device_normals: Tensor, device_uniforms: Tensor, parameters: CellParameters) -> CellState:
    """Return cells as they leave the fab: unformed, each with its own offsets, life and faults.

    Args:
        device_normals: [2, ...] standard normal numbers, what makes a device differ from its neighbours; plus what it
            shares with them, where chips differ as wholes.
        device_uniforms: [2, ...] uniform numbers in [0, 1), for its endurance and its faults.
        parameters: the technology.
    """
    shape = device_normals.shape[1:]
    zeros = torch.zeros(shape, dtype=device_normals.dtype)
    # Weibull by inversion of its distribution function.
    life = parameters.endurance_cycles * (-torch.log1p(-device_uniforms[0])) ** (1 / parameters.endurance_shape)
    low, high = parameters.stuck_low_share, parameters.stuck_high_share
    stuck_high, stuck_low = device_uniforms[1] < low + high, device_uniforms[1] < low
    stuck_low = stuck_low | never_forms(device_uniforms[1], parameters)
    health = torch.full(shape, int(Health.UNFORMED), dtype=torch.int8)
    health = health.masked_fill(stuck_high, int(Health.STUCK_HIGH)).masked_fill(stuck_low, int(Health.STUCK_LOW))
    conductance = zeros + parameters.minimum_conductance
    conductance = conductance.masked_fill(stuck_high & ~stuck_low, parameters.set_conductances[1])
    return CellState(
        conductance=conductance,
        programmed=conductance.clone(),
        reached_by_reset=torch.zeros(shape, dtype=torch.bool),
        relaxation_time=zeros.clone(),
        relaxation_variance=zeros.clone(),
        relaxation_walk=zeros.clone(),
        retention_time=zeros.clone(),
        retention_walk=zeros.clone(),
        set_device_offset=device_normals[0].clone(),
        reset_device_offset=device_normals[1].clone(),
        set_cycle_draw=zeros.clone(),
        reset_cycle_draw=zeros.clone(),
        reset_since_set=torch.ones(shape, dtype=torch.bool),
        cycles=torch.zeros(shape, dtype=torch.int32),
        cycles_to_failure=life,
        health=health,
    )


def forming_yield(parameters: CellParameters) -> float:
    """Share of the cells whose own forming voltage lies below the voltage of the FORM pulse.

    Forming voltages are taken as normal around ``form_onset_voltage``: assumed, Perez et al. (2021) find that an
    Erlang law fits three HfO2 technologies best.
    """
    reserve = parameters.form_voltage - parameters.form_onset_voltage
    if parameters.form_onset_spread == 0:
        return 1.0 if reserve >= 0 else 0.0
    return 0.5 * math.erfc(-reserve / parameters.form_onset_spread / math.sqrt(2))


def never_forms(device_uniforms: Tensor, parameters: CellParameters) -> Tensor:
    """Which cells never form, from uniform numbers in [0, 1): the upper end of their range."""
    return device_uniforms >= forming_yield(parameters)
