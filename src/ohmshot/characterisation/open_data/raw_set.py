"""A parameter set from raw data as a TOML file."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from ohmshot.cell.parameter_set import row_rules
from ohmshot.characterisation.open_data.archive import Floats
from ohmshot.characterisation.open_data.log_time import LogTimeFit
from ohmshot.characterisation.parameter_file import interval_of, numbers_text, quoted
from ohmshot.characterisation.rows import FittedRow

DIGITS = 5
"""Significant digits of the file."""
Status = Literal["fitted", "measured", "derived", "transferred", "assumed"]


@dataclass(frozen=True)
class RawRow:
    """A row of the set.

    Attributes:
        fit: value, how it was found, and its interval.
        status: as of `ohmshot.cell.parameter_set.Quantity`.
        source: of the data.
        doi: of the work behind them.
        conditions: under which they were measured.
        sweep: range of an assumed number.
    """

    fit: FittedRow
    status: Status
    source: str
    doi: str | None = None
    conditions: str | None = None
    sweep: tuple[float, float] | None = None


@dataclass(frozen=True)
class RawSet:
    """A set with what its page shows.

    Attributes:
        name: of the set.
        title: for people.
        base: set that gives the other rows.
        citations: DOIs.
        notes: how to read the set.
        rows: by name.
        relaxation: fit of relaxation in log time, for its residuals; None where none was made.
        changes: of the cells that it was fitted to (`ohmshot.characterisation.open_data.archive`).
        edges: of the groups of cells, uS.
    """

    name: str
    title: str
    base: str
    citations: tuple[str, ...]
    notes: str
    rows: dict[str, RawRow]
    relaxation: LogTimeFit | None = None
    changes: pl.DataFrame | None = None
    edges: Floats | None = None

    def numbers(self) -> dict[str, float | tuple[float, ...]]:
        """Values by name."""
        return {name: row.fit.value for name, row in self.rows.items()}


def raw_toml(found: RawSet, command: str) -> str:
    """Return the text of the file.

    Args:
        found: the set.
        command: that fits it again.
    """
    lines = [
        f"# {found.title}. Fitted to raw data by",
        f"#     {command}",
        "# and not written by hand.",
        "",
        "[set_information]",
        f"name = {quoted(found.name)}",
        f"title = {quoted(found.title)}",
        f"citations = [{', '.join(quoted(doi) for doi in found.citations)}]",
        f"base = {quoted(found.base)}",
        f"notes = {quoted(found.notes)}",
    ]
    for name, rule in row_rules().items():
        if name in found.rows:
            lines += ["", f"[{name}]", *_row(found.rows[name], rule.unit)]
    return "\n".join(lines) + "\n"


def _row(row: RawRow, unit: str) -> list[str]:
    lines = [
        f"value = {numbers_text(row.fit.value, DIGITS)}",
        f"unit = {quoted(unit)}",
        f"status = {quoted(row.status)}",
    ]
    lines.append(f"source = {quoted(f'{row.fit.note}; {row.source}')}")
    lines += [f"{key} = {quoted(text)}" for key, text in (("doi", row.doi), ("conditions", row.conditions)) if text]
    if row.fit.interval is not None:
        lines.append(f"interval = {numbers_text(interval_of(row.fit), DIGITS)}")
    if row.sweep is not None:
        lines.append(f"sweep = {numbers_text(row.sweep, DIGITS)}")
    return lines
