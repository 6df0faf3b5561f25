"""The datasheet of a chip: what its maker tells, and the datasheet of a simulated one."""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.technology import switching_at_operation, technology
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.kernels import worst_energies
from ohmshot.chip.one_cell import ENERGY_UNIT_J
from ohmshot.foundation.compiled import F32
from ohmshot.programming.attempt import Sheet, gates_for

HIGHEST_GATE_SHARE = 1.15
"""Of the highest SET's gate voltage, up to which worst energies hold: room for a correction above it (assumed)."""


@dataclass(frozen=True)
class WorstEnergies:
    """Most energy that one operation on one cell takes, J, at gate voltages up to `HIGHEST_GATE_SHARE` and full RESETs.

    Attributes:
        form: FORM.
        set: SET.
        reset: RESET.
        read: read, with its conversion.
    """

    form: float
    set: float
    reset: float
    read: float


@dataclass(frozen=True)
class Datasheet:
    """Typical values and sizes that the maker of a chip tells; the host plans with them and verifies by reading.

    Attributes:
        rows: word lines (inputs of a multiply).
        columns: bit lines (outputs of a multiply).
        reset_conductance: uS, typical reset state.
        level_conductances: uS, the SET levels that stay apart, rising.
        set_gate_voltages: V, from the lowest to the highest SET.
        set_conductances: uS, typical result at these two gate voltages; linear between, unless the curve saturates.
        reset_source_voltages: V, onset and full RESET.
        read_voltage: V, the largest row voltage of a multiply.
        arrays: how many arrays of equal width stand side by side, addressed as one.
        worst_energies: None where the maker does not say; then no budget of energy can be kept.
        output_range_ua: uA, a column current saturates beyond plus and minus this; None where it does not, or where the
            maker does not say.
        set_saturation_voltage: V, the s of a SET curve that saturates,
            ``G_low + (G_high - G_low) (1 - exp((V_low - V) / s)) / (1 - exp((V_low - V_high) / s))``; None where it is
            linear.
    """

    rows: int
    columns: int
    reset_conductance: float
    level_conductances: tuple[float, ...]
    set_gate_voltages: tuple[float, float]
    set_conductances: tuple[float, float]
    reset_source_voltages: tuple[float, float]
    read_voltage: float
    arrays: int = 1
    worst_energies: WorstEnergies | None = None
    output_range_ua: float | None = None
    set_saturation_voltage: float | None = None

    @property
    def pairs_of_an_array(self) -> int:
        """Pairs of cells of one array."""
        return self.rows * (self.columns // self.arrays // 2)

    @cached_property
    def numbers(self) -> Sheet:
        """Numbers that decisions of programming need, in float32."""
        (gate_low, gate_high), (low, high) = self.set_gate_voltages, self.set_conductances
        onset, full = self.reset_source_voltages
        slope = (full - onset) / math.log(high / self.reset_conductance)
        values = {
            "rest": self.reset_conductance * (1 + 1e-6),
            "gate_low": gate_low,
            "gate_high": gate_high,
            "gate_slope": (gate_high - gate_low) / (high - low),
            "set_low": low,
            "set_high": high,
            "onset": onset,
            "full": full,
            "source_slope": slope,
            "source_top": onset + slope * math.log(high),
            "saturation": self.set_saturation_voltage or 0.0,
            "gate_curve": self._share_of_saturation / (high - low),
        }
        return Sheet(**{name: F32(value) for name, value in values.items()})

    @property
    def cells(self) -> int:
        """Cells of one chip."""
        return self.rows * self.columns

    def gate_voltage_for(self, conductance: Tensor) -> Tensor:
        """Gate voltage in V whose SET typically ends at a conductance in uS; any shape to the same shape, float32.

        `ohmshot.programming.attempt.gate_for` for each of them.
        """
        wanted = conductance.to("cpu", torch.float32).contiguous()
        gates = torch.empty_like(wanted)
        gates_for(wanted.view(-1).numpy(), self.numbers, gates.view(-1).numpy())
        return gates.to(conductance.device)

    @property
    def _share_of_saturation(self) -> float:
        """Share of the way from the lowest SET to saturation that the highest SET is; 0 for a linear curve."""
        if self.set_saturation_voltage is None:
            return 0.0
        low, high = self.set_gate_voltages
        return -math.expm1((low - high) / self.set_saturation_voltage)


@lru_cache
def simulated_datasheet(parameters: CellParameters, circuit: Circuit) -> Datasheet:
    """Return the datasheet of simulated chips: the medians of the parameter set, and the worst cases of its energies.

    Args:
        parameters: parameters of the cell technology.
        circuit: around the array.
    """
    return Datasheet(
        rows=circuit.rows,
        columns=circuit.columns,
        reset_conductance=parameters.reset_conductance,
        level_conductances=parameters.level_conductances,
        set_gate_voltages=(parameters.set_gate_voltages[0], parameters.set_gate_voltages[1]),
        set_conductances=(parameters.set_conductances[0], parameters.set_conductances[1]),
        reset_source_voltages=(parameters.reset_source_voltages[0], parameters.reset_source_voltages[1]),
        read_voltage=parameters.read_voltage,
        arrays=circuit.side_by_side,
        worst_energies=_worst_energies(parameters, circuit),
        set_saturation_voltage=parameters.set_saturation_voltage,
        output_range_ua=circuit.output_range_ua if math.isfinite(circuit.output_range_ua) else None,
    )


def _worst_energies(parameters: CellParameters, circuit: Circuit) -> WorstEnergies:
    """Energies in J of a cell at the highest conductance that the technology has, at the full amplitudes.

    Args:
        parameters: parameters of the cell technology.
        circuit: whose conversion a read pays.
    """
    gate = F32(HIGHEST_GATE_SHARE * switching_at_operation(parameters).set_gate_voltages[1])
    units = np.empty(4, np.int64)
    worst_energies(gate, technology(parameters), units)
    form, set_, reset, read = (units * ENERGY_UNIT_J).tolist()  # as metered
    return WorstEnergies(form, set_, reset, read + circuit.conversion_energy_j)
