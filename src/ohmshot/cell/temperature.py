"""Temperature of operation: how warm cells conduct and switch. Rows hold at 25 degrees Celsius.

Storage and bake are ageing (`ohmshot.cell.ageing`); this is the temperature while the chip is used.
"""

import dataclasses

from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.foundation.units import ROOM_CELSIUS


def conductance_factor(conductance: Tensor, parameters: CellParameters) -> Tensor:
    """How many times its conductance at 25 degrees a cell has at the temperature of operation.

    ``1 + c(G) (T - 25)``; c goes linearly from the reset state (a tunnel gap that conducts better when warm) to
    the highest SET (a filament close to a metal). Vinuesa et al., Mater. Lett. 357 (2024): both states of
    TiN/Ti/HfO2/W cells are more resistive when cold. Sizes are assumed.

    Args:
        conductance: uS at 25 degrees, any shape.
        parameters: rows ``conductance_temperature_coefficients`` and ``operating_temperature``.
    """
    low, high = parameters.reset_conductance, parameters.set_conductances[1]
    at_reset, at_top = parameters.conductance_temperature_coefficients
    position = ((conductance - low) / (high - low)).clamp(0.0, 1.0)
    coefficient = at_reset + (at_top - at_reset) * position
    return (1 + coefficient * (parameters.operating_temperature - ROOM_CELSIUS)).clamp(min=0)


def conducts_as_at_room(parameters: CellParameters) -> bool:
    """Whether cells conduct as at 25 degrees, so that nothing need be computed."""
    at_room = parameters.operating_temperature == ROOM_CELSIUS
    return at_room or parameters.conductance_temperature_coefficients == (0.0, 0.0)


def switching_at_operation(parameters: CellParameters) -> CellParameters:
    """Return the parameters with which cells switch at the temperature of operation.

    A SET reaches ``1 + c (T - 25)`` times its conductance, because the compliance current of the transistor
    moves; RESET voltages shift by ``d (T - 25)`` (they fall with temperature: Ram et al., Appl. Phys. Lett. 128
    (2026) 173501).
    """
    warmer = parameters.operating_temperature - ROOM_CELSIUS
    factor = max(0.01, 1 + parameters.set_temperature_coefficient * warmer)
    shift = max(parameters.reset_temperature_coefficient * warmer, -parameters.reset_source_voltages[0])
    low, high = parameters.set_conductances
    onset, full = parameters.reset_source_voltages
    return dataclasses.replace(
        parameters,
        set_conductances=(low * factor, high * factor),
        reset_source_voltages=(onset + shift, full + shift),
    )
