"""The runs of the command line as functions: a demo, a fleet, a sweep, a study."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from ohmshot.adapt.address import source_at
from ohmshot.adapt.bake import STANDARD_BAKE, Bake
from ohmshot.adapt.citations import run_citations
from ohmshot.adapt.confusion import ConfusedPair
from ohmshot.adapt.fleet import run as fleet
from ohmshot.adapt.fleet.result import FleetResult, fleet_result
from ohmshot.adapt.fleet.run import Workers, on_threads
from ohmshot.adapt.fleet.settings import fleet_run
from ohmshot.adapt.fleet.work import fleet_work
from ohmshot.adapt.groups import half_interval_of_new_groups
from ohmshot.adapt.result import AdaptationResult
from ohmshot.adapt.run import run_adaptation
from ohmshot.adapt.settings import AdaptationSettings
from ohmshot.adapt.source import ADAPTATIONS_AT_ONCE, FEWEST_AT_ONCE, ChipSource
from ohmshot.api.finished_run import FinishedRun
from ohmshot.api.loading import load_bundle, load_examples, load_parameters
from ohmshot.bundle.bundle import Bundle
from ohmshot.bundle.for_features import bundle_for
from ohmshot.cell.parameter_set import ParameterSet
from ohmshot.chip.engine import device_of_chips
from ohmshot.chip.simulated_chips import DEFAULT_TECHNOLOGY
from ohmshot.controller.road import Host, hosted_by
from ohmshot.data.episodes import EpisodeShape
from ohmshot.data.examples import Examples
from ohmshot.data.source import PERSONAL, training_examples
from ohmshot.foundation.chunks import shared_out, usable_cores
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.frame_files import require_parquet_name
from ohmshot.host.array import circuit_for
from ohmshot.host.care.care import Care, care_of
from ohmshot.host.learner import LearnerSettings
from ohmshot.host.limits import Limits
from ohmshot.host.strategies.registry import strategy_of
from ohmshot.host.strategies.strategy import ProgrammingStrategy
from ohmshot.meta.personal import personal_bundle
from ohmshot.meta.phase import Progress
from ohmshot.report.adaptation_words import adaptation_words
from ohmshot.report.sweep_words import sweep_words
from ohmshot.study.assumptions import parse_overrides
from ohmshot.study.registry import figures_of, study_named
from ohmshot.study.study import Study, StudySettings, size_named
from ohmshot.study.study import run_study as measure_study
from ohmshot.study.study_result import StudyResult
from ohmshot.sweep import run as sweep
from ohmshot.sweep.plan import SweepPlan, read_sweep
from ohmshot.sweep.result import SweepResult, setting_rows
from ohmshot.sweep.work import Execution

if TYPE_CHECKING:
    from ohmshot.plot.captioned import CaptionedFigure

BundleGiven = Bundle | str | Path | None
"""A bundle, its name or its file; None for the one that a run takes by itself."""
ParametersGiven = ParameterSet | str | Path
StrategyGiven = ProgrammingStrategy | str
ExamplesGiven = Examples | str


def run_demo(
    source: ExamplesGiven = "invented",
    *,
    episodes: int = 20,
    chips: int = 1,
    shape: EpisodeShape | None = None,
    bundle: BundleGiven = None,
    strategy: StrategyGiven = "hybrid",
    bake: Bake = STANDARD_BAKE,
    parameters: ParametersGiven = DEFAULT_TECHNOLOGY,
    arrays: int | None = None,
    chip: str | ChipSource = "sim",
    limits: Limits | None = None,
    care: str | Care = "repair",
    host: Host = "computer",
    seed: int = 0,
    data: str | Path | None = None,
    progress: Callable[[float], None] = lambda done: None,
) -> FinishedRun[AdaptationResult]:
    """Let chips learn unseen classes in five updates, bake them, and sum up: `ohmshot demo`.

    Args:
        source: examples, or the name of a data source (docs/data.md).
        episodes: adaptations in all, spread evenly over the chips.
        chips: different chips.
        shape: ways, shots and queries; None for as many ways as the bundle is for, 5 shots and 15 queries, of one
            person where the source is of people.
        bundle: the learned initialisation; None for "characters", or, for a source of people, the one that is
            meta-trained from other people's data the first time and kept.
        strategy: how cells are written.
        bake: after the updates.
        parameters: the cell technology of simulated chips.
        arrays: 2-kbit arrays side by side; None for as many as the head takes.
        chip: "sim", the address of a chip (`connect`), or a source of chips.
        limits: budgets of writing, wear and energy; None for none.
        care: what the host does about cells that do not follow: "none", "repair" or "test-first".
        host: who learns: the "computer" in the loop, or the "controller" in integers (docs/controller.md).
        seed: seed of everything random.
        data: folder that holds the data set.
        progress: called with the number of adaptations done, those under way by their share.

    Raises:
        OhmshotError: settings that do not fit one another, missing data, or a chip that fails.

    Examples:
        >>> import ohmshot as oh
        >>> run = oh.run_demo("invented", episodes=4, chips=2, shape=oh.EpisodeShape(ways=5, shots=5, queries=15))
        >>> run.result.accuracy[-1] > 0.9, run.result.energy_joules.adaptation.total < 1e-6
        (True, True)
        >>> run.tables["chips"].columns
        ['chip', 'accuracy_percent']
    """
    personal = isinstance(source, str) and source in PERSONAL
    examples, cell = _examples(source, data), _parameters(parameters)
    learned = _own_bundle(str(source), data) if personal and bundle is None else bundle_of_run(bundle, examples)
    ways = learned.header.network.ways if shape is None else shape.ways
    circuit = circuit_for(learned.for_ways(ways), arrays)
    chips_there = source_at(chip, cell, circuit, seed) if isinstance(chip, str) else chip
    own_shape = EpisodeShape(learned.header.network.ways, scope="one group" if personal else "any")
    settings = AdaptationSettings(
        episodes=episodes,
        chips=chips,
        seed=seed,
        shape=shape or own_shape,
        circuit=circuit,
        learner=hosted_by(host, LearnerSettings(strategy=strategy_of(strategy), limits=limits)),
        bake=bake,
        care=care_of(care),
    )
    result, first = run_adaptation(chips_there, learned, examples, settings, progress)

    def draw() -> "dict[str, CaptionedFigure]":
        from ohmshot.report.adaptation_page import adaptation_figures  # and Matplotlib: only where it is drawn

        return adaptation_figures(result, first)

    return FinishedRun(result, _demo_tables(result), tuple(adaptation_words(result)), draw)


def run_fleet(
    chips: int = 1000,
    source: ExamplesGiven = "invented",
    *,
    shape: EpisodeShape | None = None,
    bundle: BundleGiven = None,
    strategy: StrategyGiven = "hybrid",
    bake: Bake = STANDARD_BAKE,
    parameters: ParametersGiven = DEFAULT_TECHNOLOGY,
    required_accuracy: float = 0.95,
    seed: int = 0,
    data: str | Path | None = None,
    table: str | Path | None = None,
    workers: int | Workers | None = None,
    cores: int | None = None,
    at_once: int = ADAPTATIONS_AT_ONCE,
    device: str = "cpu",
    progress: Callable[[int], None] = lambda done: None,
) -> FinishedRun[FleetResult]:
    """Adapt many different chips, each to a task of its own, bake them, and sum up: `ohmshot fleet`.

    Args:
        chips: different chips.
        source: examples, or the name of a data source (docs/data.md).
        shape: ways, shots and queries; None for 5-way 5-shot with 15 queries.
        bundle: the learned initialisation that they share; None for "characters".
        strategy: how cells are written.
        bake: after the updates.
        parameters: the cell technology.
        required_accuracy: share of right answers that a good chip reaches.
        seed: seed of everything random.
        data: folder that holds the data set.
        table: Parquet file for one row a chip; a run that was stopped goes on from its parts. None keeps no file.
        workers: threads, by default one a core; or what works chunks out elsewhere
            (`ohmshot.adapt.fleet.over_ray.on_ray`).
        cores: that the workers have together, over which the chips are shared out; None for one a thread.
        at_once: most chips of one chunk; bounds the memory of a worker.
        device: "cpu", "cuda" or "auto".
        progress: called with the number of chips done.

    Raises:
        OhmshotError: settings that do not fit one another, or missing data.

    Examples:
        >>> import ohmshot as oh
        >>> run = oh.run_fleet(4, "invented")
        >>> run.to_polars().height, run.result.yields["accuracy_baked_percent"].share >= 0.5
        (4, True)
    """
    started = time.perf_counter()
    where = str(device_of_chips(device))
    cell, programming, examples = _parameters(parameters), strategy_of(strategy), _examples(source, data)
    shape, learned = shape or EpisodeShape(), bundle_of_run(bundle, examples)
    settings = AdaptationSettings(
        episodes=chips,
        chips=chips,
        seed=seed,
        shape=shape,
        circuit=circuit_for(learned.for_ways(shape.ways)),
        learner=LearnerSettings(strategy=programming),
        bake=bake,
    )
    work = replace(fleet_work(learned, examples, cell, settings), device=where)
    engine, cores = _engine(workers, cores)
    run = fleet_run(work, examples.name, cell)
    with _kept_or_not(table) as path:
        # The chips are shared out to all cores, even where one core could take them at once.
        at_once = shared_out(chips, at_once, cores, FEWEST_AT_ONCE)
        rows = fleet.run_fleet(work, run, path, engine, at_once, progress)
    citations = run_citations([cell], examples.references, [programming], work.bundle.header)
    half = half_interval_of_new_groups(examples, work.tasks.episodes, rows["accuracy_adapted_percent"].to_torch())
    seconds = time.perf_counter() - started
    result = fleet_result(rows, run, half, required_accuracy, citations, seconds)

    def draw() -> "dict[str, CaptionedFigure]":
        from ohmshot.report.fleet_figure import fleet_figures

        return fleet_figures(rows, required_accuracy)

    return FinishedRun(result, {"chips": rows}, (), draw)


def run_sweep(
    file: str | Path | SweepPlan,
    *,
    table: str | Path | None = None,
    data: str | Path | None = None,
    workers: int | Workers | None = None,
    cores: int | None = None,
    at_once: int = ADAPTATIONS_AT_ONCE,
    progress: Callable[[int], None] = lambda done: None,
) -> FinishedRun[SweepResult]:
    """Run the same chips and tasks at many settings, or search for the best one: `ohmshot sweep`.

    Args:
        file: TOML file of the sweep (docs/sweep.md).
        table: Parquet file for one row a chip and setting; a run that was stopped goes on from its parts. None keeps no
            file.
        data: folder that holds the data set.
        workers: as of `run_fleet`.
        cores: as of `run_fleet`.
        at_once: most chips of one chunk.
        progress: called with the number of rows done.

    Raises:
        OhmshotError: something in the file is wrong, or data are missing.

    Examples:
        >>> import ohmshot as oh, pathlib, tempfile
        >>> file = pathlib.Path(tempfile.mkdtemp()) / "voltage.toml"
        >>> written = file.write_text('''
        ... title = "Bits of the converter"
        ... method = "grid"
        ... run = { source = "invented", chips = 2, alphabets = "evaluation" }
        ... vary = { circuit.output_bits = { values = [4, 10] } }
        ... ''')
        >>> run = oh.run_sweep(file)
        >>> run.to_polars()["circuit.output_bits"].to_list()
        [4, 10]
    """
    plan = file if isinstance(file, SweepPlan) else read_sweep(Path(file))
    engine, cores = _engine(workers, cores)
    with _kept_or_not(table) as path:
        if plan.file.search or plan.rows < cores * plan.file.run.chips:
            # Fewer settings at a time than cores: the chips of one are shared out to all.
            at_once = shared_out(plan.file.run.chips, at_once, cores, FEWEST_AT_ONCE)
        execution = Execution(engine, at_once, progress)
        result = sweep.run_sweep(plan, _folder(data), path, execution)
        rows = pl.read_parquet(path)
    tables = {"settings": setting_rows(result), "chips": rows}

    def draw() -> "dict[str, CaptionedFigure]":
        from ohmshot.report.sweep_figures import sweep_figures

        return _by_name(sweep_figures(result))

    return FinishedRun(result, tables, tuple(sweep_words(result)), draw)


def run_study(
    name: str,
    *,
    source: ExamplesGiven = "invented",
    size: str = "default",
    chips: int | None = None,
    episodes: int | None = None,
    bundle: BundleGiven = None,
    strategy: StrategyGiven = "hybrid",
    parameters: ParametersGiven = DEFAULT_TECHNOLOGY,
    assume: Mapping[str, float] | Sequence[str] = (),
    seed: int = 0,
    data: str | Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> FinishedRun[StudyResult]:
    """Run a study, one question with its answer in tables, findings and figures: `ohmshot study`.

    Args:
        name: which (`ohmshot study list`): strategies, levels, retention, endurance, energy, and so on.
        source: examples, or the name of a data source (docs/data.md).
        size: "small" takes fewer points, "default" those of docs/studies.
        chips: different chips; None for the study's own number.
        episodes: adaptations at each point; None for the study's own number.
        bundle: the learned initialisation; None for the study's own.
        strategy: how cells are written, where the study does not compare strategies.
        parameters: the cell technology.
        assume: other numbers for what the study assumes beside the cell, by their names, or as texts NAME=VALUE.
        seed: seed of everything random.
        data: folder that holds the data set.
        progress: called with the steps done and the steps in all.

    Raises:
        OhmshotError: no such study or size, settings that do not fit, or missing data.

    Examples:
        >>> import ohmshot as oh
        >>> run = oh.run_study("energy", size="small", chips=1, episodes=1)
        >>> "totals" in run.tables, list(run.figures())
        (True, ['energy-scopes', 'energy-split', 'energy-sensitivity', 'energy-standby'])
    """
    study = study_named(name)
    counts = study.counts[size_named(size)]
    assumed = [f"{key}={value}" for key, value in assume.items()] if isinstance(assume, Mapping) else assume
    chosen_with = study.chooses and isinstance(source, str)
    examples = training_examples(str(source), _folder(data)) if chosen_with else _examples(source, data)
    settings = StudySettings(
        bundle=studied_bundle(study, bundle, examples, size),
        drawings=examples,
        parameters=_parameters(parameters),
        chips=chips or min(counts.chips, episodes or counts.chips),
        episodes=episodes or max(counts.episodes, chips or 0),
        seed=seed,
        strategy=strategy_of(strategy),
        size=size_named(size),
        assumed=parse_overrides(study.adjustable, assumed),
    )
    result = measure_study(study, settings, progress)
    return FinishedRun(result, result.tables, result.findings, lambda: _by_name(figures_of(result)))


def _engine(workers: int | Workers | None, cores: int | None) -> tuple[Workers, int]:
    """What works chunks out, and the cores that it has."""
    engine = workers if callable(workers) else on_threads(workers)
    return engine, cores or (workers if isinstance(workers, int) else usable_cores())


def _folder(data: str | Path | None) -> Path | None:
    return None if data is None else Path(data)


def _own_bundle(source: str, data: str | Path | None) -> Bundle:
    """The initialisation for a source of people, meta-trained now if it is the first time."""
    return personal_bundle(PERSONAL[source], training_examples(source, _folder(data)), lambda *_: None)


def studied_bundle(
    study: Study, given: BundleGiven, examples: Examples, size: str, progress: Progress = lambda *_: None
) -> Bundle:
    """The bundle that is given; without one that of the study, or for features one for their number.

    Args:
        study: the study.
        given: the bundle, its name or its file; None for none.
        examples: what it is judged by.
        size: "small" or "default".
        progress: function to report to while the study trains a bundle of its own.

    Raises:
        SettingsError: one is given for a study that trains its own for every task.
    """
    if study.own_tasks and given is not None:
        raise SettingsError(f"The study {study.name} trains its own initialisations. Leave the bundle out.")
    if given is not None or examples.kind == "features":
        return bundle_of_run(given, examples)
    learned = load_bundle(study.bundle)
    return study.unseen_bundle(learned, examples, size_named(size), progress) if study.unseen_bundle else learned


def bundle_of_run(given: BundleGiven, examples: Examples) -> Bundle:
    """The bundle that is given; without one that of the package, or for features one for their number."""
    if given is None and examples.kind == "features":
        return bundle_for(examples.values.shape[2])
    return given if isinstance(given, Bundle) else load_bundle(given) if given else load_bundle()


def _parameters(given: ParametersGiven) -> ParameterSet:
    return given if isinstance(given, ParameterSet) else load_parameters(given)


def _examples(given: ExamplesGiven, data: str | Path | None) -> Examples:
    return load_examples(given, data) if isinstance(given, str) else given


@contextlib.contextmanager
def _kept_or_not(table: str | Path | None) -> Iterator[Path]:
    """The file of a table; one that ends with this block where none is named."""
    if table is not None:
        require_parquet_name(Path(table))
        yield Path(table)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "table.parquet"


def _by_name(figures: "list[CaptionedFigure]") -> "dict[str, CaptionedFigure]":
    return {each.name: each for each in figures}


def _percent(shares: Sequence[float]) -> list[float]:
    return [100 * share for share in shares]


def _demo_tables(result: AdaptationResult) -> dict[str, pl.DataFrame]:
    """Accuracy and costs by update, accuracy by chip, energy by operation; energies in J."""
    updates = pl.DataFrame(
        {
            "update": range(len(result.accuracy)),
            "accuracy_percent": _percent(result.accuracy),
            "accuracy_ci95_percent": _percent(result.accuracy_ci95),
            "accuracy_software_percent": _percent(result.accuracy_software_by_update),
            "cells_written": [None, *result.cells_written],
            "pulses": [None, *result.pulses.by_update],
            "busy_s": [None, *result.busy_seconds_by_update],
        }
    )
    chips = pl.DataFrame({"chip": range(result.chips), "accuracy_percent": _percent(result.accuracy_by_chip)})
    parts = {"initialisation": result.energy_joules.initialisation, "updates": result.energy_joules.adaptation}
    energy = pl.DataFrame(
        [{"of": name, **{f"{key}_j": joules for key, joules in split}} for name, split in parts.items()]
    )
    confused = pl.DataFrame(
        [each.model_dump() for each in result.confused or ()], schema=list(ConfusedPair.model_fields)
    )
    return {"updates": updates, "chips": chips, "energy": energy, "confused": confused}
