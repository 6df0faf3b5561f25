"""A sweep from its file to its result."""

import time
from pathlib import Path

from ohmshot.adapt.citations import run_citations
from ohmshot.bundle.file import default_bundle, load_bundle
from ohmshot.cell.parameter_set import ParameterSet, load_parameter_set, parameter_set_names
from ohmshot.data.source import evaluation_examples
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.sweep.alphabets import HeldOutAlphabets, held_out_alphabets, require_source_with_both
from ohmshot.sweep.file import Alphabets, SweepFile, axes, load_sweep
from ohmshot.sweep.result import SearchOutcome, SweepResult, compared_by
from ohmshot.sweep.run import Engine, design_points, run_points
from ohmshot.sweep.search import Found, search
from ohmshot.sweep.summary import as_good, axis_results, setting_results, with_all_energy, without_effect
from ohmshot.sweep.swept_run import SweptRun, ground, load_bundles

METHOD_CITATIONS = {
    "grid": (),
    "latin-hypercube": ("mckay1979comparison",),
    "search": ("bergstra2011algorithms", "akiba2019optuna"),
}


def read_sweep(path: Path) -> tuple[SweepFile, SweptRun]:
    """Read a file and what it names: parameter set and bundles, beside it.

    Raises:
        OhmshotError: something in it is wrong or missing.
    """
    file = load_sweep(path)
    strategy_named(file.run.strategy)
    found, folder = axes(file), path.parent
    bundle = load_bundle(folder / file.run.bundle) if file.run.bundle else default_bundle()
    run = SweptRun(file.run, found, _parameters(file.run.parameters, folder), load_bundles(bundle, found, folder))
    if file.method == "search":
        require_source_with_both(file.run.source)
    return file, run


def rows_in_all(file: SweepFile, run: SweptRun) -> int:
    """How many chips a sweep adapts, all settings together; a search may need fewer."""
    if file.search is None or file.points is None:
        return len(design_points(file, run)) * file.run.chips
    return (1 + file.points) * file.run.chips + 2 * (file.search.evaluation_chips or file.run.chips)


def run_sweep(file: SweepFile, run: SweptRun, data: Path | None, table: Path, engine: Engine) -> SweepResult:
    """Run a sweep and sum up; the rows of all chips and settings go to a Parquet file.

    Args:
        file: what to do.
        run: what it begins from, see `read_sweep`.
        data: folder that holds the data set, where it is not in its usual place.
        table: the Parquet file.
        engine: where the work is done.

    Raises:
        OhmshotError: data are missing, or a setting cannot be run.
    """
    started = time.perf_counter()
    outcome = None
    if file.method == "search":
        held_out = _held_out(file, run, data)
        examples = held_out.examples
        found = search(file, run, examples, lambda: evaluation_examples(file.run.source, data), table, engine)
        points, rows = found.points, found.rows
        outcome = _outcome(found, held_out, run)
    else:
        alphabets: Alphabets = file.run.alphabets or "evaluation"
        examples = (
            _held_out(file, run, data).examples
            if alphabets == "held-out"
            else evaluation_examples(file.run.source, data)
        )
        points = design_points(file, run)
        rows = run_points(run, ground(run, examples, alphabets, file.run.chips), points, table, engine)
    chosen_on = rows.filter(rows["alphabets"] == rows["alphabets"][0])
    strategies = map(strategy_named, rows["strategy"].unique(maintain_order=True))
    cited = run_citations([run.parameters], examples.references, strategies, run.bundles[None].header)
    return SweepResult(
        file=file,
        data=examples.name,
        bundle=run.bundles[None].digest,
        axes=axis_results(run.axes),
        settings=setting_results(chosen_on, run.axes, points, file.run.required_accuracy),
        as_good=as_good(with_all_energy(chosen_on), *compared_by(file)),
        without_effect=without_effect(chosen_on, run.axes),
        search=outcome,
        citations=(*cited, *METHOD_CITATIONS[file.method]),
        wall_seconds=time.perf_counter() - started,
    )


def _outcome(found: Found, held_out: HeldOutAlphabets, run: SweptRun) -> SearchOutcome:
    last = found.rows.filter(found.rows["alphabets"] == "evaluation")
    measured = {number: found.points[number] for number in last["setting"].unique(maintain_order=True)}
    return SearchOutcome(
        trials=len(found.points) - 1,
        within_budget=len(found.within_budget),
        best=found.best,
        alphabets=held_out.names,
        trained_on=held_out.trained_on,
        evaluation=setting_results(last, run.axes, measured, run.table.required_accuracy) if measured else (),
    )


def _held_out(file: SweepFile, run: SweptRun, data: Path | None) -> HeldOutAlphabets:
    return held_out_alphabets(file.run.source, data, [bundle.header for bundle in run.bundles.values()])


def _parameters(name: str, folder: Path) -> ParameterSet:
    """A set by its name, or a file beside the sweep's."""
    return load_parameter_set(name if name in parameter_set_names() else str(folder / name))
