"""Energy of one pulse in joules: voltage x current x width, plus charging the lines.

Estimates on assumed currents (rows ``compliance_per_conductance`` and ``reset_current_factor``); nothing
published was found for Leti cells. Microsiemens times volts are microamperes, hence the factors of 1e-6.
"""

import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.switching import set_median


def form_energy(cells: Tensor, parameters: CellParameters) -> Tensor:
    """Energy in J of one FORM: ``V I t + C V^2``, the compliance current I flowing for the whole width t.

    Args:
        cells: one number a cell, any shape; only the shape counts.
        parameters: the technology.

    Returns:
        J, the same shape.
    """
    current_a = parameters.form_conductance * parameters.compliance_per_conductance * 1e-6
    pulse = parameters.form_voltage * current_a * parameters.form_width
    return cells.new_full(cells.shape, pulse + line_energy(parameters.form_voltage, parameters))


def set_energy(gate_voltage: Tensor, parameters: CellParameters) -> Tensor:
    """Energy in J of one SET: ``V_BL I(V_G) t + C V_G^2 + C V_BL^2``.

    The compliance current I of the gate voltage flows for the whole width t, which is an upper bound.

    Args:
        gate_voltage: V_G in V, any shape.
        parameters: the technology.

    Returns:
        J, the same shape.
    """
    voltage = parameters.set_bit_line_voltage
    per_us = voltage * parameters.compliance_per_conductance * 1e-6 * parameters.set_width
    pulse = set_median(gate_voltage, parameters).clamp(min=0) * per_us
    with_word_line = torch.addcmul(pulse, gate_voltage, gate_voltage, value=parameters.line_capacitance)
    return with_word_line + line_energy(voltage, parameters)


def reset_energy(source_voltage: Tensor, before: Tensor, after: Tensor, parameters: CellParameters) -> Tensor:
    """Energy in J of one RESET: ``V_SL I t + C V_SL^2 + C V_G^2``.

    The current I falls with the conductance; it is taken at the mean of the conductances before and after.

    Args:
        source_voltage: V_SL in V, any shape.
        before: conductance in uS, the same shape.
        after: conductance in uS, the same shape.
        parameters: the technology.

    Returns:
        J, the same shape.
    """
    amperes_per_us = parameters.compliance_per_conductance * parameters.reset_current_factor * 1e-6
    pulse = (before + after) * source_voltage * (amperes_per_us * parameters.reset_width / 2)
    with_source_line = torch.addcmul(pulse, source_voltage, source_voltage, value=parameters.line_capacitance)
    return with_source_line + line_energy(parameters.reset_gate_voltage, parameters)


def read_energy(conductance: Tensor, parameters: CellParameters) -> Tensor:
    """Energy in J of one read: ``G V^2 t + C V^2`` at the read voltage; the chip adds its converter.

    Args:
        conductance: G in uS, any shape.
        parameters: the technology.

    Returns:
        J, the same shape.
    """
    voltage = parameters.read_voltage
    return conductance * (voltage**2 * 1e-6 * parameters.read_width) + line_energy(voltage, parameters)


def line_energy(voltage: float, parameters: CellParameters) -> float:
    """Energy in J of charging one line from the supply to a voltage in V: ``C V^2``."""
    return parameters.line_capacitance * voltage**2
