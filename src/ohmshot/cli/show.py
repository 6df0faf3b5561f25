"""`ohmshot show`: what a file of ohmshot holds; a study's result or a sweep's also as page, Markdown or figures."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console
from ohmshot.cli.options import FiguresOption, MarkdownOption, ReportOption
from ohmshot.cli.output import require_outputs, say_written


@app.command("show", works=True)
def show_command(
    result_file: Annotated[Path, typer.Argument(help="A file that ohmshot wrote, or a folder of such files.")],
    report: ReportOption = None,
    markdown: MarkdownOption = None,
    figures: FiguresOption = None,
) -> None:
    """Show what a file holds, known by its content; the result of a study or a sweep is drawn again where asked."""
    from ohmshot.report.files import drawn_again, write_files
    from ohmshot.report.shown.kinds import shown_file

    require_outputs(report=report, markdown=markdown, folders=("figures",))
    if report or markdown or figures:
        result = drawn_again(result_file, markdown)
        say_written(*write_files(result, report, figures, markdown))
    else:
        console.show(shown_file(result_file, console.width))
