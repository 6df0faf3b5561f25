"""Tables of the fleet study, from one row an adaptation and one row of health a chip."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from ohmshot.chip.wafer import die_positions, dies_of_a_wafer, wafer_of
from ohmshot.foundation.statistics import distribution, worst_mean, yield_of
from ohmshot.studies.fleet.chips import by_chip
from ohmshot.studies.fleet.statistics import Numbers, predicted_share, rank_correlation, split

SHOWN = (
    "accuracy_percent",
    "baked_percent",
    "loss_percent",
    "bake_loss_percent",
    "updates_nj",
    "initialisation_nj",
    "cells_written",
    "pulses",
    "most_cycles",
)
"""Columns whose distribution over chips is shown."""
PREDICTED = ("accuracy_percent", "loss_percent", "bake_loss_percent", "updates_nj")
"""Columns that health shall predict."""
Populations = Mapping[str, tuple[pl.DataFrame, pl.DataFrame]]
"""By name: one row an adaptation, and one row of health a chip."""


def distribution_table(chips: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Every number over the chips of each population."""
    rows = []
    for population, frame in chips.items():
        for name in SHOWN:
            found = distribution(frame[name])
            worst = (
                worst_mean(frame[name]) if name in ("accuracy_percent", "baked_percent") else -worst_mean(-frame[name])
            )
            percentiles = {f"p{each}": found.percentiles[each] for each in (1, 5, 50, 95, 99)}
            means = {"mean": found.mean, "ci95": found.mean_ci95, "sd": found.standard_deviation}
            rows.append({"population": population, "number": name} | means | percentiles | {"worst_hundredth": worst})
    return pl.DataFrame(rows)


def split_table(adaptations: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Spread split into that of the chips and that of the tasks; no rows for one task a chip."""
    rows = []
    for population, frame in adaptations.items():
        for name in SHOWN:
            values = chips_by_tasks(frame, name)
            if values.shape[1] > 1:
                found = split(values)
                share = (found.share.middle, found.share.low, found.share.high)
                rows.append((population, name, found.between, found.within, *share, found.reliability.middle))
    columns = ["sd_of_chips", "sd_of_rest", "chips_share", "low", "high", "reliability"]
    schema = {"population": pl.String, "number": pl.String} | dict.fromkeys(columns, pl.Float64)
    return pl.DataFrame(rows, schema, orient="row")


def chips_by_tasks(frame: pl.DataFrame, name: str) -> Numbers:
    """One column as [chips, tasks]."""
    chips = frame["chip"].n_unique()
    values: Numbers = frame[name].to_numpy().reshape(-1, chips).T
    return values


def yield_row(chips: pl.DataFrame, required_percent: float, allowed_loss_percent: float) -> dict[str, float]:
    """Accuracy, and shares of good chips in per cent with 95 % intervals, right after learning and baked.

    Args:
        chips: means over the tasks of each chip.
        required_percent: accuracy of a good chip: columns "yield".
        allowed_loss_percent: most points that it loses to the hardware: columns "kept".
    """
    found: dict[str, float] = {}
    good = {
        "yield": chips["accuracy_percent"] >= required_percent,
        "baked_yield": chips["baked_percent"] >= required_percent,
        "kept": chips["loss_percent"] <= allowed_loss_percent,
        "baked_kept": chips["baked_loss_percent"] <= allowed_loss_percent,
    }
    for name, which in good.items():
        share = yield_of(int(which.sum()), len(chips))
        found |= {f"{name}_percent": 100 * share.share}
        found |= {f"{name}_low_percent": 100 * share.low, f"{name}_high_percent": 100 * share.high}
    for name in ("accuracy", "baked"):
        column = chips[f"{name}_percent"]
        summed = distribution(column)
        found |= {f"{name}_percent": summed.mean, f"{name}_ci95_percent": summed.mean_ci95}
        found |= {f"{name}_worst_percent": worst_mean(column)}
    return found | {"updates_nj": distribution(chips["updates_nj"]).mean}


def indicators(health: pl.DataFrame) -> list[str]:
    """Columns of health indicators."""
    return [name for name in health.columns if name != "chip"]


def health_table(populations: Populations) -> pl.DataFrame:
    """Rank correlation of every health indicator with each of `PREDICTED`, mean over the tasks of a chip."""
    rows = []
    for population, (frame, health) in populations.items():
        chips = by_chip(frame)
        for indicator in indicators(health):
            for target in PREDICTED:
                found = rank_correlation(health[indicator].to_numpy(), chips[target].to_numpy())
                rows.append((population, indicator, target, found.middle, found.low, found.high))
    columns = ["population", "indicator", "target", "rank_correlation", "low", "high"]
    return pl.DataFrame(rows, columns, orient="row")


def prediction_table(populations: Populations, seed: int) -> pl.DataFrame:
    """Share of the variance over chips that all indicators together predict, beside the most that is possible."""
    rows = []
    for population, (frame, health) in populations.items():
        chips, features = by_chip(frame), health.select(indicators(health)).to_numpy()
        for target in PREDICTED:
            found = predicted_share(features, chips[target].to_numpy(), seed)
            values = chips_by_tasks(frame, target)
            own = split(values).reliability if values.shape[1] > 1 else None
            own_part = (None, None) if own is None else (own.middle, own.high)
            rows.append((population, target, found.middle, found.low, found.high, *own_part))
    schema = {"population": pl.String, "target": pl.String}
    schema |= dict.fromkeys(("explained_share", "low", "high", "own_share", "own_high_share"), pl.Float64)  # type: ignore[arg-type]
    return pl.DataFrame(rows, schema, orient="row")


def chips_table(populations: Populations) -> pl.DataFrame:
    """One row a chip: place on the wafer, health indicators, and results."""
    frames = []
    for population, (frame, health) in populations.items():
        numbers = health["chip"].to_list()
        places = die_positions()[[number % dies_of_a_wafer() for number in numbers]].numpy()
        where = health.select(
            pl.lit(population).alias("population"),
            "chip",
            pl.Series("wafer", [wafer_of(number) for number in numbers], pl.Int64),
            pl.Series("x", places[:, 0]),
            pl.Series("y", places[:, 1]),
        )
        measured = health.drop("chip")
        did = by_chip(frame).select(SHOWN)
        frames.append(pl.concat([where, measured, did], how="horizontal"))
    table = pl.concat(frames)
    return table.with_columns(pl.col(pl.Float64).map_batches(_rounded))


def _rounded(column: pl.Series) -> pl.Series:
    """Five digits: the table is long, and its numbers are means over a few tasks."""
    values = column.to_numpy()
    size = np.where(values == 0, 1.0, np.abs(values))
    digits = 10.0 ** (4 - np.floor(np.log10(size)))
    return pl.Series(column.name, np.round(values * digits) / digits)
