"""The state of cells: one tensor a property, all of the same shape."""

import dataclasses
from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from ohmshot.cell.parameter_set import CellParameters


class Health(IntEnum):
    """What a cell can still do."""

    OK = 0
    UNFORMED = 1
    STUCK_LOW = 2
    STUCK_HIGH = 3


@dataclass(frozen=True)
class CellState:
    """Cells of any shape; every attribute is a tensor of that shape.

    Attributes:
        programmed: float, uS, conductance that the last effective pulse left.
        reached_by_reset: bool, that pulse was a RESET.
        relaxation_time: float, s since that pulse.
        relaxation_walk: float, uS, the cell's random walk by fast relaxation since that pulse.
        retention_time: float, s since that pulse, counted at the reference temperature (Arrhenius).
        retention_walk: float, uS, the cell's random walk by thermal loss since that pulse.
        set_device_offset: float, standard normal, the device's own share of the SET spread.
        reset_device_offset: float, the same for RESET.
        set_cycle_draw: float, standard normal, this SET/RESET cycle's share of the SET spread.
        reset_cycle_draw: float, the same for RESET.
        reset_since_set: bool, a RESET has changed the filament since the last SET.
        cycles: int32, SET/RESET cycles the cell has seen.
        cycles_to_failure: float, the cycle at which it will fail.
        health: int8, a `Health`.
    """

    programmed: Tensor
    reached_by_reset: Tensor
    relaxation_time: Tensor
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

    def at(self, cells: Tensor) -> "CellState":
        """Pick cells by an index tensor."""
        return CellState(**{name: tensor[cells] for name, tensor in self.tensors().items()})

    def put(self, cells: Tensor, changed: "CellState") -> None:
        """Write back cells picked by `at`, in place."""
        new = changed.tensors()
        for name, tensor in self.tensors().items():
            tensor[cells] = new[name]

    def tensors(self) -> dict[str, Tensor]:
        """All properties by name."""
        return {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}


def fresh_cells(device_normals: Tensor, device_uniforms: Tensor, parameters: CellParameters) -> CellState:
    """Return cells as they leave the fab: unformed, each with its own offsets, life and faults.

    Args:
        device_normals: [2, ...] standard normal numbers, what makes a device differ from its neighbours.
        device_uniforms: [2, ...] uniform numbers in [0, 1), for its endurance and its faults.
        parameters: the technology.
    """
    shape = device_normals.shape[1:]
    zeros = torch.zeros(shape, dtype=device_normals.dtype)
    # Weibull by inversion of its distribution function.
    life = parameters.endurance_cycles * (-torch.log1p(-device_uniforms[0])) ** (1 / parameters.endurance_shape)
    low, high = parameters.stuck_low_share, parameters.stuck_high_share
    health = torch.full(shape, int(Health.UNFORMED), dtype=torch.int8)
    health[device_uniforms[1] < low + high] = int(Health.STUCK_HIGH)
    health[device_uniforms[1] < low] = int(Health.STUCK_LOW)
    return CellState(
        programmed=torch.full(shape, parameters.minimum_conductance, dtype=device_normals.dtype),
        reached_by_reset=torch.zeros(shape, dtype=torch.bool),
        relaxation_time=zeros.clone(),
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
