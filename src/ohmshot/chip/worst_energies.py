"""What one operation on one cell takes at most: the worst case that a datasheet promises, for budgets of energy."""

import torch

from ohmshot.cell import energy
from ohmshot.cell.parameter_set import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.crossbar import HIGHEST_GATE_SHARE, WorstEnergies


def worst_energies(parameters: CellParameters, circuit: Circuit) -> WorstEnergies:
    """Energies in J of a cell at the highest conductance that the technology has, at the full amplitudes.

    Args:
        parameters: of the cell, at the temperature of operation.
        circuit: whose conversion a read pays.
    """
    most = torch.tensor([parameters.maximum_conductance])
    gate = torch.full_like(most, HIGHEST_GATE_SHARE * parameters.set_gate_voltages[1])
    source = torch.full_like(most, parameters.reset_source_voltages[1])
    return WorstEnergies(
        form=float(energy.form_energy(most, parameters)),
        set=float(energy.set_energy(gate, parameters)),
        reset=float(energy.reset_energy(source, most, most, parameters)),
        read=float(energy.read_energy(most, parameters)) + circuit.conversion_energy_j,
    )
