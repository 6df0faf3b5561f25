"""A study's result as a page of Markdown, for the documentation."""

from collections.abc import Sequence

import polars as pl

from ohmshot.plot.captioned import CaptionedFigure
from ohmshot.report.study_page import ROWS_SHOWN, cell_text
from ohmshot.study.study_result import StudyResult


def study_markdown(result: StudyResult, figures: Sequence[CaptionedFigure] = (), folder: str = ".") -> str:
    """Return title, question, findings, figures, tables and assumptions, and the command that makes it again.

    Args:
        result: the result of the study.
        figures: figures that lie as PNG in a folder.
        folder: path of that folder from the page.
    """
    run = result.run
    command = (
        f"ohmshot study {result.name} --source {run.data.split()[0]} --chips {run.chips} --episodes {run.episodes} "
        f"--seed {run.seed} --strategy {run.strategy} --parameters {run.parameters} --size {run.size}"
    ) + "".join(f" --assume {each}" for each in run.assume)
    parts = [
        f"# {result.title}\n\n{result.question}\n\n",
        f"Made by `{command}` with {run.data} and bundle {run.bundle[:12]}; intervals are 95 %.\n\n",
        *(f"- {finding}\n" for finding in result.findings),
        *(
            f"\n![Figure {number}]({folder}/{each.name}.png)\n\n**Figure {number}.** {each.caption}\n"
            for number, each in enumerate(figures, 1)
        ),
        *(_table(name, frame) for name, frame in result.tables.items()),
    ]
    if result.assumptions:
        parts.append("\n## What it rests on\n\n| row | value | unit | status | swept |\n|---|---|---|---|---|\n")
        for row in result.assumptions:
            value = ", ".join(f"{number:g}" for number in row.value)
            parts.append(f"| `{row.name}` | {value} | {row.unit} | {row.status} | {row.swept} |\n")
    return "".join(parts)


def _table(name: str, frame: pl.DataFrame) -> str:
    head = "| " + " | ".join(column.replace("_", " ") for column in frame.columns) + " |\n"
    shown = frame.head(ROWS_SHOWN).iter_rows()
    rows = ["| " + " | ".join(cell_text(value) for value in row) + " |\n" for row in shown]
    left = frame.height - ROWS_SHOWN
    more = f"\n{left} more rows in the Parquet file.\n" if left > 0 else ""
    return f"\n## {name.replace('_', ' ').capitalize()}\n\n{head}|{'---|' * frame.width}\n{''.join(rows)}{more}"
