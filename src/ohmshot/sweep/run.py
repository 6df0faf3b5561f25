"""A sweep from its plan to its result."""

import time
from pathlib import Path

from ohmshot.adapt.citations import run_citations
from ohmshot.data.source import evaluation_examples
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.sweep.alphabets import HeldOutAlphabets, held_out_alphabets
from ohmshot.sweep.plan import SweepPlan
from ohmshot.sweep.result import (
    SearchOutcome,
    SweepResult,
    as_good,
    axis_results,
    compared_by,
    setting_results,
    with_all_energy,
    without_effect,
)
from ohmshot.sweep.search import FinishedSearch, search
from ohmshot.sweep.work import Execution, baseline_work, run_points

METHOD_CITATIONS = {
    "grid": (),
    "latin-hypercube": ("mckay1979comparison",),
    "search": ("bergstra2011algorithms", "akiba2019optuna"),
}


def run_sweep(plan: SweepPlan, data: Path | None, table: Path, execution: Execution) -> SweepResult:
    """Run a sweep and sum up; the rows of all chips and settings go to a Parquet file.

    Args:
        plan: what to do, see `ohmshot.sweep.plan.read_sweep`.
        data: folder that holds the data set, where it is not in its usual place.
        table: the Parquet file.
        execution: where the work is done.

    Raises:
        OhmshotError: data are missing, or a setting cannot be run.
    """
    started = time.perf_counter()
    file, outcome = plan.file, None
    if file.method == "search":
        held_out = _held_out(plan, data)
        examples = held_out.examples
        finished = search(plan, examples, lambda: evaluation_examples(file.run.source, data), table, execution)
        points, rows = finished.points, finished.rows
        outcome = _outcome(finished, held_out, plan)
    else:
        alphabets = file.run.alphabets or "evaluation"
        on_evaluation = alphabets == "evaluation"
        examples = evaluation_examples(file.run.source, data) if on_evaluation else _held_out(plan, data).examples
        points, baseline = plan.points, baseline_work(plan, examples, alphabets, file.run.chips)
        rows = run_points(plan, baseline, points, table, execution)
    chosen_on = rows.filter(rows["alphabets"] == rows["alphabets"][0])
    strategies = map(strategy_named, rows["strategy"].unique(maintain_order=True))
    cited = run_citations([plan.parameters], examples.references, strategies, plan.bundles[None].header)
    return SweepResult(
        file=file,
        data=examples.name,
        bundle=plan.bundles[None].digest,
        axes=axis_results(plan.axes),
        settings=setting_results(chosen_on, plan.axes, points, file.run.required_accuracy),
        as_good=as_good(with_all_energy(chosen_on), *compared_by(file)),
        without_effect=without_effect(chosen_on, plan.axes),
        search=outcome,
        citations=(*cited, *METHOD_CITATIONS[file.method]),
        wall_seconds=time.perf_counter() - started,
    )


def _outcome(finished: FinishedSearch, held_out: HeldOutAlphabets, plan: SweepPlan) -> SearchOutcome:
    last = finished.rows.filter(finished.rows["alphabets"] == "evaluation")
    measured = {number: finished.points[number] for number in last["setting"].unique(maintain_order=True)}
    required = plan.file.run.required_accuracy
    return SearchOutcome(
        trials=len(finished.points) - 1,
        within_budget=len(finished.within_budget),
        best=finished.best,
        alphabets=held_out.names,
        trained_on=held_out.trained_on,
        evaluation=setting_results(last, plan.axes, measured, required) if measured else (),
    )


def _held_out(plan: SweepPlan, data: Path | None) -> HeldOutAlphabets:
    return held_out_alphabets(plan.file.run.source, data, [bundle.header for bundle in plan.bundles.values()])
