"""Figures of open raw data that no set was fitted to, and what the set `skywater_130nm` predicts for them.

Measured with intervals by ``benchmarks/raw_figures.py`` from the archives behind RADAR (10.1109/TED.2021.3097975) and
RRAM-Relaxation-Master-Model: other cells, other pulse widths, another gate voltage, finer steps, hotter bakes. The
files themselves are not shipped.
"""

import importlib.resources
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Literal

import polars as pl
import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.foundation.records import Record
from ohmshot.studies.validation.cells import CELLS, EVERY_CELL, at_level, formed_chip, now
from ohmshot.studies.validation.comparison import Comparison

PARAMETERS = "skywater_130nm"
RADAR_RAW = "raw data behind RADAR (Levy et al., IEEE Trans. Electron Devices 2021)"
BAKES_RAW = "raw data of RRAM-Relaxation-Master-Model, technology A"
SET_RAMP_V, SET_STEP_V = 2.0, 0.01
RESET_RAMP_V, COARSE_STEP_V, FINE_STEP_V = (0.3, 2.55), 0.05, 0.01
"""Start and end of a RESET ramp, and its steps."""
WINDOW_US = 2.5


class RawFigure(Record):
    """One measured figure.

    Attributes:
        kind: what was done to the cells.
        what: the same in words.
        x: voltage, target or start of it.
        x_unit: unit of x.
        statistic: what was taken of the cells.
        unit: unit of the figure.
        value: the figure.
        low: low end of its 95 % interval, devices drawn anew.
        high: high end.
        count: cells, or pulses of cells, that it was taken of.
        file: raw file.
        celsius: of a bake.
        hours: of a bake.
    """

    kind: Literal["set", "set ramp", "ramp", "hit", "bake"]
    what: str
    x: float
    x_unit: str
    statistic: str
    unit: str
    value: float
    low: float
    high: float
    count: int
    file: str
    celsius: float | None = None
    hours: float | None = None


def raw_figures() -> list[RawFigure]:
    """Read the figures in the order of their measurement."""
    text = (importlib.resources.files("ohmshot.studies.validation") / "raw_figures.json").read_text("utf-8")
    return [RawFigure.model_validate(each) for each in json.loads(text)]


def _subject(figure: RawFigure) -> str:
    return f"{figure.what}, {figure.x:g} {figure.x_unit}: {figure.statistic}"


def predictions(parameters: CellParameters, seed: int) -> Iterator[Comparison]:
    """Each measured figure beside what the cells of a set give when the same is done to them."""
    simulate = {"set": _sets, "set ramp": _set_ramps, "ramp": _reset_ramps, "hit": _hits, "bake": _bakes}
    for _, group in groupby(raw_figures(), key=lambda each: (each.kind, each.what)):
        figures = list(group)
        found = simulate[figures[0].kind](figures, parameters, seed)
        for each, ours in zip(figures, found, strict=True):
            yield Comparison(
                _subject(each),
                "predicted",
                BAKES_RAW if each.kind == "bake" else RADAR_RAW,
                each.value,
                ours,
                each.unit,
                interval=(each.low, each.high),
            )


def _sets(figures: Sequence[RawFigure], parameters: CellParameters, seed: int) -> list[float]:
    """One SET from the reset state at each gate voltage."""
    seen = {}
    for volts in dict.fromkeys(each.x for each in figures):
        chip = formed_chip(parameters, seed)
        chip.set(EVERY_CELL, torch.full((CELLS,), volts))
        seen[volts] = now(chip)
    return [_statistic(seen[each.x], each.statistic) for each in figures]


def _set_ramps(figures: Sequence[RawFigure], parameters: CellParameters, seed: int) -> list[float]:
    """SETs of rising gate voltage without a RESET between them."""
    chip = formed_chip(parameters, seed)
    seen: dict[float, Tensor] = {}
    for volts in _steps(SET_RAMP_V, max(each.x for each in figures), SET_STEP_V):
        chip.set(EVERY_CELL, torch.full((CELLS,), volts))
        seen[volts] = now(chip)
    return [_statistic(seen[each.x], each.statistic) for each in figures]


def _reset_ramps(figures: Sequence[RawFigure], parameters: CellParameters, seed: int) -> list[float]:
    """RESETs of rising voltage from the highest level."""
    seen = dict(_ramp(parameters, seed, max(each.x for each in figures), COARSE_STEP_V))
    return [_statistic(seen[each.x], each.statistic) for each in figures]


def _hits(figures: Sequence[RawFigure], parameters: CellParameters, seed: int) -> list[float]:
    """Share of RESET ramps on which a cell comes within the window of a target at least once."""
    nearest = {each.x: torch.full((CELLS,), torch.inf, dtype=torch.float64) for each in figures}
    for _, conductance in _ramp(parameters, seed, RESET_RAMP_V[1], FINE_STEP_V):
        for target, best in nearest.items():
            nearest[target] = torch.minimum(best, (conductance - target).abs())
    return [float((nearest[each.x] <= WINDOW_US).double().mean()) for each in figures]


def _bakes(figures: Sequence[RawFigure], parameters: CellParameters, seed: int) -> list[float]:
    """Cells SET to the middle of the interval in which the measured ones began, baked."""
    first = figures[0]
    chip = at_level(parameters, first.x, seed)
    before = now(chip)
    half = 10.0
    chosen = (before - first.x).abs() <= half
    chip.wait(3600 * (first.hours or 0.0), first.celsius or 25.0)
    change = (now(chip) - before)[chosen]
    return [float(change.mean()) if each.statistic.startswith("mean") else float(change.std()) for each in figures]


def _ramp(parameters: CellParameters, seed: int, last: float, step: float) -> Iterator[tuple[float, Tensor]]:
    """A RESET ramp from the highest level: each voltage with the conductances after its pulse, [cells]."""
    chip = at_level(parameters, parameters.set_conductances[1], seed)
    for volts in _steps(RESET_RAMP_V[0], last, step):
        chip.reset(EVERY_CELL, torch.full((CELLS,), volts))
        yield volts, now(chip)


def _steps(first: float, last: float, step: float) -> Iterator[float]:
    for number in range(round((last - first) / step) + 1):
        yield round(first + number * step, 4)


def _statistic(values: Tensor, name: str) -> float:
    if name == "median":
        return float(values.median())
    return float(values.log().std() if name.endswith("ln G") else values.std())


def raw_table(comparisons: pl.DataFrame) -> pl.DataFrame:
    """What was done to cells and at which voltage or conductance, measured and ours: the overlay of the figure."""
    ours = dict(zip(comparisons["subject"], comparisons["ours"], strict=True))
    rows = [
        {**each.model_dump(exclude={"celsius", "hours", "file", "x_unit"}), "ours": ours[_subject(each)]}
        for each in raw_figures()
    ]
    return pl.DataFrame(rows)
