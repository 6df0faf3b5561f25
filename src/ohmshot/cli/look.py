"""`ohmshot look`: pictures as the network sees them."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console
from ohmshot.cli.output import require_outputs, say_written


@app.command("look", works=True)
def look_command(
    pictures: Annotated[list[Path], typer.Argument(help="Pictures, or folders of pictures.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Sheet of what is seen, PNG.")] = Path("seen.png"),
) -> None:
    """Show what the network sees of pictures, and name those that do not look like drawings."""
    import io

    import torch

    from ohmshot.data.labelled_files import PICTURES, example_files, read_file
    from ohmshot.data.unlike_drawings import unlike_drawings
    from ohmshot.foundation.errors import DataError
    from ohmshot.foundation.files import write_bytes
    from ohmshot.report.seen_pictures import seen_pictures

    require_outputs(output=output)
    files: list[Path] = []
    for given in pictures:
        inside = [given, *(place for place in sorted(given.rglob("*")) if place.is_dir())] if given.is_dir() else []
        files += [file for place in inside for file in example_files(place, PICTURES)] if given.is_dir() else [given]
    if not files:
        raise DataError(f"{pictures[0]} holds no {PICTURES.named}.")
    read = [(path, read_file(path, PICTURES)[0]) for path in files]
    unlike = unlike_drawings(torch.stack([seen for _, seen in read])).tolist()
    for path, is_unlike in zip(files, unlike, strict=True):
        if is_unlike:
            console.print(f"{path} does not look like a drawing: a shadow, a blot, or almost empty.", soft_wrap=True)
    sheet = io.BytesIO()
    seen_pictures(read, unlike).save(sheet, "PNG")
    write_bytes(output, sheet.getvalue())
    say_written(output)
