"""`ohmshot fleet`: thousands of different chips with one learned initialisation."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, counted_chips, learned_bundle, progress_bar
from ohmshot.cli.engine import AtOnceOption, RayOption, WorkersOption, engine
from ohmshot.cli.options import (
    DEFAULT_PARAMETERS,
    BakeCelsiusOption,
    BakeHoursOption,
    BundleOption,
    DataOption,
    JsonOption,
    ParametersOption,
    QueriesOption,
    ScopeOption,
    SeedOption,
    ShotsOption,
    StrategyOption,
    TaskScope,
    WaysOption,
)
from ohmshot.cli.output import require_outputs, say_written, write_output


@app.command("fleet")
def fleet_command(
    chips: Annotated[int, typer.Option(min=1, help="Different chips, each with a task of its own.")] = 1000,
    table: Annotated[Path, typer.Option(help="Write one row a chip here.")] = Path("fleet.parquet"),
    json_file: JsonOption = None,
    ray: RayOption = None,
    workers: WorkersOption = None,
    at_once: AtOnceOption = 1000,
    required_accuracy: Annotated[float, typer.Option(min=0, max=1, help="What a good chip reaches.")] = 0.95,
    strategy: StrategyOption = "hybrid",
    ways: WaysOption = 5,
    shots: ShotsOption = 5,
    queries: QueriesOption = 15,
    scope: ScopeOption = TaskScope.any,
    seed: SeedOption = 0,
    bundle: BundleOption = None,
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    source: Annotated[str, typer.Option(help="A data source (docs/data.md).")] = "omniglot",
    data: DataOption = None,
    bake_hours: BakeHoursOption = 12.0,
    bake_celsius: BakeCelsiusOption = 150.0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: CUDA where there is a GPU.")] = "cpu",
) -> None:
    """Adapt many different chips, bake them, and sum up; the same command continues a stopped run."""
    import time
    from dataclasses import replace

    from ohmshot.adapt.bake import Bake
    from ohmshot.adapt.citations import run_citations
    from ohmshot.adapt.fleet.result import fleet_result
    from ohmshot.adapt.fleet.run import run_fleet
    from ohmshot.adapt.fleet.settings import fleet_run
    from ohmshot.adapt.fleet.work import fleet_work
    from ohmshot.adapt.groups import half_interval_of_new_groups
    from ohmshot.adapt.settings import AdaptationSettings
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.data.episodes import EpisodeShape
    from ohmshot.data.source import evaluation_examples
    from ohmshot.foundation.devices import chosen_device
    from ohmshot.host.learner import LearnerSettings
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.fleet_table import fleet_table

    started = time.perf_counter()
    programming = strategy_named(strategy)
    where = str(chosen_device(device))
    require_outputs(table, json_file)
    cell, examples = load_parameter_set(parameters), evaluation_examples(source, data)
    settings = AdaptationSettings(
        episodes=chips,
        chips=chips,
        seed=seed,
        shape=EpisodeShape(ways, shots, queries, scope.of_episodes),
        learner=LearnerSettings(strategy=programming),
        bake=Bake(bake_hours, bake_celsius),
    )
    work = replace(fleet_work(learned_bundle(bundle), examples, cell, settings), device=where)
    run = fleet_run(work, examples.name, cell)
    with engine(ray, workers, table) as (chosen, cores), progress_bar() as bar:
        # The chips are shared out to all cores, even where one core could take them at once.
        at_once = min(at_once, -(-chips // cores))
        rows = run_fleet(work, run, table, chosen, at_once, counted_chips(bar, chips))
    citations = run_citations([cell], examples.references, [programming], work.bundle.header)
    half = half_interval_of_new_groups(examples, work.tasks.episodes, rows["accuracy_adapted"].to_torch())
    result = fleet_result(rows, run, half, required_accuracy, citations, time.perf_counter() - started)
    console.print(fleet_table(result))
    say_written(table)
    write_output(json_file, result)
