"""What no likelihood tells of ramps, by simulation: how far a pulse raises, what breaks a filament, what lowers.

A ramp's pulses are given to simulated cells on a grid of the rows sought; the point whose ramps have the measured
statistics is taken (simulated moments: McFadden, Econometrica 57 (1989) 995). The laws are those of the chip itself.

Raw: RADAR ``reset-sweep-sl-200ns-step-0.05-9-21-20.csv`` (490 ramps of 49 cells) and
``set-sweep-ispp-step-0.01-5-26-20.csv`` (20 cells, a SET each 10 mV without a RESET between).
"""

import dataclasses
import itertools
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
import torch

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.characterisation.open_data.archive import Floats, sweep
from ohmshot.characterisation.open_data.resampling import fitted_row, resampled
from ohmshot.characterisation.rows import FittedRow
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar

RESET_FILE, SET_FILE = "reset-sweep-sl-200ns-step-0.05-9-21-20.csv", "set-sweep-ispp-step-0.01-5-26-20.csv"
RESET_RAMP_V, SET_RAMP_V = np.arange(0.30, 2.01, 0.05), np.arange(2.20, 2.605, 0.01)
CELLS = 1024
NOTICED = 0.03
"""A change by this share counts as one."""
RESET_GRID = {
    "reset_pulse_share": (0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35),
    "reset_raise": (0.0, 0.5, 1.0, 1.5, 2.0),
    "reset_break": (0.0, 0.1, 0.2, 0.35, 0.5, 0.75),
}
SET_GRID = {
    "set_pulse_share": (0.01, 0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.22, 0.3),
    "set_lowering": (0.0, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0),
}


def reset_ramps(folder: Path) -> pl.DataFrame:
    """RESET ramps: device, volts, before, after."""
    return sweep(folder, RESET_FILE, "line_v").filter(pl.col("volts").is_between(0.29, 2.01))


def set_ramps(folder: Path) -> pl.DataFrame:
    """SET ramps: device, volts, before, after."""
    return sweep(folder, SET_FILE, "wl_v").filter(pl.col("volts").is_between(2.195, 2.605))


def reset_statistics(rows: pl.DataFrame) -> Floats:
    """Shares of pulses that raise (from 10-20, 35-55, 75-100 uS) and that halve (55-100 uS); spread of a step.

    The spread is the robust standard deviation of the step of ln(conductance), from 20-35, 55-75 and 100-130 uS.
    """
    step = (pl.col("after") / pl.col("before")).log()
    raised = [_share(rows, ends, step > NOTICED) for ends in ((10, 20), (35, 55), (75, 100))]
    halved = _share(rows, (55, 100), step < -math.log(2))
    spread = [_robust(rows, ends, step) for ends in ((20, 35), (55, 75), (100, 130))]
    return np.array([*raised, halved, *spread])


def set_statistics(rows: pl.DataFrame) -> Floats:
    """Shares of repeated SETs that lower (from 20-60 and 60-100 uS), and the robust spread of a step in uS."""
    step = pl.col("after") - pl.col("before")
    lowered = [_share(rows, ends, step < -NOTICED * pl.col("before")) for ends in ((20, 60), (60, 100))]
    return np.array([*lowered, *(_robust(rows, ends, step / 40) for ends in ((20, 60), (60, 100)))])


def reset_rows(rows: pl.DataFrame, base: CellParameters) -> dict[str, FittedRow]:
    """Rows of the RESET that pulses of ramps tell.

    Args:
        rows: ramps.
        base: the technology with its fitted RESET curve.
    """
    return _matched(rows, reset_statistics, RESET_GRID, base, _simulated_reset_ramps)


def set_rows(rows: pl.DataFrame, base: CellParameters) -> dict[str, FittedRow]:
    """Rows of the SET that repeated pulses tell; ``base`` as of `reset_rows`."""
    return _matched(rows, set_statistics, SET_GRID, base, _simulated_set_ramps)


def _matched(
    rows: pl.DataFrame,
    statistics: Callable[[pl.DataFrame], Floats],
    grid: dict[str, tuple[float, ...]],
    base: CellParameters,
    simulated: Callable[[CellParameters], pl.DataFrame],
) -> dict[str, FittedRow]:
    points = np.array(list(itertools.product(*grid.values())))
    known = [dict(zip(grid, map(float, point), strict=True)) for point in points]
    technologies = [dataclasses.replace(base, **each) for each in known]  # type: ignore[arg-type]
    of_points = np.stack([statistics(simulated(each)) for each in technologies])
    measured, many = statistics(rows), resampled(statistics, rows)
    error = np.maximum(np.nanstd(many, axis=0), 0.01)
    nearest = [int(np.nansum(((of_points - each) / error) ** 2, axis=1).argmin()) for each in (measured, *many)]
    best, others = points[nearest[0]], points[nearest[1:]]
    note = f"simulated ramps on a grid: {_words(measured)} measured, {_words(of_points[nearest[0]])} simulated"
    return {name: fitted_row(best[k], others[:, k], note) for k, name in enumerate(grid)}


def _simulated_reset_ramps(parameters: CellParameters) -> pl.DataFrame:
    chip, cells = _formed(parameters)
    gate = torch.full((CELLS,), parameters.set_gate_voltages[1])
    chip.reset(cells, torch.full((CELLS,), parameters.reset_source_voltages[1]))
    chip.set(cells, gate)
    return _ramp(chip, cells, RESET_RAMP_V, chip.reset)


def _simulated_set_ramps(parameters: CellParameters) -> pl.DataFrame:
    chip, cells = _formed(parameters)
    chip.reset(cells, torch.full((CELLS,), parameters.reset_source_voltages[1]))
    return _ramp(chip, cells, SET_RAMP_V, chip.set)


def _formed(parameters: CellParameters) -> tuple[SimulatedCrossbar, torch.Tensor]:
    healthy = dataclasses.replace(parameters, form_voltage=9.0, stuck_low_share=0.0, stuck_high_share=0.0)
    chip, cells = SimulatedCrossbar(healthy, Circuit(rows=16, columns=64), 0, [0]), torch.arange(CELLS)
    chip.form(cells)
    return chip, cells


def _ramp(
    chip: SimulatedCrossbar, cells: torch.Tensor, volts: Floats, pulse: Callable[[torch.Tensor, torch.Tensor], None]
) -> pl.DataFrame:
    """Pulses of rising voltage and a read after each, as a tester records them."""
    parts, before = [], chip.read(cells)
    for each in volts:
        pulse(cells, torch.full((len(cells),), float(each)))
        after = chip.read(cells)
        parts.append(pl.DataFrame({"device": cells.numpy(), "before": before.numpy(), "after": after.numpy()}))
        before = after
    rows = pl.concat(parts).filter((pl.col("before") > 0) & (pl.col("after") > 0))
    return rows.with_columns(pl.col("before", "after").cast(pl.Float64))


def _share(rows: pl.DataFrame, ends: tuple[float, float], which: pl.Expr) -> float:
    found = rows.filter(pl.col("before").is_between(*ends)).select(which.mean()).item()
    return math.nan if found is None else float(found)


def _robust(rows: pl.DataFrame, ends: tuple[float, float], step: pl.Expr) -> float:
    steps = rows.filter(pl.col("before").is_between(*ends)).select(step.alias("step"))["step"]
    if steps.is_empty():
        return math.nan
    values = steps.to_numpy()
    return 1.4826 * float(np.median(np.abs(values - np.median(values))))


def _words(values: Floats) -> str:
    return ", ".join(f"{each:.2f}" for each in values)
