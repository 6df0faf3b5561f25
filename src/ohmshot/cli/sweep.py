"""`ohmshot sweep`: one run at many settings, or the search of the best one."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, counted_chips, progress_bar
from ohmshot.cli.options import DataOption, FiguresOption, JsonOption, ReportOption


@app.command("sweep")
def sweep_command(
    file: Annotated[Path, typer.Argument(help="TOML file (docs/sweep.md); `list` names what can be swept.")],
    table: Annotated[
        Path | None, typer.Option(help="Write one row a chip and setting here; default: FILE.parquet.")
    ] = None,
    json_file: JsonOption = None,
    report: ReportOption = None,
    figures: FiguresOption = None,
    ray: Annotated[str | None, typer.Option(help="Run on a Ray cluster: auto or its address.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Threads without Ray; default: one a core.")] = None,
    at_once: Annotated[int, typer.Option(min=1, help="Chips of one chunk; bounds the memory of a worker.")] = 1000,
    data: DataOption = None,
) -> None:
    """Run a grid, a Latin hypercube or a search; what was stopped goes on by the same command."""
    import contextlib

    from ohmshot.adapt.fleet.parts import parts_folder
    from ohmshot.adapt.fleet.run import on_threads
    from ohmshot.foundation.chunks import usable_cores
    from ohmshot.foundation.files import require_writable, write_text
    from ohmshot.report.sweep_shown import write_sweep
    from ohmshot.report.sweep_table import parameter_table, sweep_tables
    from ohmshot.report.sweep_words import sweep_words
    from ohmshot.sweep.plan import read_sweep
    from ohmshot.sweep.run import run_sweep
    from ohmshot.sweep.work import Execution

    if str(file) == "list":
        console.print(parameter_table())
        return
    plan = read_sweep(file)
    table = table or Path(f"{file.stem}.parquet")
    for path in (table, json_file, report):
        if path is not None:
            require_writable(path)
    with contextlib.ExitStack() as stack:
        chosen, cores = on_threads(workers), workers or usable_cores()
        if ray is not None:
            from ohmshot.adapt.fleet.over_ray import cluster, on_ray

            # Joined once for all settings of a search, which come one after another.
            joined = stack.enter_context(cluster(ray))
            chosen, cores = on_ray(ray), int(joined.cluster_resources().get("CPU", 1))
        if plan.file.search or plan.rows < cores * plan.file.run.chips:
            # Fewer settings at a time than cores: the chips of one are shared out to all.
            at_once = min(at_once, -(-plan.file.run.chips // cores))
        try:
            with progress_bar() as bar:
                execution = Execution(chosen, at_once, counted_chips(bar, plan.rows))
                result = run_sweep(plan, data, table, execution)
        except KeyboardInterrupt:
            console.print(
                f"Stopped. What is done is kept in {parts_folder(table)}; the same command goes on from there."
            )
            raise typer.Exit(130) from None
    for shown in sweep_tables(result):
        console.print(shown)
    for words in sweep_words(result):
        console.print(f"- {words}")
    written = [table]
    if json_file:
        write_text(json_file, result.model_dump_json(indent=2) + "\n")
        written.append(json_file)
    for path in (*written, *write_sweep(result, report, figures)):
        console.print(f"wrote {path}")
