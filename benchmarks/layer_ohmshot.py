"""ohmshot's side of `layers.py`: `CrossbarLinear`, on one array as large as it and on arrays of 32 x 64 cells."""

from collections.abc import Callable

import torch
from layer_work import FORWARD, LEFT, STEP, LayerWork, Task, left, off, timed_forward, timed_steps
from peer_ohmshot import PARAMETERS, SEED
from peer_work import INPUT_BITS, OFF, OUTPUT_BITS, PULSES, READ_NOISE, WRITTEN, Figure, answer
from torch import nn

from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.placement import arrays_needed
from ohmshot.nn.crossbar_linear import CrossbarLinear

ONE_ARRAY, ARRAYS = "one array", "arrays of 32 x 64"
RANGE_UA_A_ROW = 2.0
"""Range of the column converters of one large array: that of the small ones a row."""

MULTIPLY = f"both cells of every pair, converters, {READ_NOISE:.0%} read noise of every cell, energy"
LINES = f"{MULTIPLY}, lines; every array's columns converted, then added"
WRITES = "every SET, RESET and verifying read of the cells whose level moves, wear"

Layer = tuple[CrossbarLinear, torch.optim.Optimizer]


def measure(work: LayerWork) -> list[Figure]:
    torch.set_num_threads(1)
    ways: tuple[tuple[str, str, Callable[[int, int], Circuit]], ...] = (
        (ONE_ARRAY, MULTIPLY, one_array),
        (ARRAYS, LINES, arrays),
    )
    return [
        figure
        for task in work.tasks()
        for way, simulated, circuit in ways
        for figure in (forward(work, task, way, simulated, circuit), steps(work, task, way, simulated, circuit))
    ]


def one_array(inputs: int, outputs: int) -> Circuit:
    """One array that holds the layer; its lines have no resistance, or 512 cells in a row would eat the signal."""
    return Circuit(inputs, 2 * outputs, INPUT_BITS, OUTPUT_BITS, RANGE_UA_A_ROW * inputs, line_resistance_ohm=0.0)


def arrays(inputs: int, outputs: int) -> Circuit:
    """As many arrays of the 2-kbit chip as the layer takes."""
    return Circuit().arrays(arrays_needed([(inputs, outputs)], Circuit().pairs))


def layer_for(task: Task, circuit: Callable[[int, int], Circuit]) -> Layer:
    """Return a layer with the weights of a task on its cells, and an optimiser."""
    inputs, outputs = task.weights.shape
    linear = nn.Linear(inputs, outputs, bias=False)
    linear.weight.data = torch.from_numpy(task.weights).T.contiguous()
    chip = SimulatedCrossbar(PARAMETERS, circuit(inputs, outputs), SEED, range(1))
    layer = CrossbarLinear.from_linear(linear, chip, weight_full_scale=1.0, input_full_scale=1.0)
    return layer, torch.optim.SGD(layer.parameters(), lr=task.rate)


def forward(work: LayerWork, task: Task, way: str, simulated: str, circuit: Callable[[int, int], Circuit]) -> Figure:
    layer, inputs = layer_for(task, circuit)[0].eval(), torch.from_numpy(task.inputs)
    with torch.no_grad():
        exact = inputs @ layer.placed.array.weights(layer.chips.true_conductances().flatten(1))[0][0]
        found = {OFF: off(layer(inputs).numpy(), exact.numpy())}
        return timed_forward(work, Figure(task.case(FORWARD), way, 1, 0, 0, simulated, found), lambda: layer(inputs))


def steps(work: LayerWork, task: Task, way: str, simulated: str, circuit: Callable[[int, int], Circuit]) -> Figure:
    inputs, wanted = torch.from_numpy(task.inputs), torch.from_numpy(task.wanted)

    def step(made: Layer) -> int:
        layer, descent = made
        descent.zero_grad()
        nn.functional.mse_loss(layer(inputs), wanted).backward()
        descent.step()
        return int(layer.program().changed)

    made = layer_for(task, circuit)
    before = made[0].cost()
    cells = sum(step(made) for _ in range(work.steps))
    pulses = float((made[0].cost() - before).pulses.sum())
    with torch.no_grad():
        found = {
            f"{WRITTEN} a step": cells / work.steps,
            PULSES: pulses / max(cells, 1),
            LEFT: left(made[0](inputs).numpy(), task),
        }
    figure = Figure(task.case(STEP), way, 1, 0, 0, f"{simulated}; {WRITES}", found)
    return timed_steps(work, figure, lambda: layer_for(task, circuit), step)


if __name__ == "__main__":
    answer(("ohmshot", "torch", "numpy"), measure, LayerWork)
