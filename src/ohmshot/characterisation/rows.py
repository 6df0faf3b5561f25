"""Fitted rows of a parameter set, and the fit of an experiment."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

import polars as pl
import torch
from torch import Tensor

from ohmshot.characterisation.likelihood import Maximum


@dataclass(frozen=True)
class FittedRow:
    """One row of the parameter set.

    Attributes:
        value: one number, or a list.
        note: method, in words.
        interval: 95 % interval, (low, high) a number; None where the value was chosen by the person who measured
            (the voltages applied) or follows from other rows.
        status: "measured", or "derived" from measured rows.
    """

    value: float | tuple[float, ...]
    note: str
    interval: tuple[tuple[float, float], ...] | None = None
    status: Literal["measured", "derived"] = "measured"

    @property
    def numbers(self) -> tuple[float, ...]:
        """The value as a list."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


@dataclass(frozen=True)
class ExperimentFit:
    """Fit of one experiment.

    Attributes:
        experiment: name of the experiment.
        rows: rows of the parameter set by name.
        devices: number of devices.
        readings: rows of the table that were used.
        points: the readings with their residual, standard normal if the model holds, for pictures.
        conditions: conditions of the measurement, for the parameter set.
        warnings: what a person must know of it: readings left out and why, doubts.
        refused: rows that this fit cannot give, with the reason in words that go on after the row's name.
        misfit: how far the law is from the readings, in its standard deviations (`ohmshot.characterisation.judgement`);
            nan before it has been judged, or where no group of readings is large enough.
    """

    experiment: str
    rows: dict[str, FittedRow]
    devices: int
    readings: int
    points: pl.DataFrame
    conditions: str
    warnings: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    misfit: float = math.nan


def fitted(
    maximum: Maximum, function: Callable[[Tensor], Tensor], back: Callable[[Tensor], Tensor], note: str
) -> FittedRow:
    """A row of one number, or of several, with their intervals.

    Args:
        maximum: maximum of the fit.
        function: function from unknowns [p] to a number [] or numbers [k] on a scale with symmetric errors.
        back: rising function from that scale to the row's own.
        note: method, in words.
    """
    single = function(maximum.unknowns).dim() == 0
    value, low, high = (back(each).tolist() for each in maximum.interval(lambda u: function(u).reshape(-1)))
    return FittedRow(value[0] if single else tuple(value), note, tuple(zip(low, high, strict=True)))


def unchanged(values: Tensor) -> Tensor:
    """The scale of numbers of any sign and shape: their own."""
    return values


def temperature_of(rows: pl.DataFrame) -> str:
    """The temperatures at which rows were measured, for the conditions of a parameter set."""
    known = sorted(rows["temperature_celsius"].drop_nulls().unique().to_list())
    return ", ".join(f"{celsius:g} C" for celsius in known) or "temperature not recorded"


ALIKE_TIME = pl.col("time_s").round_sig_figs(2)
"""Times that count as one look: a tester reads cells one after another, thousands of them over minutes."""


def column(rows: pl.DataFrame, name: str) -> Tensor:
    """A column as float64 [n]."""
    return torch.from_numpy(rows[name].to_numpy().copy()).double()


def device_numbers(rows: pl.DataFrame) -> tuple[Tensor, int]:
    """Devices of the rows as numbers from 0, int64 [n], and how many there are."""
    ranks = rows["device"].rank("dense").to_numpy().astype("int64") - 1
    return torch.from_numpy(ranks), int(rows["device"].n_unique())
