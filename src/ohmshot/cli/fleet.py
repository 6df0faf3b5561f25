"""`ohmshot fleet`: thousands of different chips with one learned initialisation."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, counted_chips, progress_bar, tell_of
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


@app.command("fleet", works=True)
def fleet_command(
    chips: Annotated[int, typer.Option(min=1, help="Different chips, each with a task of its own.")] = 1000,
    table: Annotated[Path, typer.Option(help="Write one row a chip here.")] = Path("fleet.parquet"),
    json_file: JsonOption = None,
    ray: RayOption = None,
    workers: WorkersOption = None,
    at_once: AtOnceOption = 250,
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
    from ohmshot.adapt.bake import Bake
    from ohmshot.api.runs import bundle_of_run, run_fleet
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.chip.engine import device_of_chips
    from ohmshot.data.episodes import EpisodeShape
    from ohmshot.data.source import evaluation_examples
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.fleet_table import fleet_tables

    require_outputs(table=table, json_file=json_file)
    programming = strategy_named(strategy)
    where = str(device_of_chips(device))
    cell, examples = load_parameter_set(parameters), tell_of(evaluation_examples(source, data))
    learned = bundle_of_run(bundle, examples)
    with engine(ray, workers, table) as (chosen, cores), progress_bar() as bar:
        run = run_fleet(
            chips,
            examples,
            shape=EpisodeShape(ways, shots, queries, scope.of_episodes),
            bundle=learned,
            strategy=programming,
            bake=Bake(bake_hours, bake_celsius),
            parameters=cell,
            required_accuracy=required_accuracy,
            seed=seed,
            table=table,
            workers=chosen,
            cores=cores,
            at_once=at_once,
            device=where,
            progress=counted_chips(bar, chips),
        )
    console.show(fleet_tables(run.result))
    say_written(table)
    write_output(json_file, run.result)
