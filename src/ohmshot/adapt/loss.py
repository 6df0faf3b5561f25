"""Whether chips end below their exact weights after learning, what takes the accuracy, and what would help."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Literal

import torch
from pydantic import Field
from torch import Tensor

from ohmshot.adapt.clipped import clipped_by_layer
from ohmshot.bundle import head as heads
from ohmshot.chip.row_voltages import row_voltages
from ohmshot.foundation.records import Record
from ohmshot.foundation.statistics import Interval, Share, difference_of_shares, half_interval
from ohmshot.host.learner import Learner

LARGE_POINTS = 3.0
"""From this loss on it is told of. Levels, noise and lines of a chip that works cost 0.2 to 2 points (README; 2 in
20-way 1-shot tasks), so 3 are not what a working chip costs (our choice)."""
MANY_TASKS = 10
"""From so many tasks on the interval is over tasks; the scatter of fewer is too uncertain itself (our choice)."""
CLIPPED_CONVERSIONS = 0.05
SIGNAL_KEPT = 0.8
CLIPPED_INPUTS = 0.05
"""Beyond these shares a sign is taken for a cause (our choice): on a chip with the default circuit no conversion is
clipped, and 0.93 of the signal or more arrives."""

Cause = Literal["converters", "lines", "inputs", "cells", "noise"]
HELP: dict[Cause, str] = {
    "converters": "converters with a wider range (output_range_ua), or an array of fewer rows",
    "lines": "a lower line resistance (line_resistance_ohm), or arrays of fewer rows and columns, more of them",
    "inputs": "features of a smaller scale, or a bundle whose scales were chosen for such data",
    "cells": "another --strategy (closed-loop verifies every write), --test-cells where cells are stuck, or more "
    "copies of each weight",
    "noise": "converters with more bits, cells with less read noise, or more copies of each weight",
}


@dataclass(frozen=True)
class Signs:
    """What tells the causes of a loss apart; the first dimension is the chip.

    Attributes:
        accuracy_of_cells: accuracy of the conductances that the cells have, multiplied in exact arithmetic, [n].
        signal: slope of the chip's logits over those of its cells in exact arithmetic, [n]; 1 where nothing is lost.
        clipped_conversions: share of the column currents beyond the range of the converters, [n].
        clipped_inputs: share of the inputs beyond the input scale of their layer, [n].
    """

    accuracy_of_cells: Tensor
    signal: Tensor
    clipped_conversions: Tensor
    clipped_inputs: Tensor

    @classmethod
    def cat(cls, parts: Iterable["Signs"]) -> "Signs":
        """Put signs together in their order."""
        parts = list(parts)
        return cls(*(torch.cat([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @property
    def columns(self) -> dict[str, Tensor]:
        """The signs as columns of a table, [n] each."""
        return {column: factor * getattr(self, name) for name, (column, factor) in SIGN_COLUMNS.items()}

    @classmethod
    def of_columns(cls, column: Callable[[str], Tensor]) -> "Signs":
        """Signs of a table, given the function that returns a column of it, [n]."""
        return cls(**{name: column(theirs) / factor for name, (theirs, factor) in SIGN_COLUMNS.items()})


SIGN_COLUMNS: dict[str, tuple[str, float]] = {
    "accuracy_of_cells": ("accuracy_of_cells_percent", 100.0),
    "signal": ("signal_share", 1.0),
    "clipped_conversions": ("clipped_conversions_share", 1.0),
    "clipped_inputs": ("clipped_inputs_share", 1.0),
}
"""Column of a table, and its unit over ours, by the name of a sign."""


class LossToExactWeights(Record):
    """How far chips end below the same updates with exact weights; in points, hundredths of the accuracy."""

    points: float
    """Accuracy with exact weights less that on the chip, after the last update."""
    interval95_points: tuple[float, float]
    """Over tasks, pair by pair, for 10 or more of them; of the difference of two shares for fewer."""
    large: bool
    """Whether it is at least 3 points and more than chance."""
    causes: tuple[Cause, ...] = ()
    """What takes the accuracy, where the loss is large."""
    accuracy_of_cells: Share
    """Accuracy of what the cells hold, in exact arithmetic: what is lost below it is lost in reading."""
    signal: float
    """Slope of the chip's logits over those of its cells in exact arithmetic."""
    clipped_conversions: Share
    clipped_inputs: Share
    help: tuple[str, ...] = Field(default=())
    """What would help, one entry a cause."""

    @property
    def words(self) -> str:
        """The loss in one sentence or two; empty where it is not large."""
        if not self.large:
            return ""
        low, high = self.interval95_points
        found = {
            "converters": f"{100 * self.clipped_conversions:.0f} % of the column currents are beyond the converters",
            "lines": f"{100 * self.signal:.0f} % of the signal arrives through the lines",
            "inputs": f"{100 * self.clipped_inputs:.0f} % of the inputs are beyond the input range",
            "cells": f"what the cells hold would be right in {100 * self.accuracy_of_cells:.1f} %",
            "noise": f"the cells hold enough for {100 * self.accuracy_of_cells:.1f} %, but noise and rounding of the "
            "multiplies hide it",
        }
        return (
            f"The chip ends {self.points:.1f} points below its exact weights (95 %: {low:.1f} to {high:.1f}): "
            f"{'; '.join(found[cause] for cause in self.causes)}. What would help: {'; '.join(self.help)}."
        )


