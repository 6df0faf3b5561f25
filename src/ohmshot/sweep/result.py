"""The result of a sweep: means with intervals, yields and paired differences, one setting after another."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import polars as pl
from pydantic import model_validator

from ohmshot.foundation.column_names import current_name, current_value, named_with, with_current_names
from ohmshot.foundation.records import Record
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.statistics import Estimate, Share, Yield, estimate, yield_of
from ohmshot.foundation.summary import Summarised, Summary, percent, with_unit
from ohmshot.sweep.axis import Axis
from ohmshot.sweep.configuration import Value, value_text
from ohmshot.sweep.file import Alphabets, SweepFile
from ohmshot.sweep.plan import Point

JUDGED = ("accuracy_adapted_percent", "accuracy_baked_percent")
"""Columns of the accuracies that a yield is counted of."""
LABELS = ("alphabets", "setting", "chip", "seed", "strategy")
"""Columns of the rows that say what a row is about; all others but the axes are measurements."""

AXES_NAMED = 3
"""In one line about a sweep."""


class AxisResult(Record):
    """A varied parameter."""

    column: str
    """Column of the table of rows."""
    unit: str | None
    """Unit of a row of the parameter set; none for factors, and for settings, whose names say it."""
    choices: tuple[Value, ...] | None
    """The values that it may have; None for any value in a range."""
    ordered: bool
    """Whether its values are numbers."""
    log: bool


class SettingResult(Record):
    """One setting."""

    setting: int
    alphabets: Alphabets
    values: dict[str, Value]
    """Swept values, by the column of their axis."""
    chips: int
    measured: dict[str, Estimate]
    """Means over the chips with intervals, by column of the table of rows."""
    differences: dict[str, Estimate]
    """From the first setting, chip by chip: the same chips learn the same tasks at every setting."""
    yields: dict[str, Yield]
    """Share of chips that reach the required accuracy, by column."""


class AsGood(Record):
    """The cheapest setting that is not shown to be less accurate than the most accurate one."""

    best: int
    """Setting of the highest accuracy, which chance favours where many are compared."""
    cheapest: int
    """Setting of the least energy among those whose accuracy differs from the best's by less than the 95 % interval."""
    difference: Estimate
    """Accuracy of the cheapest less that of the best, chip by chip, in points (per cent)."""


class SearchOutcome(Record):
    """The outcome of a search."""

    trials: int
    within_budget: int
    """Settings whose mean energy stays within the budget, on the alphabets searched on."""
    best: int | None
    """Number of the setting; none where nothing stays within the budget."""
    alphabets: tuple[str, ...]
    """Held out in meta-training, searched on."""
    trained_on: bool
    """Whether the bundle's last training took them in after all."""
    evaluation: tuple[SettingResult, ...]
    """The best setting on evaluation alphabets, measured once, after the baseline where that is another."""


