"""Do the intervals hold? Simulated wafers of known parameters are fitted, and the truth is looked for."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.characterisation.fit import WaferFit, fit_wafer
from ohmshot.characterisation.measurements import validated
from ohmshot.characterisation.wafer import WaferTest, simulated_wafer


def interval_coverage(truth: ParameterSet, wafers: Iterable[int], test: WaferTest) -> pl.DataFrame:
    """Fit simulated wafers and count how often the 95 % interval holds the true value.

    Args:
        truth: parameters of the wafers, and base of the fits.
        wafers: seeds, one a wafer.
        test: the plan.

    Returns:
        One row a number of the parameter set: ``row``, ``place`` in its list, ``true`` (mean over wafers: a table over
        conductance is compared at the fitted levels), ``fitted`` (mean), ``error`` (standard deviation of fitted less
        true), ``half_width`` of the interval (median), ``covered`` (share of the wafers), ``wafers``.
    """
    fits = [
        _compared(fit_wafer(validated(simulated_wafer(truth.values, seed, test), f"wafer {seed}"), truth), truth)
        for seed in wafers
    ]
    inside = (pl.col("low") <= pl.col("true")) & (pl.col("true") <= pl.col("high"))
    return (
        pl.concat(fits)
        .group_by("row", "place", maintain_order=True)
        .agg(
            pl.col("true").mean(),
            pl.col("fitted").mean(),
            (pl.col("fitted") - pl.col("true")).std().alias("error"),
            ((pl.col("high") - pl.col("low")) / 2).median().alias("half_width"),
            inside.mean().alias("covered"),
            pl.len().alias("wafers"),
        )
    )


def _compared(fit: WaferFit, truth: ParameterSet) -> pl.DataFrame:
    """One row a fitted number with an interval of some width."""
    rows = []
    for name, row in fit.rows.items():
        for place, (value, (low, high)) in enumerate(zip(row.numbers, row.interval or (), strict=bool(row.interval))):
            if high > low:
                known = _true_value(fit, truth, name, place)
                rows.append({"row": name, "place": place, "true": known, "fitted": value, "low": low, "high": high})
    return pl.DataFrame(rows)


def _true_value(fit: WaferFit, truth: ParameterSet, name: str, place: int) -> float:
    value = truth.quantities[name].value
    if not isinstance(value, tuple):
        return value
    if not name.startswith("relaxation_s"):
        return value[place]
    levels = fit.value("relaxation_conductances")
    assert isinstance(levels, tuple)
    return float(np.interp(levels[place], truth.values.relaxation_conductances, value))
