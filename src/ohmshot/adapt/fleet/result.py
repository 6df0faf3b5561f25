"""Result of a fleet run: distributions over chips, and the share of chips that are good enough."""

from typing import Any, Literal

import polars as pl
from pydantic import model_validator

from ohmshot.adapt.fleet.settings import FleetRun
from ohmshot.adapt.loss import LossToExactWeights, Signs, loss_to_exact_weights
from ohmshot.foundation.column_names import current_name, current_value, with_current_names
from ohmshot.foundation.records import Record
from ohmshot.foundation.sentences import counted
from ohmshot.foundation.statistics import Distribution, Share, Yield, distribution, worst_mean, yield_of
from ohmshot.foundation.summary import Summarised, Summary, percent


class FleetResult(Summarised, Record):
    """A chip's accuracy is measured on the queries of its one task, and is in per cent, as its column says."""

    format: Literal["ohmshot-fleet"] = "ohmshot-fleet"
    format_version: Literal[2] = 2
    run: FleetRun
    columns: dict[str, Distribution]
    """Distribution of every measured column of the table."""
    worst_one_percent: dict[str, float]
    """Mean accuracy of the worst 1 % of the chips, at least one, by column."""
    accuracy_adapted_ci95_groups_percent: float | None = None
    """Half width of the 95 % interval of the mean accuracy over groups that the classes might come from instead
    (alphabets, people); None where the data have one group."""
    loss_to_exact_weights: LossToExactWeights | None = None
    """Accuracy adapted below that with exact weights, chip by chip; None in results of before."""
    required_accuracy: Share
    yields: dict[str, Yield]
    """Shares of the chips that reach it, by column of accuracy."""
    citations: tuple[str, ...]
    wall_seconds: float
    """Duration of this run; a run that went on from parts counts its own time only."""

    @model_validator(mode="before")
    @classmethod
    def _of_version_1(cls, content: Any) -> Any:
        """A result of version 1, which had accuracies as shares of 1, as one of today."""
        if not isinstance(content, dict) or content.get("format_version") != 1:
            return content
        return {
            **{name: value for name, value in content.items() if name != "accuracy_adapted_ci95_groups"},
            "format_version": 2,
            "columns": with_current_names(content["columns"]),
            "worst_one_percent": with_current_names(content["worst_one_percent"]),
            "accuracy_adapted_ci95_groups_percent": current_value(
                "accuracy", content.get("accuracy_adapted_ci95_groups")
            ),
            "yields": {current_name(name): good for name, good in content["yields"].items()},
        }

    def _summary(self) -> Summary:
        run, good = self.run, self.yields["accuracy_baked_percent"]
        adapted = self.columns["accuracy_adapted_percent"]
        words = percent(adapted.mean / 100, adapted.mean_ci95 / 100)
        rows = [
            (
                name,
                f"{each.mean:.4g}",
                f"{each.mean_ci95:.2g}",
                f"{each.percentiles[1]:.4g}",
                f"{each.percentiles[99]:.4g}",
            )
            for name, each in self.columns.items()
        ]
        text = (
            f"{counted(run.chips, 'chip')}, {run.ways}-way {run.shots}-shot of {run.data!r}: {words}; "
            f"{percent(good.share)} of the baked chips reach {percent(self.required_accuracy)}"
        )
        return Summary(text, rows, ("", "mean", "95 % ±", "1 %", "99 %"))


def fleet_result(
    rows: pl.DataFrame,
    run: FleetRun,
    half_of_new_groups: float | None,
    required_accuracy: float,
    citations: tuple[str, ...],
    seconds: float,
) -> FleetResult:
    """Sum up the rows of a fleet.

    Args:
        rows: see `ohmshot.adapt.fleet.work.FleetWork.rows`.
        run: its description.
        half_of_new_groups: see `ohmshot.adapt.groups.half_interval_of_new_groups`, in per cent.
        required_accuracy: what a good chip reaches, a share of 1.
        citations: works that the run used.
        seconds: its duration.
    """
    measured = [name for name in rows.columns if name not in ("chip", "seed", "strategy")]
    judged = ("accuracy_adapted_percent", "accuracy_baked_percent")
    return FleetResult(
        run=run,
        columns={name: distribution(rows[name]) for name in measured},
        worst_one_percent={name: worst_mean(rows[name]) for name in judged},
        accuracy_adapted_ci95_groups_percent=half_of_new_groups,
        loss_to_exact_weights=loss_to_exact_weights(
            rows["accuracy_adapted_percent"].to_torch() / 100,
            rows["accuracy_exact_percent"].to_torch() / 100,
            run.ways * run.queries,
            Signs.of_columns(lambda name: rows[name].to_torch()),
        ),
        required_accuracy=required_accuracy,
        yields={name: yield_of(int((rows[name] >= 100 * required_accuracy).sum()), len(rows)) for name in judged},
        citations=citations,
        wall_seconds=seconds,
    )
