"""Findings of the fleet study: sentences from the numbers of its tables."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ohmshot.foundation.column_names import heading
from ohmshot.foundation.sentences import capitalised, counted, signed, times

Tables = Mapping[str, pl.DataFrame]


def fleet_findings(
    tables: Tables, required_percent: float, allowed_loss_percent: float, tasks_each: int
) -> tuple[str, ...]:
    """Short sentences.

    Args:
        tables: tables of the study by name.
        required_percent: accuracy in per cent of a good chip.
        allowed_loss_percent: points that a good chip loses to the hardware at most.
        tasks_each: tasks of a chip in the distributions.
    """
    goals = (f"{required_percent:g} %", counted(allowed_loss_percent, "point"))
    return (
        *_distributions(tables["distribution"], tasks_each),
        *_splits(tables["split"]),
        *_variability(tables["variability"], goals),
        *_stuck(tables["stuck"], goals),
        *_health(tables["health"], tables["prediction"]),
        *_wafers(tables["wafers"]),
    )


def _row(table: pl.DataFrame, **wanted: str | float) -> dict[str, Any]:
    return table.filter(**wanted).row(0, named=True)


def _distributions(table: pl.DataFrame, tasks_each: int) -> Iterator[str]:
    for (population,), rows in table.group_by("population", maintain_order=True):
        found = {row["number"]: row for row in rows.iter_rows(named=True)}
        accuracy, baked, energy = found["accuracy_percent"], found["baked_percent"], found["updates_nj"]
        yield (
            f"Chips {population}, means over {counted(tasks_each, 'task')} each: accuracy {accuracy['mean']:.2f} "
            f"± {accuracy['ci95']:.2f} %, worst 1 % of the chips {accuracy['worst_hundredth']:.2f} %; after the bake "
            f"{baked['mean']:.2f} ± {baked['ci95']:.2f} %, worst 1 % {baked['worst_hundredth']:.2f} %; "
            f"{energy['mean']:.0f} nJ for the updates (1 to 99 % of the chips: {energy['p1']:.0f} to "
            f"{energy['p99']:.0f} nJ), "
            f"{counted(round(found['cells_written']['mean']), 'cell')} written."
        )


def _splits(table: pl.DataFrame) -> Iterator[str]:
    for (population,), rows in table.group_by("population", maintain_order=True):
        raw, lost, energy = (_row(rows, number=name) for name in ("accuracy_percent", "loss_percent", "updates_nj"))
        yield (
            f"Chips {population}: of the variance of one accuracy {_share(raw)} is the chip's own; of what the "
            f"hardware costs on the same task {_share(lost)}; of the energy {_share(energy)}. The rest changes with "
            "the task and the pulses."
        )


def _share(row: dict[str, Any]) -> str:
    # Below 0 where chance made the chips more alike than they are.
    return f"{max(0.0, 100 * row['chips_share']):.1f} % ({100 * row['low']:.1f} to {100 * row['high']:.1f})"


def _variability(table: pl.DataFrame, goals: tuple[str, str]) -> Iterator[str]:
    for (strategy,), by_strategy in table.group_by("strategy", maintain_order=True):
        baseline = _row(by_strategy, factor=1.0)
        said = [
            f"{row['factor']:g} times the spread between {kind}s: {_yields(row, goals)}"
            for (kind,), rows in by_strategy.group_by("spread", maintain_order=True)
            for row in rows.sort("factor")[[0, -1]].iter_rows(named=True)
            if row["factor"] != 1.0
        ]
        yield f"{strategy}, as stated: {_yields(baseline, goals)}. {'; '.join(said)}."


def _yields(row: dict[str, Any], goals: tuple[str, str]) -> str:
    return (
        f"{_yield(row, 'yield')} of the chips reach {goals[0]} and {_yield(row, 'kept')} lose at most {goals[1]}, "
        f"{row['updates_nj']:.0f} nJ"
    )


def _yield(row: dict[str, Any], name: str) -> str:
    return f"{row[f'{name}_percent']:.1f} % ({row[f'{name}_low_percent']:.1f} to {row[f'{name}_high_percent']:.1f})"


def _stuck(table: pl.DataFrame, goals: tuple[str, str]) -> Iterator[str]:
    for (share,), rows in table.filter(pl.col("stuck_percent") > 0).group_by("stuck_percent", maintain_order=True):
        said = "; ".join(
            f"{row['help']}: {_yields(row, goals)}, accuracy {row['accuracy_percent']:.2f} %"
            for row in rows.iter_rows(named=True)
        )
        yield f"With {share:g} % of the cells stuck, by what the host does. {capitalised(said)}."


def _health(table: pl.DataFrame, prediction: pl.DataFrame) -> Iterator[str]:
    for (population,), by_population in table.group_by("population", maintain_order=True):
        said = []
        for target, name in (("loss_percent", "what the hardware costs in accuracy"), ("updates_nj", "the energy")):
            rows = by_population.filter(target=target).drop_nans().drop_nulls()
            all_ = _row(prediction, population=str(population), target=target)
            own = ""
            if all_["own_share"] is not None:
                least, most = 100 * all_["own_share"], 100 * all_["own_high_share"]
                own = f", of which {least:.0f} % (at most {most:.0f} %) is the chip's own"
            share = max(0.0, 100 * all_["explained_share"])
            explained = (
                f"of {name} all that its host measures explains {share:.1f} % "
                f"({100 * all_['low'] + 0.0:.1f} to {100 * all_['high']:.1f}) of the variance over chips{own}"
            )
            if len(rows):
                best = rows.sort(pl.col("rank_correlation").abs(), descending=True).row(0, named=True)
                explained += (
                    f"; the best alone is {heading(best['indicator'])}, rank correlation "
                    f"{signed(best['rank_correlation'])} ({signed(best['low'])} to {signed(best['high'])})"
                )
            said.append(explained)
        yield f"Health of chips {population}: {'. '.join(map(capitalised, said))}."


def _wafers(table: pl.DataFrame) -> Iterator[str]:
    for (strategy,), rows in table.group_by("strategy", maintain_order=True):
        (_, shipped), *tuned = rows.group_by("initialisation", maintain_order=True)
        said = []
        for (name,), these in tuned:
            each = ", ".join(
                f"{signed(row['accuracy_gain_percent'])} ± {row['accuracy_gain_ci95_percent']:.2f}"
                for row in these.iter_rows(named=True)
            )
            energy, before = (float(rows["updates_nj"].to_numpy().mean()) for rows in (these, shipped))
            said.append(f"{name} {each} points at {times(energy, before)} the energy")
        kept = " Where the gain is 0 without an interval, fine-tuning found nothing better on held-out alphabets."
        same = any((these["accuracy_gain_ci95_percent"] == 0).any() for _, these in tuned)
        yield (f"{strategy}, gain over the bundle as shipped, wafer by wafer: {'; '.join(said)}.{kept if same else ''}")
