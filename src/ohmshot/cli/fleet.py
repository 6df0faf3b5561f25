"""`ohmshot fleet`: thousands of different chips with one learned initialisation."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, counted_chips, learned_bundle, progress_bar
from ohmshot.cli.options import (
    DEFAULT_PARAMETERS,
    BakeCelsiusOption,
    BakeHoursOption,
    BundleOption,
    DataOption,
    JsonOption,
    ParametersOption,
    QueriesOption,
    SeedOption,
    ShotsOption,
    StrategyOption,
    WaysOption,
)


@app.command("fleet")
def fleet_command(
    chips: Annotated[int, typer.Option(min=1, help="Different chips, each with a task of its own.")] = 1000,
    table: Annotated[Path, typer.Option(help="Write one row a chip here.")] = Path("fleet.parquet"),
    json_file: JsonOption = None,
    ray: Annotated[str | None, typer.Option(help="Run on a Ray cluster: auto or its address.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads without Ray; default: one a core.")] = None,
    at_once: Annotated[int, typer.Option(min=1, help="Chips of one chunk; bounds the memory of a worker.")] = 1000,
    required_accuracy: Annotated[float, typer.Option(min=0, max=1, help="What a good chip reaches.")] = 0.95,
    strategy: StrategyOption = "hybrid",
    ways: WaysOption = 5,
    shots: ShotsOption = 5,
    queries: QueriesOption = 15,
    seed: SeedOption = 0,
    bundle: BundleOption = None,
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    source: Annotated[str, typer.Option(help="A data source (docs/data.md).")] = "omniglot",
    data: DataOption = None,
    bake_hours: BakeHoursOption = 12.0,
    bake_celsius: BakeCelsiusOption = 150.0,
    device: Annotated[str, typer.Option(help="cpu, cuda, or auto: CUDA where there is a GPU.")] = "cpu",
) -> None:
    """Adapt many different chips, bake them, and sum up; a run that was stopped goes on by the same command."""
    import contextlib
    import time
    from dataclasses import replace

    from ohmshot.adapt.bake import Bake
    from ohmshot.adapt.citations import run_citations
    from ohmshot.adapt.fleet.parts import parts_folder
    from ohmshot.adapt.fleet.result import fleet_result
    from ohmshot.adapt.fleet.run import on_threads, run_fleet
    from ohmshot.adapt.fleet.settings import fleet_run
    from ohmshot.adapt.fleet.work import fleet_work
    from ohmshot.adapt.settings import AdaptationSettings
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.data.episodes import EpisodeShape
    from ohmshot.data.source import evaluation_examples
    from ohmshot.foundation.chunks import usable_cores
    from ohmshot.foundation.devices import chosen_device
    from ohmshot.foundation.files import require_writable, write_text
    from ohmshot.host.learner import LearnerSettings
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.fleet_table import fleet_table

    started = time.perf_counter()
    programming = strategy_named(strategy)
    where = str(chosen_device(device))
    for path in (table, *([json_file] if json_file else [])):
        require_writable(path)
    cell, examples = load_parameter_set(parameters), evaluation_examples(source, data)
    settings = AdaptationSettings(
        episodes=chips,
        chips=chips,
        seed=seed,
        shape=EpisodeShape(ways, shots, queries),
        learner=LearnerSettings(strategy=programming),
        bake=Bake(bake_hours, bake_celsius),
    )
    work = replace(fleet_work(learned_bundle(bundle), examples, cell, settings), device=where)
    run = fleet_run(work, examples.name, cell)
    with contextlib.ExitStack() as stack:
        chosen, cores = on_threads(workers), workers or usable_cores()
        if ray is not None:
            from ohmshot.adapt.fleet.over_ray import cluster, on_ray

            joined = stack.enter_context(cluster(ray))
            chosen, cores = on_ray(ray), int(joined.cluster_resources().get("CPU", 1))
        # The chips are shared out to all cores, even where one core could take them at once.
        at_once = min(at_once, -(-chips // cores))
        try:
            with progress_bar() as bar:
                rows = run_fleet(work, run, table, chosen, at_once, counted_chips(bar, chips))
        except KeyboardInterrupt:
            console.print(
                f"Stopped. What is done is kept in {parts_folder(table)}; the same command goes on from there."
            )
            raise typer.Exit(130) from None
    citations = run_citations([cell], examples.references, [programming], work.bundle.header)
    result = fleet_result(rows, run, required_accuracy, citations, time.perf_counter() - started)
    console.print(fleet_table(result))
    console.print(f"wrote {table}")
    if json_file:
        write_text(json_file, result.model_dump_json(indent=2) + "\n")
        console.print(f"wrote {json_file}")
