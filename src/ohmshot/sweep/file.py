"""The file of a sweep: a run, what is varied, and how."""

import difflib
import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.cell.parameter_lines import place
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.foreign_files import text_of, toml_of
from ohmshot.foundation.records import Record, TypedRecord
from ohmshot.foundation.statistics import Share
from ohmshot.sweep.axis import Axis, AxisTable, axis
from ohmshot.sweep.parameters import GROUPS, parameter_named

ADVICE = {
    "model_type": "give a table such as { values = [1, 2, 5] }",
    "dict_type": "give a table with strategy.tolerance = { values = [1, 2, 5] } or the like",
    "too_short": "give at least one",
}
"""Advice by pydantic's name of an error, where pydantic's own words are about Python."""
Positive = Annotated[int, Field(ge=1)]
Alphabets = Literal["evaluation", "held-out"]


class RunTable(TypedRecord):
    """Settings that all points of a sweep share; the defaults are those of `ohmshot fleet`."""

    source: str = "omniglot"
    alphabets: Alphabets | None = None
    """Evaluation alphabets, or training alphabets that meta-training holds out; a search takes only the latter."""
    chips: Positive = 100
    seed: int = 0
    ways: Annotated[int, Field(ge=2)] = 5
    shots: Positive = 5
    queries: Positive = 15
    strategy: str = "hybrid"
    parameters: str = "leti_hfo2_130nm"
    """Parameter set of the cell: a name, or a file beside this one."""
    bundle: str | None = None
    """A file beside this one; without it the bundle that comes with ohmshot."""
    bake_hours: Annotated[float, Field(ge=0)] = STANDARD_BAKE.hours
    bake_celsius: Annotated[float, Field(ge=-273)] = STANDARD_BAKE.celsius
    required_accuracy: Share = 0.95


class SearchTable(TypedRecord):
    """Objective and budget of a search."""

    budget_j: Annotated[float, Field(gt=0)]
    """Mean energy of a chip that the setting may take at most."""
    energy: Literal["updates", "all"] = "updates"
    """Energy that the budget limits: of the updates, or of the initialisation too."""
    accuracy: Literal["adapted", "baked"] = "baked"
    """Objective: accuracy after the updates, or after the bake."""
    evaluation_chips: Positive | None = None
    """For the last measurement, on evaluation alphabets; without it as many as in the run."""


class SweepFile(Record):
    """Everything that a sweep file can hold."""

    title: str = ""
    method: Literal["grid", "latin-hypercube", "search"] = "grid"
    points: Positive | None = None
    """Settings of a Latin hypercube, trials of a search; a grid has as many as its values make."""
    run: RunTable = RunTable()
    vary: Annotated[dict[str, dict[str, AxisTable]], Field(min_length=1)]
    """Swept parameters by group and name, see `ohmshot.sweep.parameters`."""
    search: SearchTable | None = None

    @model_validator(mode="after")
    def _agreeing(self) -> Self:
        if (self.points is None) != (self.method == "grid"):
            wants = "takes no points: its values and steps say how many" if self.points else "needs points: how many"
            raise ValueError(f"method {self.method} {wants}")
        if (self.search is None) == (self.method == "search"):
            wants = "needs a table [search] with budget_j" if self.search is None else "takes no table [search]"
            raise ValueError(f"method {self.method} {wants}")
        if self.method == "search" and self.run.alphabets == "evaluation":
            raise ValueError(
                "a search chooses settings, so run.alphabets can only be held-out; "
                "evaluation alphabets are for its last measurement"
            )
        return self


def load_sweep(path: Path) -> SweepFile:
    """Read a file.

    Raises:
        SettingsError: it cannot be read, or something in it is wrong; the message names the line and what would be
            right.
    """
    try:
        text = text_of(path)
        tables = toml_of(text)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}. Give a TOML file (docs/sweep.md).") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not a text file in UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}.") from error
    if isinstance(tables.get("vary"), dict):
        tables["vary"] = _by_group(tables["vary"], text, path)
    try:
        return SweepFile.model_validate(tables)
    except ValidationError as error:
        raise SettingsError(_explained(error.errors()[0], text, path)) from error


def axes(file: SweepFile) -> tuple[Axis, ...]:
    """Return what is varied, in the order of the file.

    Raises:
        SettingsError: a value that a parameter cannot have, or a range without steps in a grid.
    """
    found = []
    for group, fields in file.vary.items():
        for name, table in fields.items():
            found.append(axis(parameter_named(f"{group}.{name}"), table))
            if file.method == "grid" and found[-1].choices is None:
                raise SettingsError(f"{group}.{name}: a range in a grid needs steps = how many.")
    return tuple(found)


def _by_group(vary: dict[str, object], text: str, path: Path) -> dict[str, dict[str, object]]:
    """Group axes; ``"strategy.tolerance" = ...`` in quotation marks, one key to TOML, means the same as without them.

    Raises:
        SettingsError: unknown parameters, with the nearest known ones, before anything else is said of their tables.
    """
    tables: dict[str, object] = {}
    for key, table in vary.items():
        if key in GROUPS and isinstance(table, dict):
            tables |= {f"{key}.{name}": axis_table for name, axis_table in table.items()}
        else:
            tables[key] = table
    groups: dict[str, dict[str, object]] = {}
    for key, table in tables.items():
        try:
            parameter_named(key)
        except SettingsError as error:
            raise SettingsError(f"{place(text, str(path), 'vary', key)}: {error}") from error
        group, _, name = key.partition(".")
        groups.setdefault(group, {})[name] = table
    return groups


def _explained(error: ErrorDetails, text: str, path: Path) -> str:
    """Say the first thing that pydantic found in one line with file, line and key."""
    keys = [str(each) for each in error["loc"]]
    varied = keys[:1] == ["vary"] and len(keys) >= 3
    if varied:
        keys = ["vary", ".".join(keys[1:3]), *keys[3:4]]
    where = place(text, str(path), keys[0], keys[1]) if len(keys) > 1 else str(path)
    key = ".".join(keys[1:] if varied else keys[:2])
    message = ADVICE.get(error["type"], error["msg"].removeprefix("Value error, "))
    if error["type"] == "extra_forbidden":
        return f"{where}: there is no key {key}. {_near(keys)}"
    if error["type"] == "missing":
        return f"{where}: {key} is missing; give it."
    return f"{where}: {f'{key}: ' if key else ''}{message}."


def _near(keys: list[str]) -> str:
    """Name the nearest keys of the table that an unknown one stands in."""
    tables: dict[str, type[Record]] = {"run": RunTable, "search": SearchTable, "vary": AxisTable}
    table = tables.get(keys[0], SweepFile) if len(keys) > 1 else SweepFile
    near = difflib.get_close_matches(keys[-1], table.model_fields, n=2)
    return f"Did you mean {' or '.join(near)}?" if near else f"There are {', '.join(table.model_fields)}."
