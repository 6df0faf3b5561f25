"""From the rows of a sweep to its numbers: means with intervals, yields and paired differences."""

from collections.abc import Mapping, Sequence

import polars as pl

from ohmshot.foundation.statistics import Share, estimate, yield_of
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.design import Point
from ohmshot.sweep.result import AsGood, AxisResult, SettingResult

JUDGED = ("accuracy_adapted", "accuracy_baked")
NO_MEASUREMENT = ("alphabets", "setting", "chip", "seed", "strategy")


def with_all_energy(rows: pl.DataFrame) -> pl.DataFrame:
    """Add the column of the energy of initialisation and updates together."""
    return rows.with_columns((pl.col("energy_initialisation_j") + pl.col("energy_adaptation_j")).alias("energy_all_j"))


def setting_results(
    rows: pl.DataFrame, axes: Sequence[Axis], points: Mapping[int, Point], required_accuracy: Share
) -> tuple[SettingResult, ...]:
    """Sum up rows of some settings on the same alphabets; differences are from the first of ``points``."""
    whole = with_all_energy(rows)
    parts = whole.partition_by("setting", as_dict=True)
    by_setting = {number: parts[(number,)].sort("chip") for number in points}
    first = by_setting[next(iter(points))]
    columns = [axis.column for axis in axes]
    measured = [name for name in whole.columns if name not in (*NO_MEASUREMENT, *columns)]
    return tuple(
        SettingResult(
            setting=number,
            alphabets=part["alphabets"][0],
            values=dict(zip(columns, points[number], strict=True)),
            chips=len(part),
            measured={name: estimate(part[name]) for name in measured},
            differences={name: estimate(part[name] - first[name]) for name in measured},
            yields={name: yield_of(int((part[name] >= required_accuracy).sum()), len(part)) for name in JUDGED},
        )
        for number, part in by_setting.items()
    )


def as_good(rows: pl.DataFrame, accuracy: str, energy: str) -> AsGood:
    """Compare all settings with the most accurate one, chip by chip; of equally accurate ones the cheapest is the best.

    Args:
        rows: of some settings on the same alphabets.
        accuracy: column to compare.
        energy: column of what it costs.
    """
    means = rows.group_by("setting").agg(pl.col(accuracy).mean(), pl.col(energy).mean())
    ordered = means.sort([accuracy, energy, "setting"], descending=[True, False, False])
    best = int(ordered["setting"][0])
    reference = rows.filter(pl.col("setting") == best).sort("chip")[accuracy]
    for number in means.sort([energy, "setting"])["setting"]:
        difference = estimate(rows.filter(pl.col("setting") == number).sort("chip")[accuracy] - reference)
        if number == best or difference.mean + difference.ci95 >= 0:
            break
    return AsGood(best=best, cheapest=int(number), difference=difference)


def axis_results(axes: Sequence[Axis]) -> tuple[AxisResult, ...]:
    """Describe what was varied."""
    return tuple(
        AxisResult(
            column=axis.column,
            unit=axis.parameter.rule.unit if axis.parameter.rule and not axis.factor else None,
            choices=axis.choices,
            ordered=axis.ordered,
            log=axis.log,
        )
        for axis in axes
    )


def without_effect(rows: pl.DataFrame, axes: Sequence[Axis]) -> tuple[str, ...]:
    """Columns of axes with which no measurement changes where everything else stays as it is.

    Only settings that differ in that axis alone can tell, so a grid shows it, a Latin hypercube does not.
    """
    columns = [axis.column for axis in axes]
    measured = [name for name in rows.columns if name not in (*NO_MEASUREMENT, *columns)]
    found = []
    for column in columns:
        others = [name for name in columns if name != column]
        groups = rows.group_by(*others, "chip").agg(
            pl.col(column).n_unique().alias("values"), pl.struct(measured).n_unique().alias("outcomes")
        )
        if groups["values"].min() > 1 and groups["outcomes"].max() == 1:  # type: ignore[operator]
            found.append(column)
    return tuple(found)
