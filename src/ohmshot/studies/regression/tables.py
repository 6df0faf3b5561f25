"""Tables of the regression study."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl
import torch
from torch import Tensor

from ohmshot.adapt.regression import RegressionAdaptations
from ohmshot.data.regression import ARMS, RegressionFamily, RegressionTasks, end_points
from ohmshot.foundation.statistics import mean_and_half

RIDGE, RIDGE_AROUND = "least squares, same features", "least squares around the learned start, same features"
MAML = "MAML"
SHOWN = 4
"""Tasks of each row whose single predictions are in a table."""
LOOKS = ("before", *(f"update {number}" for number in range(1, 6)), "baked")
STARTS_COLUMNS = (
    *("task", "start", "look", "chip_mse", "ci95_mse", "software_mse", "software_ci95_mse"),
    *("chip_less_software_mse", "chip_less_software_ci95_mse", "maml_less_this_mse", "maml_less_this_ci95_mse"),
    *("end_point_cm", "end_point_ci95_cm", "cells_written", "updates_uj", "updates_ci95_uj"),
)
RIVALS_COLUMNS = (
    *("task", "features", "rival", "rival_mse", "rival_ci95_mse"),
    *("chip_less_rival_mse", "chip_less_rival_ci95_mse", "end_point_cm", "end_point_ci95_cm"),
)


@dataclass(frozen=True)
class Found:
    """What was measured of one row of tasks from one start.

    Attributes:
        task: name of the row.
        family: of the tasks.
        start: name of the initialisation.
        tasks: the tasks.
        made: on the chips.
        software: predictions with exact weights, [tasks, updates + 1, queries, outputs].
        rivals: predictions of what needs no update, by name, [tasks, queries, outputs].
    """

    task: str
    family: RegressionFamily
    start: str
    tasks: RegressionTasks
    made: RegressionAdaptations
    software: Tensor
    rivals: dict[str, Tensor]

    def looks(self) -> Iterator[tuple[str, Tensor, Tensor]]:
        """Name of a look, predictions on the chip and with exact weights; those after the bake beside the last."""
        chip = [*self.made.predictions.unbind(1), self.made.baked]
        exact = [*self.software.unbind(1), self.software[:, -1]]
        return zip(LOOKS, chip, exact, strict=True)

    def squared(self, predictions: Tensor) -> Tensor:
        """Mean squared error of each task over queries and outputs, [tasks]."""
        return (predictions - self.tasks.query_targets).square().double().mean((-2, -1))

    def end_point_cm(self, predictions: Tensor) -> Tensor | None:
        """Mean distance from where an arm with these angles ends to where it should, [tasks]; None without an arm."""
        if self.family is not ARMS:
            return None
        reached = end_points(predictions, self.tasks.parameters[:, None])
        away: Tensor = torch.linalg.vector_norm(reached - self.tasks.query, dim=-1)
        return away.double().mean(-1)


def starts_table(found: Sequence[Found]) -> pl.DataFrame:
    """One row a task, start and look: on the chip, with exact weights, and MAML's start less this one, paired."""
    learned = {each.task: each for each in found if each.start == MAML}
    rows = []
    for each in found:
        joules = 1e6 * each.made.spent.joules
        for (look, chip, exact), (_, best, _) in zip(each.looks(), learned[each.task].looks(), strict=True):
            errors, exact_errors, of_maml = each.squared(chip), each.squared(exact), each.squared(best)
            rows.append(
                (
                    *(each.task, each.start, look),
                    *mean_and_half(errors),
                    *mean_and_half(exact_errors),
                    *mean_and_half(errors - exact_errors),
                    *((None, None) if each.start == MAML else mean_and_half(of_maml - errors)),
                    *_centimetres(each.end_point_cm(chip)),
                    float(each.made.cells_written.double().mean()),
                    *mean_and_half(joules),
                )
            )
    return pl.DataFrame(rows, STARTS_COLUMNS, orient="row", infer_schema_length=None)


def rivals_table(found: Sequence[Found]) -> pl.DataFrame:
    """One row a task, features and rival, beside five updates on the chip from MAML's start, paired."""
    learned = {each.task: each.squared(each.made.predictions[:, -1]) for each in found if each.start == MAML}
    rows = []
    for each in found:
        for name, predictions in each.rivals.items():
            errors = each.squared(predictions)
            rows.append(
                (
                    *(each.task, each.start, name),
                    *mean_and_half(errors),
                    *mean_and_half(learned[each.task] - errors),
                    *_centimetres(each.end_point_cm(predictions)),
                )
            )
    return pl.DataFrame(rows, RIVALS_COLUMNS, orient="row", infer_schema_length=None)


def shown_table(found: Sequence[Found]) -> pl.DataFrame:
    """Single predictions of the first sine waves from MAML's start, and their examples; queries by rising input."""
    columns = ("task", "number", "example", "input", "target", *LOOKS)
    rows = []
    for each in found:
        if each.start != MAML or each.family is ARMS:
            continue
        looks = [chip for _, chip, _ in each.looks()]
        for number in range(min(SHOWN, len(each.tasks))):
            tasks = each.tasks
            for x, y in zip(tasks.support[number, :, 0], tasks.support_targets[number, :, 0], strict=True):
                rows.append((each.task, number, True, float(x), float(y), *[None] * len(LOOKS)))
            for query in tasks.query[number, :, 0].argsort().tolist():
                asked, answer = tasks.query[number, query, 0], tasks.query_targets[number, query, 0]
                predictions = [float(chip[number, query, 0]) for chip in looks]
                rows.append((each.task, number, False, float(asked), float(answer), *predictions))
    return pl.DataFrame(rows, columns, orient="row", infer_schema_length=None)


def _centimetres(distances: Tensor | None) -> tuple[float | None, float | None]:
    return (None, None) if distances is None else mean_and_half(distances)
