"""Numbers as row voltages: what a host does to the inputs of every multiply, in one pass over them."""

import numpy as np
import torch
from torch import Tensor

from ohmshot.foundation.compiled import F32, Real, kernel
from ohmshot.foundation.philox import clip


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
    bias = clip(F32(1) / scale, F32(-1), F32(1)) * read_voltage
    given = inputs.shape[1]
    for n in range(inputs.shape[0]):
        for i in range(given):
            volts[n, i] = clip(inputs[n, i] / scale, F32(-1), F32(1)) * read_voltage
        for i in range(given, volts.shape[1]):
            volts[n, i] = bias


_drive = kernel(_of_inputs, _of_inputs)
