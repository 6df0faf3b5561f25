"""`ohmshot example-files`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console
from ohmshot.cli.options import SeedOption


class Kind(StrEnum):
    """Kinds of example files."""

    GESTURES = "gestures"
    DRAWINGS = "drawings"


@app.command("example-files", works=True)
def example_files_command(
    kind: Annotated[
        Kind, typer.Option(help="CSV files of invented gestures, or PNG files of drawn symbols.")
    ] = Kind.GESTURES,
    output: Annotated[Path, typer.Option(help="Folder to write the files into.")] = Path("my-task"),
    seed: SeedOption = 0,
) -> None:
    """Write files to try adapt, classify and the workbench with (drawings), and meta-train too (gestures)."""
    from ohmshot.data.example_files import write_example_drawings, write_example_gestures

    if kind is Kind.DRAWINGS:
        write_example_drawings(output, seed)
        console.print(f"wrote {output / 'support'}, {output / 'query'}: five symbols")
        console.print(f"learn them:  ohmshot adapt --support {output / 'support'} --query {output / 'query'}")
        return
    write_example_gestures(output, seed)
    console.print(f"wrote {output / 'train'}, {output / 'support'}, {output / 'query'}")