class SweepResult(Summarised, Record):
    """Numbers by column of the table of rows, whose name ends in their unit; energies are those of a chip."""

    format: Literal["ohmshot-sweep"] = "ohmshot-sweep"
    format_version: Literal[2] = 2
    file: SweepFile
    data: str
    bundle: str
    """SHA-256 of the bundle."""
    axes: tuple[AxisResult, ...]
    settings: tuple[SettingResult, ...]
    as_good: AsGood
    without_effect: tuple[str, ...]
    """Columns of the axes along which no setting's rows differ: the strategy or the learner does not use them."""
    search: SearchOutcome | None
    citations: tuple[str, ...]
    wall_seconds: float
    """Time of this run; one that continued from parts counts only its own."""

    @model_validator(mode="before")
    @classmethod
    def _of_version_1(cls, content: Any) -> Any:
        """A result of version 1, which had accuracies as shares of 1, as one of today."""
        if not isinstance(content, dict) or content.get("format_version") != 1:
            return content
        as_good, search = content["as_good"], content["search"]
        if search is not None:
            search = search | {"evaluation": [_setting_of_version_1(each) for each in search["evaluation"]]}
        return content | {
            "format_version": 2,
            "settings": [_setting_of_version_1(each) for each in content["settings"]],
            "as_good": as_good | {"difference": current_value("accuracy", as_good["difference"])},
            "search": search,
        }

    def _summary(self) -> Summary:
        accuracy, energy = self.accuracy_column, self.energy_column
        rows = [
            (
                ", ".join(f"{name} {value_text(value)}" for name, value in each.values.items()),
                percent(each.measured[accuracy].mean / 100, each.measured[accuracy].ci95 / 100),
                with_unit(each.measured[energy].mean, "J"),
            )
            for each in self.front
        ]
        columns = [axis.column for axis in self.axes]
        axes = ", ".join(columns[:AXES_NAMED]) + f" and {len(columns) - AXES_NAMED} more" * (len(columns) > AXES_NAMED)
        text = f"{self.file.method} over {axes}: {counted(len(self.settings), 'setting')}, {len(rows)} on the front"
        return Summary(text, rows, ("on the front", "accuracy", "energy"))

    @property
    def accuracy_column(self) -> str:
        """Column of the accuracy that settings are compared by, see `compared_by`."""
        return compared_by(self.file)[0]

    @property
    def energy_column(self) -> str:
        """Column of the energy that settings are compared by."""
        return compared_by(self.file)[1]

    @property
    def front(self) -> tuple[SettingResult, ...]:
        """Settings that no other beats in accuracy and energy both (Pareto), by rising energy."""
        ordered = sorted(
            self.settings,
            key=lambda each: (each.measured[self.energy_column].mean, -each.measured[self.accuracy_column].mean),
        )
        best, found = -1.0, []
        for each in ordered:
            if each.measured[self.accuracy_column].mean > best:
                best = each.measured[self.accuracy_column].mean
                found.append(each)
        return tuple(found)


def _setting_of_version_1(content: dict[str, Any]) -> dict[str, Any]:
    return content | {
        "measured": with_current_names(content["measured"]),
        "differences": with_current_names(content["differences"]),
        "yields": {current_name(name): good for name, good in content["yields"].items()},
    }


def compared_by(file: SweepFile) -> tuple[str, str]:
    """Columns of accuracy and energy: after the bake and of the updates, unless a search says otherwise."""
    if file.search is None:
        return "accuracy_baked_percent", "energy_adaptation_j"
    energy = "energy_all_j" if file.search.energy == "all" else "energy_adaptation_j"
    return f"accuracy_{file.search.accuracy}_percent", energy


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
    measured = [name for name in whole.columns if name not in (*LABELS, *columns)]
    return tuple(
        SettingResult(
            setting=number,
            alphabets=part["alphabets"][0],
            values=dict(zip(columns, points[number], strict=True)),
            chips=len(part),
            measured={name: estimate(part[name]) for name in measured},
            differences={name: estimate(part[name] - first[name]) for name in measured},
            yields={name: yield_of(int((part[name] >= 100 * required_accuracy).sum()), len(part)) for name in JUDGED},
        )
        for number, part in by_setting.items()
    )


def setting_rows(result: SweepResult) -> pl.DataFrame:
    """One row a setting: its number, its values, and mean and half interval of every measurement and difference."""
    return pl.DataFrame(
        [
            {
                "setting": each.setting,
                "alphabets": each.alphabets,
                **{
                    name: value_text(value) if isinstance(value, tuple) else value
                    for name, value in each.values.items()
                },
                "chips": each.chips,
                **_estimates(each.measured),
                **_estimates({named_with(name, "difference"): one for name, one in each.differences.items()}),
                **{named_with(name, "yield"): 100 * good.share for name, good in each.yields.items()},
            }
            for each in result.settings
        ],
        infer_schema_length=None,
    )


def _estimates(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    return {
        key: value
        for name, each in estimates.items()
        for key, value in ((name, each.mean), (named_with(name, "ci95"), each.ci95))
    }


def as_good(rows: pl.DataFrame, accuracy: str, energy: str) -> AsGood:
    """Compare all settings with the most accurate one, chip by chip; of equally accurate ones the cheapest is the best.

    Args:
        rows: rows of some settings on the same alphabets.
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
    measured = [name for name in rows.columns if name not in (*LABELS, *columns)]
    found = []
    for column in columns:
        others = [name for name in columns if name != column]
        groups = rows.group_by(*others, "chip").agg(
            pl.col(column).n_unique().alias("values"), pl.struct(measured).n_unique().alias("outcomes")
        )
        if groups["values"].min() > 1 and groups["outcomes"].max() == 1:  # type: ignore[operator]
            found.append(column)
    return tuple(found)
