"""CrossSim's side of `peers.py` (Sandia, github.com/sandialabs/cross-sim), used as its tutorials do.

A balanced core, two devices a weight; programming error, read noise and converters by its own models. CrossSim knows no
pulses: programming is one draw of an error around each target.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from peer_work import (
    INPUT_BITS,
    INPUT_FULL_SCALE,
    OFF,
    OUTPUT_BITS,
    READ_NOISE,
    RIGHT,
    WEIGHTS_OFF,
    Figure,
    Work,
    answer,
    least,
    right_share,
)
from simulator import AnalogCore, CrossSimParameters  # type: ignore[import-not-found]
from simulator.algorithms.dnn.torch.linear import AnalogLinear  # type: ignore[import-not-found]
from simulator.parameters.core_parameters import CoreStyle  # type: ignore[import-not-found]
from torch import nn

HIGHEST_US, LOWEST_US, PROGRAMMING_ERROR = 116.6, 5.0, 0.023
"""The window of the technology that ohmshot simulates, and the error (share of the highest) that its writing leaves."""
OUTPUTS_FULL_SCALE = 16.0
"""Of the output converters, in units of the largest weight times the largest input."""

PROGRAM = "one draw of an error for each of the two devices of a weight; no pulse, no read"
MULTIPLY = "the difference of the two devices of a weight"
READ = f"both devices of a weight, converters, {READ_NOISE:.0%} read noise drawn for every device"
UPDATES = "analog forward passes with read noise, one draw of errors of all devices an update; no pulse, no read"


def measure(work: Work) -> list[Figure]:
    torch.set_num_threads(1)
    silent, noisy = "multiply without read noise", "multiply"
    converted = with_converters(parameters(), 1.0, OUTPUTS_FULL_SCALE)
    return [
        *program(work),
        multiply(work, parameters(), Figure(silent, "ideal converters", 1, 0, 0, MULTIPLY, {})),
        multiply(work, converted, Figure(silent, "with converters", 1, 0, 0, f"{MULTIPLY}, converters", {})),
        multiply(work, with_read_noise(converted), Figure(noisy, "with converters", 1, 0, 0, READ, {})),
        updates(work),
    ]


def parameters() -> CrossSimParameters:
    given = CrossSimParameters()
    given.core.style = CoreStyle.BALANCED
    given.xbar.device.Rmin, given.xbar.device.Rmax = 1e6 / HIGHEST_US, 1e6 / LOWEST_US
    error = given.xbar.device.programming_error
    error.enable, error.model, error.magnitude = True, "NormalIndependentDevice", PROGRAMMING_ERROR
    return given


def with_read_noise(given: CrossSimParameters) -> CrossSimParameters:
    noise = given.xbar.device.read_noise
    noise.enable, noise.model, noise.magnitude = True, "NormalProportionalDevice", READ_NOISE
    return given


def with_converters(given: CrossSimParameters, inputs: float, outputs: float) -> CrossSimParameters:
    """Converters over plus and minus the given inputs, and outputs in units of the largest weight."""
    scaled = given.core.mapping.inputs.mvm
    scaled.min, scaled.max = -inputs, inputs
    given.xbar.dac.mvm.model, given.xbar.dac.mvm.bits = "SignMagnitudeDAC", INPUT_BITS
    given.xbar.adc.mvm.model, given.xbar.adc.mvm.bits = "SignMagnitudeADC", OUTPUT_BITS
    given.xbar.adc.mvm.calibrated_range = [-outputs, outputs]
    return given


def program(work: Work) -> list[Figure]:
    given, matrix = parameters(), work.weights.T.copy()
    core = AnalogCore(matrix, given)
    off = {WEIGHTS_OFF: float(np.sqrt(np.square(core.get_matrix() - matrix).mean()))}
    made, drawn = repeated(work, lambda: AnalogCore(matrix, given)), repeated(work, lambda: core.set_matrix(matrix))
    return [
        Figure("program", "core made, one draw", 1, *made, PROGRAM, off),
        Figure("program", "one draw", 1, *drawn, PROGRAM, off),
    ]


def repeated(work: Work, once: Callable[[], object], times: int = 20) -> tuple[float, float]:
    """Milliseconds of something too short for one measurement."""

    def often(nothing: None) -> None:
        for _ in range(times):
            once()

    processor, clock = least(work.repeats, lambda: None, often)
    return processor / times, clock / times


def multiply(work: Work, given: CrossSimParameters, figure: Figure) -> Figure:
    """Complete a figure by the times and the error of the multiplies."""
    core, inputs = AnalogCore(work.weights.T.copy(), given), work.inputs.T.copy()

    def products(nothing: None) -> None:
        for _ in range(work.multiplies):
            core @ inputs

    processor, clock = least(work.repeats, lambda: None, products)
    exact = core.get_matrix() @ inputs
    off = 100 * float(np.sqrt(np.square(core @ inputs - exact).mean() / np.square(exact).mean()))
    return replace(figure, processor_ms=processor, clock_ms=clock, found={OFF: off})


def updates(work: Work) -> Figure:
    features, labels = torch.from_numpy(work.features), torch.from_numpy(work.labels)
    given = with_converters(with_read_noise(parameters()), INPUT_FULL_SCALE, INPUT_FULL_SCALE * OUTPUTS_FULL_SCALE)

    def layers() -> nn.Sequential:
        return nn.Sequential(*(made(matrix, given) for matrix in (work.first, work.second)))

    processor, clock = least(work.repeats, layers, lambda network: learn(work, network, features, labels))
    network = layers()
    learn(work, network, features, labels)
    right = right_share(forward(network, features).detach().numpy(), work.labels)
    return Figure("updates", "torch layers", 1, processor, clock, UPDATES, {RIGHT: right})


def made(matrix: np.ndarray, given: CrossSimParameters) -> AnalogLinear:
    """Build a layer whose bias is a row of the array, as on the chip."""
    weights = torch.from_numpy(matrix)
    layer = nn.Linear(len(matrix) - 1, matrix.shape[1])
    layer.weight, layer.bias = nn.Parameter(weights[:-1].T.contiguous()), nn.Parameter(weights[-1].clone())
    analog = AnalogLinear.from_torch(layer, given, bias_rows=1)
    analog.synchronize()
    return analog


def forward(network: nn.Sequential, features: torch.Tensor) -> torch.Tensor:
    return network[1](torch.relu(network[0](features)))  # type: ignore[no-any-return]


def learn(work: Work, network: nn.Sequential, features: torch.Tensor, labels: torch.Tensor) -> None:
    descent = torch.optim.SGD(network.parameters(), lr=float(work.rates[0]))
    for _ in work.rates:
        descent.zero_grad()
        nn.functional.cross_entropy(forward(network, features), labels).backward()
        descent.step()
        for layer in network:
            layer.synchronize()


if __name__ == "__main__":
    answer(("crosssim", "torch", "numpy"), measure)
