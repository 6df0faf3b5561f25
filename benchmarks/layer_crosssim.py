"""CrossSim's side of `layers.py`: its PyTorch layer with read noise, errors drawn anew after each step."""

import torch
from layer_work import FORWARD, LEFT, STEP, LayerWork, Task, left, off, timed_forward, timed_steps
from peer_crosssim import READ, parameters, with_converters, with_read_noise
from peer_work import OFF, Figure, answer
from simulator.algorithms.dnn.torch.linear import AnalogLinear  # type: ignore[import-not-found]
from torch import nn

WAY = "torch layer"
WRITES = "one draw of errors of all devices; no pulse, no read"

Layer = tuple[AnalogLinear, torch.optim.Optimizer]


def measure(work: LayerWork) -> list[Figure]:
    torch.set_num_threads(1)
    return [figure for task in work.tasks() for figure in (forward(work, task), steps(work, task))]


def layer_for(task: Task) -> Layer:
    """Return a layer with the weights of a task, and an optimiser; outputs up to a quarter of the largest thinkable."""
    inputs, outputs = task.weights.shape
    linear = nn.Linear(inputs, outputs, bias=False)
    linear.weight.data = torch.from_numpy(task.weights).T.contiguous()
    layer = AnalogLinear.from_torch(linear, with_converters(with_read_noise(parameters()), 1.0, inputs / 4))
    layer.synchronize()
    return layer, torch.optim.SGD(layer.parameters(), lr=task.rate)


def forward(work: LayerWork, task: Task) -> Figure:
    layer, inputs = layer_for(task)[0].eval(), torch.from_numpy(task.inputs)
    with torch.no_grad():
        exact = inputs @ layer.get_matrix().to(torch.float32).T
        found = {OFF: off(layer(inputs).numpy(), exact.numpy())}
        return timed_forward(work, Figure(task.case(FORWARD), WAY, 1, 0, 0, READ, found), lambda: layer(inputs))


def steps(work: LayerWork, task: Task) -> Figure:
    inputs, wanted = torch.from_numpy(task.inputs), torch.from_numpy(task.wanted)

    def step(made: Layer) -> None:
        layer, descent = made
        descent.zero_grad()
        nn.functional.mse_loss(layer(inputs), wanted).backward()
        descent.step()
        layer.synchronize()

    made = layer_for(task)
    for _ in range(work.steps):
        step(made)
    with torch.no_grad():
        found = {LEFT: left(made[0](inputs).numpy(), task)}
    return timed_steps(
        work, Figure(task.case(STEP), WAY, 1, 0, 0, f"{READ}; {WRITES}", found), lambda: layer_for(task), step
    )


if __name__ == "__main__":
    answer(("crosssim", "torch", "numpy"), measure, LayerWork)
