"""`ohmshot sweep`: one run at many settings, or the search of the best one."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console, counted_chips, progress_bar
from ohmshot.cli.engine import AtOnceOption, RayOption, WorkersOption, engine
from ohmshot.cli.options import DataOption, FiguresOption, JsonOption, ReportOption
from ohmshot.cli.output import require_outputs, say_written, write_output


@app.command("sweep", works=True)
def sweep_command(
    file: Annotated[Path, typer.Argument(help="TOML file (docs/sweep.md); `list` names what can be swept.")],
    table: Annotated[
        Path | None, typer.Option(help="Write one row a chip and setting here; default: FILE.parquet.")
    ] = None,
    json_file: JsonOption = None,
    report: ReportOption = None,
    figures: FiguresOption = None,
    ray: RayOption = None,
    workers: WorkersOption = None,
    at_once: AtOnceOption = 250,
    data: DataOption = None,
) -> None:
    """Run a grid, a Latin hypercube or a search; the same command continues a stopped run."""
    from ohmshot.api.runs import run_sweep
    from ohmshot.report.files import write_files
    from ohmshot.report.sweep_table import parameter_table, sweep_tables
    from ohmshot.sweep.plan import read_sweep

    if str(file) == "list":
        console.print(parameter_table())
        return
    table = table or Path(f"{file.stem}.parquet")
    require_outputs(table=table, json_file=json_file, report=report, folders=("figures",))
    plan = read_sweep(file)
    with engine(ray, workers, table) as (chosen, cores), progress_bar() as bar:
        show = counted_chips(bar, plan.rows)
        run = run_sweep(plan, table=table, data=data, workers=chosen, cores=cores, at_once=at_once, progress=show)
    console.show(sweep_tables(run.result))
    say_written(table)
    write_output(json_file, run.result)
    say_written(*write_files(run.result, report, figures))
