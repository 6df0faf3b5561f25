"""The Typer application that every command registers with."""

import contextlib
import functools
from collections.abc import Callable
from contextvars import ContextVar
from typing import Annotated, Any

import typer

from ohmshot import __version__
from ohmshot.cli.console import console

GIVEN: ContextVar[dict[str, Any]] = ContextVar("GIVEN")
"""Parameters of the command that runs, by name; see `ohmshot.cli.output.require_outputs`."""


class Commands(typer.Typer):
    """An application whose commands know what they were given."""

    def command(self, name: str | None = None, works: bool = False, **options: Any) -> Callable[..., Any]:
        """Register a command as `typer.Typer.command` does; one that ``works`` for seconds shows that it does."""
        register = super().command(name, **options)

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            @functools.wraps(function)
            def called(**given: Any) -> Any:
                GIVEN.set(given)
                try:
                    with console.alive() if works else contextlib.nullcontext():
                        return function(**given)
                except KeyboardInterrupt:
                    typer.echo("ohmshot: stopped by Ctrl-C. What was not said to be written is lost.", err=True)
                    raise typer.Exit(130) from None

            register(called)
            return function

        return decorate


app = Commands(no_args_is_help=True, add_completion=False, help="Few-shot learning on the chip, in ReRAM.")


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
