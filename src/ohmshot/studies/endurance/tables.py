"""Tables of the endurance study: what learning writes, how long cells live, and accuracy with stuck cells."""

import math
from collections.abc import Sequence

import polars as pl
import torch
from torch import Tensor

from ohmshot.bundle.bundle import Bundle
from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.statistics import mean_and_half
from ohmshot.host.placement import Placement, place
from ohmshot.studies.endurance.writes import LearningCurve
from ohmshot.study.study import StudySettings

LEARNING = (
    "start",
    "update",
    "accuracy_percent",
    "ci95_percent",
    "cell_writes",
    "pulses",
    "mean_cycles",
    "most_cycles",
)
WRITES = {
    "way": pl.String,
    "counted": pl.String,
    "updates": pl.Int64,
    "as_accurate": pl.Boolean,
    "accuracy_percent": pl.Float64,
    "cell_writes": pl.Float64,
    "pulses": pl.Float64,
    "mean_cycles": pl.Float64,
    "most_cycles": pl.Float64,
}
WEAR = ("layer", "cells", "mean_cycles_a_task", "median_cycles_a_task", "most_cycles_a_task")
FAILED_SHARES = {
    "tasks_to_first_cell": 1 / 2048,
    "tasks_to_0.1_percent_failed": 0.001,
    "tasks_to_1_percent_failed": 0.01,
    "tasks_to_5_percent_failed": 0.05,
}
"""Share of the cells that has failed, by column."""
LIFE = ("endurance_cycles", *FAILED_SHARES)
STUCK = ("stuck_share", "stuck_percent", "help", "accuracy_percent", "ci95_percent")
WORN = ("tasks_learned", *STUCK[1:])


def curve_table(curves: Sequence[LearningCurve]) -> pl.DataFrame:
    """Accuracy and costs against updates."""
    rows = [
        (
            curve.start,
            update,
            *mean_and_half(curve.accuracy[update], 100),
            *(float(costs[update].mean()) for costs in curve.costs),
        )
        for curve in curves
        for update in range(len(curve.accuracy))
    ]
    return pl.DataFrame(rows, LEARNING, orient="row")


def writes_table(ours: LearningCurve, scratch: LearningCurve, bundle: Bundle) -> pl.DataFrame:
    """Costs of equal accuracy in both ways, measured; and of writing every weight at every update, counted."""
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
    return pl.DataFrame(rows, WRITES, orient="row")


def _measured(curve: LearningCurve, update: int, as_accurate: bool) -> dict[str, str | int | bool | float]:
    accuracy = 100 * float(curve.accuracy[update].mean())
    costs = [float(values[update].mean()) for values in curve.costs]
    return dict(zip(WRITES, (curve.start, "on chips", update, as_accurate, accuracy, *costs), strict=True))


def _counted(way: str, updates: int, cells: int) -> dict[str, str | int | bool | float]:
    return {"way": way, "counted": "by hand", "updates": updates, "cell_writes": float(cells * updates)}


def placement_of(bundle: Bundle) -> Placement:
    """Placement of the weights of a bundle on one array."""
    shapes = tuple((weights.shape[0], weights.shape[1]) for weights in bundle.head)
    return place(shapes, Circuit().rows, Circuit().columns)


def wear_table(wear: Tensor, bundle: Bundle) -> pl.DataFrame:
    """Cycles that a task costs, by layer, from those of every cell, [cells]."""
    placement = placement_of(bundle)
    rows = []
    for name, layer in (("first", 0), ("second", 1)):
        here = wear[torch.cat([placement.plus[layer].flatten(), placement.minus[layer].flatten()])]
        rows.append((name, len(here), float(here.mean()), float(here.quantile(0.5)), float(here.max())))
    return pl.DataFrame(rows, WEAR, orient="row")


def life_table(wear: Tensor, settings: StudySettings) -> pl.DataFrame:
    """Tasks until a share of the cells has failed: cells fail by Weibull's law at their own pace.

    Expected share after n tasks: mean over cells of ``1 - exp(-(n w / scale)^shape)``, with the cycles ``w`` that a
    task costs each cell, [cells].
    """
    quantity = settings.parameters.quantities["endurance_cycles"]
    shape = settings.parameters.values.endurance_shape
    low, high = quantity.swept_values or (quantity.value, quantity.value)
    rows = [
        (scale, *(tasks_to_share(wear, scale, shape, share) for share in FAILED_SHARES.values()))
        for scale in sorted({float(low), float(quantity.value), float(high)})  # type: ignore[arg-type]
    ]
    return pl.DataFrame(rows, LIFE, orient="row")


def failed_share(wear: Tensor, tasks: float, scale: float, shape: float) -> float:
    """Expected share of cells that have failed after some tasks, each at its own wear a task [cells]."""
    return float(-torch.expm1(-((tasks * wear / scale) ** shape)).mean())


def tasks_to_share(wear: Tensor, scale: float, shape: float, share: float) -> float:
    """Solve `failed_share` for the number of tasks by bisection in its logarithm; wear a task is [cells]."""
    low, high = 0.0, 60.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if failed_share(wear, math.exp(middle), scale, shape) < share else (low, middle)
    return math.exp((low + high) / 2)


def accuracy_table(measured: Sequence[tuple[float, float, str, Tensor]], columns: Sequence[str]) -> pl.DataFrame:
    """Accuracy on chips with stuck or worn cells, by what helps.

    Args:
        measured: the first column, share of the cells that has failed, what helps, share of right answers [episodes].
        columns: `STUCK` or `WORN`.
    """
    rows = [(x, 100 * failed, helped, *mean_and_half(right, 100)) for x, failed, helped, right in measured]
    return pl.DataFrame(rows, columns, orient="row")
