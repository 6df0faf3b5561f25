"""What the fleet study says, made from its tables."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

Tables = Mapping[str, pl.DataFrame]


def fleet_findings(tables: Tables, required_pct: float, tasks_each: int) -> tuple[str, ...]:
    """Short sentences."""
    return (
        *_distributions(tables["distribution"], tasks_each),
        *_splits(tables["split"]),
        *_variability(tables["variability"], required_pct),
        *_stuck(tables["stuck"], required_pct),
        *_health(tables["health"], tables["prediction"]),
        *_wafers(tables["wafers"]),
    )


def _row(table: pl.DataFrame, **wanted: str) -> dict[str, Any]:
    return table.filter(*(pl.col(name) == value for name, value in wanted.items())).row(0, named=True)


def _distributions(table: pl.DataFrame, tasks_each: int) -> Iterator[str]:
    for population in table["population"].unique(maintain_order=True):
        found = {name: _row(table, population=population, number=name) for name in table["number"].unique()}
        accuracy, baked, energy = found["accuracy_pct"], found["baked_pct"], found["updates_nj"]
        yield (
            f"Chips {population}, means over {tasks_each} task(s) each: accuracy {accuracy['mean']:.2f} ± "
            f"{accuracy['ci95']:.2f} %, worst 1 % of the chips {accuracy['worst_1_pct']:.2f} %; after the bake "
            f"{baked['mean']:.2f} ± {baked['ci95']:.2f} %, worst 1 % {baked['worst_1_pct']:.2f} %; "
            f"{energy['mean']:.0f} nJ for the updates (1 to 99 %: {energy['p1']:.0f} to {energy['p99']:.0f} nJ), "
            f"{found['cells_written']['mean']:.0f} cells written."
        )


def _splits(table: pl.DataFrame) -> Iterator[str]:
    for population in table["population"].unique(maintain_order=True):
        raw, deficit, energy = (
            _row(table, population=population, number=name) for name in ("accuracy_pct", "deficit_pct", "updates_nj")
        )
        yield (
            f"Chips {population}: of the variance of one accuracy {_share(raw)} is the chip's own; of what the "
            f"hardware costs on the same task {_share(deficit)}; of the energy {_share(energy)}. The rest changes with "
            "the task and the pulses."
        )


def _share(row: dict[str, Any]) -> str:
    return f"{100 * row['chips_share']:.1f} % ({100 * row['low']:.1f} to {100 * row['high']:.1f})"


def _variability(table: pl.DataFrame, required_pct: float) -> Iterator[str]:
    for strategy in table["strategy"].unique(maintain_order=True):
        said = []
        for kind in ("device", "cycle"):
            rows = table.filter(pl.col("strategy") == strategy, pl.col("spread") == kind).sort("factor")
            last = rows.row(-1, named=True)
            said.append(
                f"with {last['factor']:g} times the spread between {kind}s {_yield(last, 'accuracy')} "
                f"(baked {last['baked_yield_pct']:.1f} %)"
            )
        stated = table.filter(pl.col("strategy") == strategy, pl.col("factor") == 1.0).row(0, named=True)
        yield (
            f"{strategy}: {_yield(stated, 'accuracy')} of the chips reach {required_pct:g} % as stated (baked "
            f"{stated['baked_yield_pct']:.1f} %), {', '.join(said)}."
        )


def _yield(row: dict[str, Any], name: str) -> str:
    return (
        f"{row[f'{name}_yield_pct']:.1f} % ({row[f'{name}_yield_low_pct']:.1f} to {row[f'{name}_yield_high_pct']:.1f})"
    )


def _stuck(table: pl.DataFrame, required_pct: float) -> Iterator[str]:
    for share in table["stuck_pct"].unique(maintain_order=True).to_list():
        if share > 0:
            both = table.filter(pl.col("stuck_pct") == share)
            said = ", ".join(
                f"{row['help']} {_yield(row, 'accuracy')} at {row['accuracy_pct']:.2f} % in the mean"
                for row in both.iter_rows(named=True)
            )
            yield f"With {share:g} % of the cells stuck, chips that reach {required_pct:g} %, by what is done: {said}."


def _health(table: pl.DataFrame, prediction: pl.DataFrame) -> Iterator[str]:
    for population in table["population"].unique(maintain_order=True):
        said = []
        for target, name in (("deficit_pct", "what the hardware costs in accuracy"), ("updates_nj", "energy")):
            rows = table.filter(pl.col("population") == population, pl.col("target") == target)
            best = rows.sort(pl.col("rank_correlation").abs(), descending=True).row(0, named=True)
            all_ = _row(prediction, population=population, target=target)
            most = "" if all_["at_most"] is None else f", where a chip's own part is {100 * all_['at_most']:.0f} %"
            said.append(
                f"of {name} all indicators together explain {100 * all_['explained']:.1f} % "
                f"({100 * all_['low']:.1f} to {100 * all_['high']:.1f}) of the chips' variance{most}; best alone: "
                f"{best['indicator']}, rank correlation {best['rank_correlation']:+.2f} ({best['low']:+.2f} to "
                f"{best['high']:+.2f})"
            )
        yield f"Health of chips {population}: {'; '.join(said)}."


def _wafers(table: pl.DataFrame) -> Iterator[str]:
    for strategy in table["strategy"].unique(maintain_order=True):
        rows = table.filter(pl.col("strategy") == strategy)
        said = []
        for name in rows["initialisation"].unique(maintain_order=True).to_list()[1:]:
            gains = rows.filter(pl.col("initialisation") == name)
            each = ", ".join(
                f"{row['accuracy_gain_pct']:+.2f} ± {row['accuracy_gain_ci95_pct']:.2f}"
                for row in gains.iter_rows(named=True)
            )
            said.append(f"{name} {each} points")
        yield f"{strategy}, gain over the bundle as shipped on each wafer: {'; '.join(said)}."
