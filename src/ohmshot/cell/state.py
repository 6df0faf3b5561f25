"""The state of cells, and cells as they leave the fab."""

from collections.abc import Mapping
from enum import IntEnum

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import F32, I32, U32, Real, Record, law
from ohmshot.foundation.philox import exp, log


class Health(IntEnum):
    """The condition of a cell."""

    OK = 0
    UNFORMED = 1
    STUCK_LOW = 2
    STUCK_HIGH = 3


CELL = np.dtype(
    [
        ("conductance", F32),
        ("programmed", F32),
        ("relaxation_time", F32),
        ("relaxation_variance", F32),
        ("relaxation_walk", F32),
        ("retention_time", F32),
        ("retention_walk", F32),
        ("set_device_offset", F32),
        ("reset_device_offset", F32),
        ("set_cycle_draw", F32),
        ("reset_cycle_draw", F32),
        ("cycles_to_failure", F32),
        ("cycles", I32),
        ("events", U32),
        ("health", np.int8),
        ("reached_by_reset", np.bool_),
        ("reset_since_set", np.bool_),
        ("_unused", np.int8, 5),
    ],
    align=True,
)
"""One cell, 64 bytes: one line of a processor's cache. `CellState` says what the numbers are."""

PROPERTIES = tuple(name for name in CELL.names or () if not name.startswith("_"))
OK, UNFORMED, STUCK_LOW, STUCK_HIGH = (np.int8(condition) for condition in Health)


class CellState:
    """The state of cells, of any shape: one tensor a property, each a view of the same records.

    Args:
        records: structured array of `CELL`.

    Attributes:
        conductance: float, uS, now: programmed, relaxed and aged, inside the physical window.
        programmed: float, uS, what the last effective pulse left; taken over by the first wait after it.
        relaxation_time: float, s since that pulse; 0 marks a cell whose walks have not begun.
        relaxation_variance: float, uS^2, variance that the cell's relaxation walk has gathered.
        relaxation_walk: float, uS, the cell's random walk by fast relaxation since that pulse.
        retention_time: float, s since that pulse, counted at the reference temperature (Arrhenius).
        retention_walk: float, uS, the cell's random walk by thermal loss since that pulse.
        set_device_offset: float, standard normal, the device's own share of the SET spread.
        reset_device_offset: float, standard normal, the device's own share of the RESET spread.
        set_cycle_draw: float, standard normal, this SET/RESET cycle's share of the SET spread.
        reset_cycle_draw: float, standard normal, this SET/RESET cycle's share of the RESET spread.
        cycles_to_failure: float, the cycle at which the cell will fail.
        cycles: int32, SET/RESET cycles that the cell has seen.
        events: int32, random numbers that the cell has had for pulses and reads, and waits: its place in its streams.
        health: int8, a `Health`.
        reached_by_reset: bool, the last effective pulse was a RESET.
        reset_since_set: bool, a RESET has changed the filament since the last SET.
    """

    conductance: Tensor
    programmed: Tensor
    relaxation_time: Tensor
    relaxation_variance: Tensor
    relaxation_walk: Tensor
    retention_time: Tensor
    retention_walk: Tensor
    set_device_offset: Tensor
    reset_device_offset: Tensor
    set_cycle_draw: Tensor
    reset_cycle_draw: Tensor
    cycles_to_failure: Tensor
    cycles: Tensor
    events: Tensor
    health: Tensor
    reached_by_reset: Tensor
    reset_since_set: Tensor

    def __init__(self, records: np.ndarray) -> None:
        self.records = records

    def __getattr__(self, name: str) -> Tensor:
        if name not in PROPERTIES:
            raise AttributeError(f"cells have no property '{name}'")
        values = self.records[name]
        return torch.from_numpy(values.view(np.int32) if name == "events" else values)

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, Tensor]) -> "CellState":
        """Return the state that `tensors` has given.

        Raises:
            ValueError: a property is missing.
        """
        missing = set(PROPERTIES) - set(tensors)
        if missing:
            raise ValueError(f"the state of cells lacks {', '.join(sorted(missing))}")
        state = cls(np.zeros(tensors["conductance"].shape, CELL))
        state.put(**{name: tensors[name] for name in PROPERTIES})
        return state

    def tensors(self) -> dict[str, Tensor]:
        """Return all properties by name, each of the shape of the cells."""
        return {name: getattr(self, name) for name in PROPERTIES}

    def clone(self) -> "CellState":
        """Return a copy that no pulse on these cells changes."""
        return CellState(self.records.copy())

    def put(self, **properties: Tensor) -> None:
        """Replace properties of these cells, in place."""
        for name, values in properties.items():
            getattr(self, name).copy_(values)

    def changed(self, **properties: Tensor) -> "CellState":
        """Return a copy of these cells with some properties replaced."""
        state = self.clone()
        state.put(**properties)
        return state


@law
def cycles_to_failure(exponential: Real, p: Record) -> Real:
    """Life of a cell in cycles: Weibull, ``scale E^(1 / shape)`` of an exponential number E of mean 1."""
    return p.life_scale * exp(log(exponential) * p.life_exponent)


@law
def fabricated(cell: Record, of_set: Real, of_reset: Real, life: Real, fault: Real, p: Record) -> None:
    """Make a cell as it leaves the fab: unformed, with offsets, a life and faults of its own.

    Args:
        cell: any record; all of it is overwritten.
        of_set: standard normal, the device's offset of SET, plus what it shares with its neighbours.
        of_reset: standard normal, the device's offset of RESET, plus what it shares with its neighbours.
        life: cycles to failure.
        fault: uniform in (0, 1): stuck cells are drawn from its lower end, cells that never form from its upper one.
        p: the technology.
    """
    stuck_low = fault < p.stuck_low or fault >= p.forming_yield
    stuck_high = fault < p.stuck and not stuck_low
    cell.health = STUCK_LOW if stuck_low else (STUCK_HIGH if stuck_high else UNFORMED)
    cell.conductance = p.top if stuck_high else p.least
    cell.programmed = cell.conductance
    cell.relaxation_time = cell.relaxation_variance = cell.relaxation_walk = F32(0)
    cell.retention_time = cell.retention_walk = cell.set_cycle_draw = cell.reset_cycle_draw = F32(0)
    cell.set_device_offset, cell.reset_device_offset, cell.cycles_to_failure = of_set, of_reset, life
    cell.cycles, cell.events = I32(0), U32(0)
    cell.reached_by_reset, cell.reset_since_set = False, True
