"""A form: how the table of a tester or of another group becomes ours, said once in a few lines of TOML or of options.

Ours comes with forms for the raw files of two public data sets (`shipped_forms`).
"""

import importlib.resources
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError, field_validator

from ohmshot.foundation.column_names import current_name
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.foreign_files import text_of, toml_of
from ohmshot.foundation.records import Record

T = TypeVar("T")


class Form(Record):
    """How a table is read. Every field may be left out.

    Every filter counts the rows that it leaves out, and they are named to the person who reads the file.
    """

    title: str = ""
    """For people."""
    names: tuple[str, ...] = ()
    """Heads of the columns of a table without any, in order, units included; a column named ``-`` is passed over."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Our column to theirs, where its name does not tell."""
    constants: dict[str, str | float] = Field(default_factory=dict)
    """Our columns that are the same in every row: the experiment, a temperature, a device."""
    keep: dict[str, tuple[float, float]] = Field(default_factory=dict)
    """Least and greatest value of our columns; rows outside are left out."""
    ramp: str = ""
    """Column whose fall (or the device's change) begins a new sequence, which numbers the cycles; or ``row``, where
    every row is a cycle of its own."""
    levels: tuple[float, float] | None = None
    """Width in uS and number of ranges of the column ``range`` that make a level; the level's middle is the target."""
    series: tuple[str, float] | None = None
    """Heads up to here are columns, all further cells readings of a row: their unit, and the s between two."""
    duplicates: Literal["refuse", "last"] = "refuse"
    """What is done with a second reading of the same cell at the same moment."""

    @field_validator("columns", "constants", "keep")
    @classmethod
    def _named_as_today(cls, by_column: dict[str, T]) -> dict[str, T]:
        """Our columns by today's names: forms that people wrote for an earlier version go on working."""
        return {current_name(name): value for name, value in by_column.items()}


def shipped_forms() -> tuple[str, ...]:
    """Names of the forms that come with the package."""
    folder = importlib.resources.files("ohmshot.characterisation.forms")
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


def load_form(name_or_path: str) -> Form:
    """Load a form by its name or from a TOML file of one's own.

    Raises:
        MeasurementError: there is none, or a field is unknown or impossible; the message names it.
    """
    if name_or_path in shipped_forms():
        text = (importlib.resources.files("ohmshot.characterisation.forms") / f"{name_or_path}.toml").read_text()
    else:
        path = Path(name_or_path)
        if not path.is_file():
            raise MeasurementError(
                f"There is no form '{name_or_path}'; give a TOML file, or one of {', '.join(shipped_forms())}."
            )
        try:
            text = text_of(path)
        except OSError as error:
            raise MeasurementError(f"{path} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise MeasurementError(f"{path} is no text in UTF-8.") from error
    try:
        return Form.model_validate(toml_of(text))
    except tomllib.TOMLDecodeError as error:
        raise MeasurementError(f"{name_or_path} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise MeasurementError(f"{name_or_path}, {place}: {first['msg']}.") from error


def form_of(name_or_path: str | None, columns: Sequence[str] = (), constants: Sequence[str] = ()) -> Form:
    """A form with what a person says on the command line, which goes before what the form says.

    Args:
        name_or_path: a form, or None for an empty one.
        columns: each ``ours=theirs``.
        constants: each ``ours=value``.

    Raises:
        MeasurementError: no such form, or a word without an equals sign.
    """
    form = Form() if name_or_path is None else load_form(name_or_path)
    said: dict[str, str | float] = {}
    for name, text in _pairs(constants, "--constant"):
        try:
            said[name] = text if name in ("experiment", "device") else float(text)
        except ValueError as error:
            raise MeasurementError(f"--constant {name}={text}: {text} is no number.") from error
    return form.model_copy(
        update={
            "columns": form.columns | dict(_pairs(columns, "--column")),
            "constants": form.constants | said,
        }
    )


def _pairs(words: Sequence[str], option: str) -> list[tuple[str, str]]:
    for word in words:
        if "=" not in word:
            raise MeasurementError(f"{option} {word}: give OURS=THEIRS, for example conductance_microsiemens='G (uS)'.")
    return [(current_name(word.split("=", 1)[0].strip()), word.split("=", 1)[1].strip()) for word in words]
