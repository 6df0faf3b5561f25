"""Assumptions of a study beside the cell: one frozen record of numbers, each with its source as its docstring.

A study names its record in ``Study.adjustable``; ``ohmshot study NAME --assume name=value`` changes a number of it.
"""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import polars as pl
from pydantic import ConfigDict, Field, ValidationError

from ohmshot.foundation.column_names import current_name
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import Record

Positive = Annotated[float, Field(gt=0)]
Amount = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Assumptions(Record):
    """Numbers with their sources: the docstring of a field is what the page of the study shows beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


Assumed = TypeVar("Assumed", bound=Record)


def parse_overrides(model: type[Record] | None, overrides: Sequence[str]) -> Record | None:
    """Read numbers that override assumptions of a study.

    Args:
        model: record of its assumptions; None where it has none.
        overrides: assignments ``name=value``.

    Returns:
        All its assumptions; None where there is nothing to override.

    Raises:
        SettingsError: a study without assumptions, an unknown name, or an impossible value.
    """
    if not overrides:
        return None
    if model is None:
        raise SettingsError("This study assumes nothing that --assume could change.")
    parts = [text.partition("=") for text in overrides]
    pairs = [
        (current_name(name), equals, value) for name, equals, value in parts
    ]  # as earlier versions called them too
    known = ", ".join(model.model_fields)
    for name, equals, _ in pairs:
        if not equals or name not in model.model_fields:
            raise SettingsError(f"--assume takes NAME=VALUE with a name of {known}, not '{name}{equals}'.")
    try:
        return model.model_validate({name: value for name, _, value in pairs})
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"--assume {first['loc'][0]}={first['input']}: {first['msg']}.") from error


def assumptions_of(model: type[Assumed], given: Record | None) -> Assumed:
    """Return the assumptions given, or the baseline of the study."""
    return given if isinstance(given, model) else model()


def overrides_of(assumed: Record | None) -> tuple[str, ...]:
    """Overridden assumptions, each as ``name=value``."""
    if assumed is None:
        return ()
    names = [name for name in type(assumed).model_fields if name in assumed.model_fields_set]
    return tuple(f"{name}={getattr(assumed, name):g}" for name in names)


def assumptions_table(assumed: Record) -> pl.DataFrame:
    """One row a number: name, value and source."""
    fields = type(assumed).model_fields
    rows = [
        (name, float(getattr(assumed, name)), " ".join((field.description or "").split()))
        for name, field in fields.items()
    ]
    return pl.DataFrame(rows, ["name", "value", "source"], orient="row")
