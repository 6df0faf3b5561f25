"""`ohmshot cite`."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app


@app.command("cite")
def cite_command(result: Annotated[Path, typer.Argument(help="A result that ohmshot wrote, as JSON.")]) -> None:
    """Print BibTeX of every parameter set, method and data set that a result used."""
    from ohmshot.adapt.citations import citations_in
    from ohmshot.foundation.references import bibtex

    typer.echo(bibtex(citations_in(result)), nl=False)
