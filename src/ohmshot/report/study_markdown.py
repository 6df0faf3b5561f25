"""A study's result as a page of Markdown, for the documentation."""

import polars as pl

from ohmshot.report.study_page import cell_text
from ohmshot.study.study_result import StudyResult


def study_markdown(result: StudyResult) -> str:
    """Return title, question, findings, all tables and assumptions, and the command that makes it again."""
    run = result.run
    command = f"ohmshot study {result.name} --chips {run.chips} --episodes {run.episodes} --seed {run.seed}"
    parts = [
        f"# {result.title}\n\n{result.question}\n\n",
        f"Made by `{command}` with {run.data}, parameter set `{run.parameters}` and bundle {run.bundle[:12]}.\n\n",
        *(f"- {finding}\n" for finding in result.findings),
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
    rows = ["| " + " | ".join(cell_text(value) for value in row) + " |\n" for row in frame.iter_rows()]
    return f"\n## {name.capitalize()}\n\n{head}|{'---|' * frame.width}\n{''.join(rows)}"
