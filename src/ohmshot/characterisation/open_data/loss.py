"""Loss at a rate of its own (`ohmshot.cell.log_relaxation_numbers.loss_within`), from bakes hot enough to show it.

What relaxation does not explain: ``u(T) = -ln((mean G - R) / (start + shift - R))`` of cells at high levels, whose
relaxation is small. Two temperatures give a rate and an activation energy; a third, cooler one is predicted.
"""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from ohmshot.cell.ageing import BOLTZMANN_EV_PER_K
from ohmshot.cell.log_relaxation_numbers import warmth
from ohmshot.characterisation.open_data.archive import Floats
from ohmshot.characterisation.open_data.resampling import RESAMPLES, fitted_row
from ohmshot.characterisation.rows import FittedRow
from ohmshot.foundation.units import ZERO_CELSIUS_K

HOT_CELSIUS = (220.0, 260.0)
LEVELS_US = (140.0, 230.0)


@dataclass(frozen=True)
class Relaxes:
    """What is known of relaxation: onset in s, shift in uS a decade at some conductances in uS, the reset state."""

    onset: float
    points: Floats
    shift: Floats
    rest: float


def loss_rows(changes: pl.DataFrame, known: Relaxes) -> dict[str, FittedRow]:
    """Rate at the middle of the two temperatures and activation energy.

    Args:
        changes: of bakes, `ohmshot.characterisation.open_data.archive.changes_in_bakes`.
        known: relaxation, fitted to cooler bakes.
    """
    low, high = (each + ZERO_CELSIUS_K for each in HOT_CELSIUS)
    middle = 2 / (1 / low + 1 / high)
    cells = [_hot(changes, celsius) for celsius in HOT_CELSIUS]
    draw, found = np.random.default_rng(0), []
    for n in range(1 + RESAMPLES):
        logs = []
        for part, celsius in zip(cells, HOT_CELSIUS, strict=True):
            pick = np.arange(part.height) if n == 0 else draw.integers(part.height, size=part.height)
            logs.append(math.log(loss(part[pick], celsius, known) / float(part["seconds"].mean())))  # type: ignore[arg-type]
        energy = BOLTZMANN_EV_PER_K * (logs[1] - logs[0]) / (1 / low - 1 / high)
        found.append([math.exp((logs[0] + logs[1]) / 2), energy])
    values = np.array(found)
    return {
        "loss_rate": fitted_row(
            values[0, 0], values[1:, 0], "bakes at 220 and 260 C, cells at 140 to 230 uS, beyond what relaxation shifts"
        ),
        "loss_activation_energy": fitted_row(values[0, 1], values[1:, 1], "the rates at 220 and 260 C"),
        "loss_temperature": FittedRow(
            round(middle - ZERO_CELSIUS_K, 2), "middle of the two bakes in 1 / T", status="derived"
        ),
    }


def loss(cells: pl.DataFrame, celsius: float, known: Relaxes) -> float:
    """Exponent u of the loss of some cells in a bake; below 0 where nothing is lost, held just above it."""
    start, change = cells["start"].to_numpy(), cells["change"].to_numpy()
    x = warmth(celsius) * math.log10(1 + float(cells["seconds"].mean()) / known.onset)  # type: ignore[arg-type]
    relaxed = start + x * np.interp(start, known.points, known.shift) - known.rest
    return max(-math.log(max(float((start + change - known.rest).sum() / relaxed.sum()), 1e-6)), 1e-6)


def _hot(changes: pl.DataFrame, celsius: float) -> pl.DataFrame:
    return changes.filter((pl.col("celsius") == celsius) & pl.col("start").is_between(*LEVELS_US))
