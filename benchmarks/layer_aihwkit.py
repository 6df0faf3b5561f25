"""aihwkit's side of `layers.py`: `AnalogLinear` on an inference tile and on a pulsed one.

Both are used as in its documentation. The inference tile is trained as it is meant to be: noisy forward passes, digital
updates, nothing written. The pulsed tile holds one incremental device a weight (ReRAM-ES preset, Gong et al. 2018) and
is updated by stochastic pulse trains.
"""

import torch
from aihwkit.nn import AnalogLinear  # type: ignore[import-not-found]
from aihwkit.optim import AnalogSGD  # type: ignore[import-not-found]
from aihwkit.simulator.presets import ReRamESPreset  # type: ignore[import-not-found]
from layer_work import FORWARD, LEFT, STEP, LayerWork, Task, left, off, timed_forward, timed_steps
from peer_aihwkit import inference_config
from peer_work import OFF, READ_NOISE, Figure, answer
from torch import nn

INFERENCE, PULSED = "inference tile", "pulsed tile (ReRAM-ES)"
SIMULATED = {
    INFERENCE: f"one signed weight a pair, converters, {READ_NOISE:.0%} constant noise, drawn once an output; no lines",
    PULSED: "one device a weight, converters and output noise of the preset, drawn once an output; no lines",
}
WRITES = {
    INFERENCE: "a digital update; nothing is written",
    PULSED: "stochastic pulse trains on every weight, device and cycle spread, nothing verified; no energy",
}

Layer = tuple[AnalogLinear, AnalogSGD]


def measure(work: LayerWork) -> list[Figure]:
    torch.set_num_threads(1)
    torch.manual_seed(1)
    return [
        figure
        for task in work.tasks()
        for way in (INFERENCE, PULSED)
        for figure in (forward(work, task, way), steps(work, task, way))
    ]


def layer_for(task: Task, way: str) -> Layer:
    """Return a layer with the weights of a task, and its optimiser."""
    config = inference_config() if way == INFERENCE else ReRamESPreset()
    layer = AnalogLinear(*task.weights.shape, bias=False, rpu_config=config)
    layer.set_weights(torch.from_numpy(task.weights).T.contiguous())
    descent = AnalogSGD(layer.parameters(), lr=task.rate)
    descent.regroup_param_groups(layer)
    return layer, descent


def forward(work: LayerWork, task: Task, way: str) -> Figure:
    layer, inputs = layer_for(task, way)[0].eval(), torch.from_numpy(task.inputs)
    if way == INFERENCE:
        layer.program_analog_weights()
    with torch.no_grad():
        exact = inputs @ layer.get_weights()[0].T
        found = {OFF: off(layer(inputs).numpy(), exact.numpy())}
        figure = Figure(task.case(FORWARD), way, 1, 0, 0, SIMULATED[way], found)
        return timed_forward(work, figure, lambda: layer(inputs))


def steps(work: LayerWork, task: Task, way: str) -> Figure:
    inputs, wanted = torch.from_numpy(task.inputs), torch.from_numpy(task.wanted)

    def step(made: Layer) -> None:
        layer, descent = made
        descent.zero_grad()
        nn.functional.mse_loss(layer(inputs), wanted).backward()
        descent.step()

    made = layer_for(task, way)
    for _ in range(work.steps):
        step(made)
    with torch.no_grad():
        found = {LEFT: left(made[0](inputs).numpy(), task)}
    figure = Figure(task.case(STEP), way, 1, 0, 0, f"{SIMULATED[way]}; {WRITES[way]}", found)
    return timed_steps(work, figure, lambda: layer_for(task, way), step)


if __name__ == "__main__":
    answer(("aihwkit", "torch", "numpy"), measure, LayerWork)
