"""The Typer application that every command registers with."""

from typing import Annotated

import typer

from ohmshot import __version__

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Few-shot learning on the chip, in ReRAM.")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"ohmshot {__version__}")
        raise typer.Exit


@app.callback()
def _commands(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Few-shot learning on the chip, in resistive memory."""
