"""What learning costs a chip in writes: from the learned initialisation, and from random weights."""

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.adapted import Tasks, right_share
from ohmshot.bundle.bundle import Bundle
from ohmshot.data.episodes import Episodes
from ohmshot.foundation.randomness import generator
from ohmshot.foundation.statistics import half_interval
from ohmshot.host.learner import Learner

SCRATCH_RATE = 0.3
"""Learning rate of both layers from random weights: among the fastest of 0.03 to 3 on invented alphabets."""
SCRATCH_FULL_SCALE = (1.5, 1.5)
"""What the widest difference stands for when weights start at random; the largest weights of the same trials."""


@dataclass(frozen=True)
class Curve:
    """Learning update by update; all tensors [updates + 1, episodes], costs counted from the first update on.

    Attributes:
        start: what learning starts from.
        accuracy: share of right answers.
        cell_writes: cells written so far, every time counted.
        pulses: so far.
        mean_cycles: SET/RESET cycles so far, mean of all cells.
        most_cycles: of the most worn cell.
    """

    start: str
    accuracy: Tensor
    cell_writes: Tensor
    pulses: Tensor
    mean_cycles: Tensor
    most_cycles: Tensor

    def first_as_good_as(self, goal: float) -> int | None:
        """First update after which the mean accuracy is at least this, or None."""
        good = torch.nonzero(self.accuracy.mean(1) >= goal)
        return int(good[0]) if len(good) else None


def learning_curve(start: str, learner: Learner, tasks: Tasks, episodes: Episodes) -> Curve:
    """Write the initialisation, then make all updates of the learner's bundle on one episode a chip."""
    support, query = episodes.support(tasks.features), episodes.query(tasks.features)
    learner.initialise()
    crossbar = learner.crossbar
    begun, worn = crossbar.meter(), crossbar.wear().flatten(1)
    written = torch.zeros(crossbar.chips)
    points = []
    for update in range(len(learner.bundle.header.rates) + 1):
        if update:
            written = written + learner.update(support, episodes.support_labels, update - 1)
        cycles = (crossbar.wear().flatten(1) - worn).double()
        right = right_share(learner, query, episodes.query_labels)
        pulses = (crossbar.meter() - begun).pulses.double()
        points.append((right, written.double(), pulses, cycles.mean(1), cycles.amax(1)))
    return Curve(start, *(torch.stack(column) for column in zip(*points, strict=True)))


def scratch_bundle(bundle: Bundle, updates: int, seed: int) -> Bundle:
    """The same network with random weights in the head (He's variance), and one rate for all updates."""
    random = generator(seed, "endurance", "scratch")
    first, second = (
        torch.randn(weights.shape, generator=random) * math.sqrt(2 / len(weights)) for weights in bundle.head
    )
    first[-1] = second[-1] = 0.0  # the biases
    mapping = bundle.header.mapping.model_copy(update={"weight_full_scale": SCRATCH_FULL_SCALE})
    rates = ((SCRATCH_RATE, SCRATCH_RATE),) * updates
    header = bundle.header.model_copy(update={"rates": rates, "mapping": mapping})
    return dataclasses.replace(bundle, header=header, head=(first, second))


def curve_table(curves: Sequence[Curve]) -> pl.DataFrame:
    """Accuracy and costs against updates."""
    rows = [
        (
            curve.start,
            update,
            100 * float(curve.accuracy[update].mean()),
            100 * half_interval(curve.accuracy[update]),
            float(curve.cell_writes[update].mean()),
            float(curve.pulses[update].mean()),
            float(curve.mean_cycles[update].mean()),
            float(curve.most_cycles[update].mean()),
        )
        for curve in curves
        for update in range(len(curve.accuracy))
    ]
    columns = ["start", "update", "accuracy_pct", "ci95_pct", "cell_writes", "pulses", "mean_cycles", "most_cycles"]
    return pl.DataFrame(rows, columns, orient="row")


_WRITES = {
    "way": pl.String,
    "counted": pl.String,
    "updates": pl.Int64,
    "as_accurate": pl.Boolean,
    "accuracy_pct": pl.Float64,
    "cell_writes": pl.Float64,
    "pulses": pl.Float64,
    "mean_cycles": pl.Float64,
    "most_cycles": pl.Float64,
}


def writes_table(ours: Curve, scratch: Curve, bundle: Bundle) -> pl.DataFrame:
    """Costs of the same accuracy in both ways, measured; and of writing every weight at every update, counted."""
    goal = float(ours.accuracy[-1].mean())
    reached = scratch.first_as_good_as(goal)
    update = len(scratch.accuracy) - 1 if reached is None else reached
    rows = [_measured(ours, len(ours.accuracy) - 1, True), _measured(scratch, update, reached is not None)]
    head_cells = 2 * sum(weights.numel() for weights in bundle.head)
    rows.append(_counted("random weights, every weight at every update", update, head_cells))
    steps = bundle.header.provenance.settings.get("warm_up_iterations")
    if isinstance(steps, int):
        weights = sum(each.numel() for layer in bundle.convolutions for each in layer)
        rows.append(_counted("all layers, every weight at every training step", steps, 2 * weights + head_cells))
    return pl.DataFrame(rows, _WRITES, orient="row")


def _measured(curve: Curve, update: int, as_accurate: bool) -> dict[str, str | int | bool | float]:
    means = (curve.cell_writes, curve.pulses, curve.mean_cycles, curve.most_cycles)
    accuracy = 100 * float(curve.accuracy[update].mean())
    costs = [float(values[update].mean()) for values in means]
    return dict(zip(_WRITES, (curve.start, "on chips", update, as_accurate, accuracy, *costs), strict=True))


def _counted(way: str, updates: int, cells: int) -> dict[str, str | int | bool | float]:
    return {"way": way, "counted": "by hand", "updates": updates, "cell_writes": float(cells * updates)}
