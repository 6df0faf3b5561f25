"""Numbers as row voltages, and currents as numbers: what a host does around every multiply."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import F32, Real, kernel, law
from ohmshot.foundation.philox import clip


class Units(NamedTuple):
    """Numbers that stand for voltages and currents.

    Attributes:
        full_scale: the input that the read voltage stands for; inputs beyond plus and minus this are clipped.
        per_ua: the answer that a current of 1 uA stands for.
    """

    full_scale: float
    per_ua: float


@law
def row_voltage(number: Real, full_scale: Real, read_voltage: Real) -> Real:
    """Row voltage of one input, V."""
    return clip(number / full_scale, F32(-1), F32(1)) * read_voltage


def row_voltages(inputs: Tensor, rows: int, scale: float, read_voltage: float) -> Tensor:
    """Row voltages of a layer, V [chips, examples, rows].

    Args:
        inputs: [chips, examples, inputs]; clipped to plus and minus the scale.
        rows: of the layer; those beyond the inputs are driven by the constant input 1, the bias input.
        scale: the input that the read voltage stands for.
        read_voltage: V.
    """
    chips, examples, given = inputs.shape
    if inputs.device.type != "cpu":
        padded = torch.nn.functional.pad(inputs, (0, rows - given), value=1.0)
        return (padded / scale).clamp_(-1, 1).mul_(read_voltage)
    volts = torch.empty(chips * examples, rows)
    numbers = inputs.to(torch.float32).reshape(chips * examples, given)
    _drive(numbers.numpy(), F32(scale), F32(read_voltage), volts.numpy())
    return volts.view(chips, examples, rows)


def _of_inputs(inputs: np.ndarray, scale: Real, read_voltage: Real, volts: np.ndarray) -> None:
    bias = row_voltage(F32(1), scale, read_voltage)
    given = inputs.shape[1]
    for n in range(inputs.shape[0]):
        for i in range(given):
            volts[n, i] = row_voltage(inputs[n, i], scale, read_voltage)
        for i in range(given, volts.shape[1]):
            volts[n, i] = bias


_drive = kernel(_of_inputs, _of_inputs)
