"""`ohmshot study NAME`: one question, one result, one page."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import (
    console,
    counting,
    evaluation_data,
    personal_initialisation,
    training_data,
    training_progress,
)
from ohmshot.cli.options import (
    DEFAULT_PARAMETERS,
    DataOption,
    FiguresOption,
    JsonOption,
    MarkdownOption,
    ParametersOption,
    ReportOption,
    SeedOption,
    StrategyOption,
    StudiedBundleOption,
)
from ohmshot.cli.output import require_outputs, say_written, write_output

if TYPE_CHECKING:  # it brings PyTorch along
    from ohmshot.bundle.bundle import Bundle
    from ohmshot.data.examples import Examples


@app.command("study")
def study_command(
    name: Annotated[str, typer.Argument(help="Which study; `list` shows each with its question.")] = "list",
    json_file: JsonOption = None,
    report: ReportOption = None,
    table: Annotated[Path | None, typer.Option(help="Write the main table here as Parquet, the others beside.")] = None,
    markdown: MarkdownOption = None,
    figures: FiguresOption = None,
    size: Annotated[str, typer.Option(help="small or default.")] = "default",
    chips: Annotated[int | None, typer.Option(min=1, help="Different chips; default: the study's own.")] = None,
    episodes: Annotated[int | None, typer.Option(min=1, help="Adaptations a point; default: the study's own.")] = None,
    strategy: StrategyOption = "hybrid",
    seed: SeedOption = 0,
    bundle: StudiedBundleOption = None,
    parameters: ParametersOption = DEFAULT_PARAMETERS,
    source: Annotated[str, typer.Option(help="A data source; auto: omniglot, or else invented.")] = "auto",
    data: DataOption = None,
    assume: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE: another number for what the study assumes; repeatable.")
    ] = None,
) -> None:
    """Run a study and write its result, page, tables and figures."""
    from rich.table import Table
    from rich.text import Text

    from ohmshot.api.runs import run_study, studied_bundle
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.data.source import PERSONAL
    from ohmshot.foundation.errors import SettingsError
    from ohmshot.foundation.frame_files import require_parquet_name
    from ohmshot.host.strategies.registry import strategy_named
    from ohmshot.report.files import write_files
    from ohmshot.report.table import study_tables
    from ohmshot.study.registry import STUDIES, study_named
    from ohmshot.study.study import size_named
    from ohmshot.study.study_result import write_tables

    if name == "list":
        listed = Table.grid("study", "question", padding=(0, 2))
        for each in STUDIES:
            listed.add_row(Text(each, style="bold"), study_named(each).question)
        console.print(listed)
        return
    require_outputs(json_file=json_file, report=report, table=table, markdown=markdown, folders=("figures",))
    if table:
        require_parquet_name(table)
    study = study_named(name)
    size_named(size)  # or refuse it, before anything is loaded
    programming = strategy_named(strategy)
    if study.own_tasks and (source != "auto" or data):
        raise SettingsError(f"The study {name} draws its own tasks. Leave --source and --data out.")
    given: Bundle | Path | None = bundle
    if study.own_tasks:
        drawings: str | Examples = "invented"
    elif study.chooses:
        drawings = training_data(source, data, "invented")
        if bundle is None and source in PERSONAL:
            given = personal_initialisation(source, data)
    else:
        drawings = evaluation_data(source, data, "invented")[0]
    cell = load_parameter_set(parameters)
    with training_progress(f"training a bundle for {name}, once") as show_training:
        learned = given if isinstance(drawings, str) else studied_bundle(study, given, drawings, size, show_training)
    with counting(study.title) as show:
        result = run_study(
            name,
            source=drawings,
            size=size,
            chips=chips,
            episodes=episodes,
            bundle=learned,
            strategy=programming,
            parameters=cell,
            assume=assume or (),
            seed=seed,
            progress=show,
        ).result
    for shown in study_tables(result, console.width):
        console.print(shown)
    for finding in result.findings:
        console.print(f"- {finding}")
    write_output(json_file, result)
    if table:
        say_written(*write_tables(result, table))
    say_written(*write_files(result, report, figures, markdown))
