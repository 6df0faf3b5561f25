"""`ohmshot parameters`: the numbers of the cell and where they come from."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console

parameters_app = typer.Typer(no_args_is_help=True, help="Parameter sets of the cell: values, sources, checks.")
app.add_typer(parameters_app, name="parameters")


@parameters_app.command("list")
def list_command() -> None:
    """List the sets that come with ohmshot, and how many of their rows are measured."""
    from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names
    from ohmshot.report.parameter_page import sets_table

    console.print(sets_table([load_parameter_set(name) for name in parameter_set_names()]))


@parameters_app.command("show")
def show_command(name: Annotated[str, typer.Argument(help="Name of a set, or a TOML file.")]) -> None:
    """Show every row of a set with status, sweep and source."""
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.report.parameter_page import rows_table

    loaded = load_parameter_set(name)
    console.print(rows_table(loaded))
    if loaded.information.notes:
        console.print(loaded.information.notes)


@parameters_app.command("check")
def check_command(file: Annotated[Path, typer.Argument(help="TOML file of one's own.")]) -> None:
    """Check a file; what is wrong is named by file, line and field, with exit code 2."""
    from ohmshot.cell.parameter_set import load_parameter_set
    from ohmshot.report.parameter_page import status_counts

    loaded = load_parameter_set(str(file))
    counts = ", ".join(f"{count} {status}" for status, count in sorted(status_counts(loaded).items()))
    console.print(f"{file} holds the set '{loaded.information.name}': {counts}.")


@parameters_app.command("document")
def document_command(output: Annotated[Path, typer.Option(help="File to write.")] = Path("docs/parameters.md")) -> None:
    """Write the page of all sets."""
    from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names
    from ohmshot.foundation.files import write_text
    from ohmshot.report.parameter_page import parameters_page

    write_text(output, parameters_page([load_parameter_set(name) for name in parameter_set_names()]))
    console.print(f"wrote {output}")
