"""The work that `layers.py` gives to every side: linear layers, inputs and targets. Needs NumPy only."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from peer_work import Figure, Floats, Prepared, Saved, least

FORWARD, STEP = "forward", "training step"
LEFT = "% of the loss left"
SECONDS = 0.05
"""What one measurement takes at least, by calling a short work again."""


@dataclass(frozen=True)
class LayerWork(Saved):
    """What is to be done.

    Attributes:
        shapes: inputs and outputs of every layer, int64 [layers, 2].
        batches: inputs at once, int64 [n].
        counts: int64 [2]: training steps from fresh weights, repeats of every measurement.
    """

    shapes: np.ndarray[tuple[int, int], np.dtype[np.int64]]
    batches: np.ndarray[tuple[int], np.dtype[np.int64]]
    counts: np.ndarray[tuple[int], np.dtype[np.int64]]

    @property
    def steps(self) -> int:
        return int(self.counts[0])

    @property
    def repeats(self) -> int:
        return int(self.counts[1])

    def tasks(self) -> "list[Task]":
        """Every layer with every batch."""
        batches = self.batches.tolist()
        return [Task.drawn(inputs, outputs, batch) for inputs, outputs in self.shapes.tolist() for batch in batches]


@dataclass(frozen=True)
class Task:
    """One layer and one batch for it.

    Attributes:
        weights: at the start, in -0.5 to 0.5, [inputs, outputs].
        inputs: in -1 to 1, [batch, inputs].
        wanted: outputs of other weights, which training is to find, [batch, outputs].
    """

    weights: Floats
    inputs: Floats
    wanted: Floats

    @classmethod
    def drawn(cls, inputs: int, outputs: int, batch: int) -> "Task":
        """Draw a task; the same numbers on every side."""
        random = np.random.default_rng((inputs, outputs, batch))
        weights, x = random.uniform(-0.5, 0.5, (inputs, outputs)), random.uniform(-1, 1, (batch, inputs))
        goal = weights + random.normal(0, 0.2, weights.shape)
        return cls(weights.astype(np.float32), x.astype(np.float32), (x @ goal).astype(np.float32))

    @property
    def rate(self) -> float:
        """Learning rate, for the mean square error: a third of the largest at which exact descent is stable.

        The largest eigenvalue of the inputs' second moments is about ``(1 + sqrt(inputs / batch))^2 / 3`` (Marchenko
        and Pastur), and that of the loss is twice it over the number of outputs.
        """
        batch, inputs = self.inputs.shape
        return self.wanted.shape[1] / (1 + math.sqrt(inputs / batch)) ** 2

    def case(self, what: str) -> str:
        """Name of a case: what is done, size and batch."""
        inputs, outputs = self.weights.shape
        return f"{what}, {inputs} x {outputs}, batch {len(self.inputs)}"


def timed_forward(work: LayerWork, figure: Figure, forward: Callable[[], object]) -> Figure:
    """Complete a figure by the time of one call, warmed up, in milliseconds."""
    forward()
    started = time.perf_counter()
    forward()
    calls = max(1, math.ceil(SECONDS / (time.perf_counter() - started)))

    def often(nothing: None) -> None:
        for _ in range(calls):
            forward()

    processor, clock = least(work.repeats, lambda: None, often)
    return replace(figure, processor_ms=processor / calls, clock_ms=clock / calls)


def timed_steps(
    work: LayerWork, figure: Figure, fresh: Callable[[], Prepared], step: Callable[[Prepared], object]
) -> Figure:
    """Complete a figure by the time of one training step, the mean over the first of a fresh layer."""
    step(fresh())

    def train(layer: Prepared) -> None:
        for _ in range(work.steps):
            step(layer)

    processor, clock = least(work.repeats, fresh, train)
    return replace(figure, processor_ms=processor / work.steps, clock_ms=clock / work.steps)


def off(found: Floats, exact: Floats) -> float:
    """Percentage that results lie off, root mean square over root mean square."""
    return 100 * math.sqrt(float(np.square(found - exact).mean() / np.square(exact).mean()))


def left(found: Floats, task: Task) -> float:
    """Percentage of the mean square error that training has left, from outputs afterwards."""
    before = np.square(task.inputs @ task.weights - task.wanted).mean()
    return 100 * float(np.square(found - task.wanted).mean() / before)
