"""`ohmshot show`: a study's result once more, as page, Markdown or figures."""

from pathlib import Path
from typing import Annotated

import typer

from ohmshot.cli.app import app
from ohmshot.cli.console import console
from ohmshot.cli.options import FiguresOption, MarkdownOption, ReportOption
from ohmshot.cli.output import require_outputs, say_written


@app.command("show")
def show_command(
    result_file: Annotated[Path, typer.Argument(help="What `ohmshot study` wrote with --json.")],
    report: ReportOption = None,
    markdown: MarkdownOption = None,
    figures: FiguresOption = None,
) -> None:
    """Draw the result of a study again, without running it; on the terminal where nothing else is asked for."""
    from ohmshot.report.files import write_files
    from ohmshot.report.table import study_tables
    from ohmshot.study.study_result import read_study_result

    require_outputs(report=report, markdown=markdown, folders=("figures",))
    result = read_study_result(result_file)
    written = write_files(result, report, figures, markdown)
    say_written(*written)
    if not written:
        for table in study_tables(result, console.width):
            console.print(table)
        for finding in result.findings:
            console.print(f"- {finding}")
