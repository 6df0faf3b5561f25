"""Forming: which fresh cells the FORM pulse can form at all."""

import math

from torch import Tensor

from ohmshot.cell.parameter_set import CellParameters


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
