"""`ohmshot example-files`."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console
from ohmshot.cli.options import SeedOption


@app.command("example-files")
def example_files_command(
    output: Annotated[Path, typer.Option(help="Folder to write train, support and query into.")] = Path("my-task"),
    seed: SeedOption = 0,
) -> None:
    """Write invented gestures as CSV files, to try meta-train, adapt and classify with."""
    from ohmshot.data.example_files import write_example_files

    write_example_files(output, seed)
    console.print(f"wrote {output / 'train'}, {output / 'support'}, {output / 'query'}")
