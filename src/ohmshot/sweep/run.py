"""A sweep from its plan to its result.

Settings are chosen on training alphabets that meta-training holds out. Evaluation alphabets are for the last
measurement of what has been chosen, or for sweeps that choose nothing.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ohmshot.adapt.citations import run_citations
from ohmshot.bundle.header import BundleHeader
from ohmshot.data.examples import Examples
from ohmshot.data.source import evaluation_examples, training_examples
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.meta.split import retrained_on_all, split_of
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
from ohmshot.sweep.work import Execution, baseline_work, sweep_work

METHOD_CITATIONS = {
    "grid": (),
    "latin-hypercube": ("mckay1979comparison",),
    "search": ("bergstra2011algorithms", "akiba2019optuna"),
}


@dataclass(frozen=True)
class HeldOutAlphabets:
    """Classes to choose settings with.

    Attributes:
        examples: examples of these classes.
        names: names of their alphabets.
        trained_on: whether the final training of a bundle has taken them in after all (``retrain_on_all``), which
            makes accuracies on them higher than on new ones.
    """

    examples: Examples
    names: tuple[str, ...]
    trained_on: bool


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
        rows = execution.run(*sweep_work(plan, baseline, points), table)
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


def held_out_alphabets(source: str, location: Path | None, bundles: Sequence[BundleHeader]) -> HeldOutAlphabets:
    """Return the training alphabets that every bundle's meta-training held out.

    Args:
        source: name of a source of training data.
        location: folder that holds them, where they are not in their usual place.
        bundles: headers of the bundles of the sweep.

    Raises:
        DataError: the source is unknown, or its data are missing.
        SettingsError: no alphabet was held out for all bundles.
    """
    examples = training_examples(source, location)
    held_out = set(range(len(examples.group_names)))
    for header in bundles:
        held_out &= set(split_of(header.provenance, examples).held_out)
    if not held_out:
        raise SettingsError("No alphabet was held out for all of these bundles. Sweep bundles of one training seed.")
    groups = sorted(held_out)
    return HeldOutAlphabets(
        examples.of_groups(groups),
        tuple(examples.group_names[group] for group in groups),
        any(retrained_on_all(header.provenance, examples) for header in bundles),
    )
