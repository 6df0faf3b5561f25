"""Energy of one pulse in joules: voltage x current x width, plus charging the lines.

Estimates on assumed currents (rows ``compliance_per_conductance`` and ``reset_current_factor``); nothing
published was found for Leti cells. Microsiemens times volts are microamperes, hence the factors of 1e-6.
"""

from torch import Tensor

from ohmshot.cell.parameter_set import CellParameters
from ohmshot.cell.switching import set_median


def form_energy(cells: Tensor, parameters: CellParameters) -> Tensor:
    """FORM at its compliance for the whole width; ``cells`` gives the shape."""
    current_a = parameters.form_conductance * parameters.compliance_per_conductance * 1e-6
    pulse = parameters.form_voltage * current_a * parameters.form_width
    return cells.new_full(cells.shape, pulse + line_energy(parameters.form_voltage, parameters))


def set_energy(gate_voltage: Tensor, parameters: CellParameters) -> Tensor:
    """SET: the compliance current of this gate voltage flows for the whole width (upper bound)."""
    voltage = parameters.set_bit_line_voltage
    per_us = voltage * parameters.compliance_per_conductance * 1e-6 * parameters.set_width
    pulse = set_median(gate_voltage, parameters).clamp_(min=0).mul_(per_us)
    return pulse.addcmul_(gate_voltage, gate_voltage, value=parameters.line_capacitance).add_(
        line_energy(voltage, parameters)
    )


def reset_energy(source_voltage: Tensor, before: Tensor, after: Tensor, parameters: CellParameters) -> Tensor:
    """RESET: the current falls with the conductance, taken at the mean of before and after (uS)."""
    amperes_per_us = parameters.compliance_per_conductance * parameters.reset_current_factor * 1e-6
    pulse = (before + after).mul_(source_voltage).mul_(amperes_per_us * parameters.reset_width / 2)
    return pulse.addcmul_(source_voltage, source_voltage, value=parameters.line_capacitance).add_(
        line_energy(parameters.reset_gate_voltage, parameters)
    )


def read_energy(conductance: Tensor, parameters: CellParameters) -> Tensor:
    """READ of one cell (uS) at the read voltage; its converter is counted by the chip."""
    voltage = parameters.read_voltage
    return (conductance * (voltage**2 * 1e-6 * parameters.read_width)).add_(line_energy(voltage, parameters))


def line_energy(voltage: float, parameters: CellParameters) -> float:
    """Charging one line from the supply: C V^2."""
    return parameters.line_capacitance * voltage**2