def loss_to_exact_weights(chip: Tensor, exact: Tensor, answers: int, signs: Signs) -> LossToExactWeights:
    """Hold accuracies on chips against those with exact weights, and say what takes what is lost.

    Many tasks are compared pair by pair: mean of the differences with its 95 % interval (normal approximation). Of a
    few, the right answers of all together are compared as two shares (`difference_of_shares`), which claims less, as
    the same queries are answered twice.

    Args:
        chip: accuracy after the last update as shares, [tasks].
        exact: the same with exact weights, [tasks].
        answers: queries of one task.
        signs: of the same chips.
    """
    lost = (exact - chip).double()
    middle = float(lost.mean())
    if len(lost) >= MANY_TASKS:
        half = half_interval(lost)
        interval = Interval(middle, middle - half, middle + half)
    else:
        right, right_on_chip = (round(answers * float(each.double().sum())) for each in (exact, chip))
        interval = difference_of_shares(right, right_on_chip, answers * len(lost))
    large = 100 * middle >= LARGE_POINTS and interval.low > 0
    means = {name: float(getattr(signs, name).double().mean()) for name in SIGN_COLUMNS}
    causes = _causes(float(exact.double().mean()), middle, **means) if large else ()
    return LossToExactWeights(
        points=100 * middle,
        interval95_points=(100 * interval.low, 100 * interval.high),
        large=large,
        causes=causes,
        help=tuple(HELP[cause] for cause in causes),
        **means,
    )


def _causes(
    exact: float,
    lost: float,
    accuracy_of_cells: float,
    signal: float,
    clipped_conversions: float,
    clipped_inputs: float,
) -> tuple[Cause, ...]:
    """The periphery first: where it spoils the activations, the updates that they lead to are wrong as well."""
    found: list[Cause] = []
    if clipped_conversions > CLIPPED_CONVERSIONS:
        found.append("converters")
    elif signal < SIGNAL_KEPT:  # converters that saturate lower it too
        found.append("lines")
    if clipped_inputs > CLIPPED_INPUTS:
        found.append("inputs")
    if found:
        return tuple(found)
    return ("cells",) if exact - accuracy_of_cells > lost / 2 else ("noise",)


def signs_of(learner: Learner, conductances: Tensor, features: Tensor, labels: Tensor, logits: Tensor) -> Signs:
    """Look for what takes accuracy on chips after their last update; nothing is asked of the chips.

    Args:
        learner: with the chips.
        conductances: of all cells, uS [chips, rows, columns].
        features: of the queries, [chips, queries, features].
        labels: int64 [queries].
        logits: what the chips answered, up to a number a query, [chips, queries, ways].
    """
    array, sheet = learner.array, learner.crossbar.datasheet
    exact = heads.forward(array.weights(conductances.flatten(1)), learner.standard(features))
    asked, found = (each - each.mean(-1, keepdim=True) for each in (exact.logits, logits))
    inputs_seen, conversions, clipped = 0, 0, torch.zeros(())
    range_ua = math.inf if sheet.output_range_ua is None else sheet.output_range_ua
    for layer, (values, scale) in enumerate(zip(exact.inputs, array.input_scales, strict=True)):
        blocks, rows = array.placement.blocks_of_layer[layer], array.placement.plus[layer].shape[0]
        volts = row_voltages(values, rows, scale, sheet.read_voltage)
        clipped = clipped + clipped_by_layer(values, scale, volts, conductances, blocks.numbers, range_ua)
        inputs_seen += values[0].numel()
        conversions += 2 * values.shape[1] * int(blocks.numbers[:, -1].sum())
    return Signs(
        accuracy_of_cells=(exact.logits.argmax(-1) == labels).double().mean(-1),
        signal=((asked * found).sum((1, 2)) / asked.square().sum((1, 2)).clamp(min=1e-12)).double(),
        clipped_conversions=clipped[1] / conversions,
        clipped_inputs=clipped[0] / inputs_seen,
    )
