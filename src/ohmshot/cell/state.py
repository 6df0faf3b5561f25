"""The state of cells: one tensor a property, all of the same shape, gathered only where a pulse needs them."""

import math
from collections.abc import Iterable, Mapping
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


class Property:
    """One tensor of a `CellState`; of cells picked by `CellState.at` it is gathered when first asked for."""

    def __init__(self, meaning: str) -> None:
        self.__doc__ = meaning

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, cells: "CellState", owner: type | None = None) -> Tensor:
        return cells.tensor(self._name)


class CellState:
    """Cells, [n] or any other shape; every property is a tensor of that shape.

    Nothing changes a state but `put`: a pulse takes cells and returns them `changed`.

    Args:
        tensors: every property by name.
    """

    conductance = Property("float, uS, now: programmed, relaxed and aged, inside the physical window")
    programmed = Property("float, uS, what the last effective pulse left; taken over by the first wait after it")
    reached_by_reset = Property("bool, that pulse was a RESET")
    relaxation_time = Property("float, s since that pulse; 0 marks a cell whose walks have not begun")
    relaxation_variance = Property("float, uS^2, variance that the cell's relaxation walk has gathered")
    relaxation_walk = Property("float, uS, the cell's random walk by fast relaxation since that pulse")
    retention_time = Property("float, s since that pulse, counted at the reference temperature (Arrhenius)")
    retention_walk = Property("float, uS, the cell's random walk by thermal loss since that pulse")
    set_device_offset = Property("float, standard normal, the device's own share of the SET spread")
    reset_device_offset = Property("float, standard normal, the device's own share of the RESET spread")
    set_cycle_draw = Property("float, standard normal, this SET/RESET cycle's share of the SET spread")
    reset_cycle_draw = Property("float, standard normal, this SET/RESET cycle's share of the RESET spread")
    reset_since_set = Property("bool, a RESET has changed the filament since the last SET")
    cycles = Property("int32, SET/RESET cycles the cell has seen")
    cycles_to_failure = Property("float, the cycle at which it will fail")
    health = Property("int8, a `Health`")

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        if unlike := set(tensors) ^ set(PROPERTIES):
            raise ValueError(f"missing or unknown properties: {', '.join(sorted(unlike))}")
        self._tensors = dict(tensors)
        self._source: CellState | None = None
        self._cells: Tensor | slice = slice(0)
        self._changed: frozenset[str] = frozenset()

    def tensor(self, name: str) -> Tensor:
        """Return one property by its name."""
        if name not in self._tensors and self._source is not None:
            of_all, cells = self._source.tensor(name), self._cells
            self._tensors[name] = of_all[cells] if isinstance(cells, slice) else of_all.index_select(0, cells)
        return self._tensors[name]

    def tensors(self) -> dict[str, Tensor]:
        """All properties by name."""
        return {name: self.tensor(name) for name in PROPERTIES}

    def at(self, cells: Tensor | slice) -> "CellState":
        """Pick cells by their indices, int64 [n], or by a slice, which gives views and no copies.

        Nothing is gathered yet. The state itself must be [cells].
        """
        return self._like({}, self, cells, ())

    def changed(self, **tensors: Tensor) -> "CellState":
        """Return these cells with some properties replaced."""
        return self._like({**self._tensors, **tensors}, self._source, self._cells, {*self._changed, *tensors})

    def put(self, cells: Tensor | slice, after: "CellState") -> None:
        """Write back, in place, what has changed of cells picked by `at`."""
        for name in after._changed:
            if isinstance(cells, slice):
                self._tensors[name][cells] = after._tensors[name]
            else:
                self._tensors[name].scatter_(0, cells, after._tensors[name])

    @staticmethod
    def _like(
        tensors: dict[str, Tensor], source: "CellState | None", cells: Tensor | slice, changed: Iterable[str]
    ) -> "CellState":
        state = CellState.__new__(CellState)
        state._tensors, state._source, state._cells, state._changed = tensors, source, cells, frozenset(changed)
        return state


PROPERTIES = tuple(name for name, value in vars(CellState).items() if isinstance(value, Property))
"""Names of all properties of a cell."""


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
        {
            "conductance": conductance,
            "programmed": conductance.clone(),
            "reached_by_reset": torch.zeros(shape, dtype=torch.bool),
            "relaxation_time": zeros.clone(),
            "relaxation_variance": zeros.clone(),
            "relaxation_walk": zeros.clone(),
            "retention_time": zeros.clone(),
            "retention_walk": zeros.clone(),
            "set_device_offset": device_normals[0].clone(),
            "reset_device_offset": device_normals[1].clone(),
            "set_cycle_draw": zeros.clone(),
            "reset_cycle_draw": zeros.clone(),
            "reset_since_set": torch.ones(shape, dtype=torch.bool),
            "cycles": torch.zeros(shape, dtype=torch.int32),
            "cycles_to_failure": life,
            "health": health,
        }
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
