"""Rows with intervals by drawing devices anew: one way for all that is read off raw data."""

from collections.abc import Callable

import numpy as np
import polars as pl

from ohmshot.characterisation.open_data.archive import Floats
from ohmshot.characterisation.rows import FittedRow

RESAMPLES = 200


def by_device(rows: pl.DataFrame, resamples: int = RESAMPLES) -> list[pl.DataFrame]:
    """Tables of devices drawn anew with replacement; a device drawn twice counts as two."""
    devices = rows["device"].unique(maintain_order=True).to_numpy()
    parts = {device: part for (device,), part in rows.partition_by("device", as_dict=True).items()}
    draw, found = np.random.default_rng(0), []
    for _ in range(resamples):
        chosen = draw.choice(devices, len(devices))
        found.append(pl.concat([parts[each].with_columns(device=pl.lit(n)) for n, each in enumerate(chosen.tolist())]))
    return found


def interval(values: Floats) -> tuple[tuple[float, float], ...]:
    """95 % intervals, (low, high) a number, of resampled numbers [resamples, numbers]."""
    low, high = np.nanquantile(values, (0.025, 0.975), axis=0)
    return tuple((float(a), float(b)) for a, b in zip(np.atleast_1d(low), np.atleast_1d(high), strict=True))


def fitted_row(value: Floats | float, resampled: Floats, note: str) -> FittedRow:
    """A row of one number or of several, with its interval."""
    number = float(value) if np.ndim(value) == 0 else tuple(float(each) for each in np.asarray(value))
    return FittedRow(number, note, interval(resampled))


def resampled(statistic: Callable[[pl.DataFrame], Floats], rows: pl.DataFrame) -> Floats:
    """A statistic of devices drawn anew, [resamples, numbers]."""
    return np.stack([statistic(each) for each in by_device(rows)])
