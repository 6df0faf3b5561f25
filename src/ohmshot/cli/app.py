"""The Typer application that every command registers with."""

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="Few-shot learning on the chip, in ReRAM.")


@app.callback()
def _commands() -> None:
    """Few-shot learning on the chip, in resistive memory."""
