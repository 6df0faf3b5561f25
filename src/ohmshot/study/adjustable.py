"""What a study assumes beside the cell: one frozen record of numbers, each with its source as its docstring.

A study names its record in ``Study.adjustable``; ``ohmshot study NAME --assume name=value`` changes a number of it.
"""

from collections.abc import Sequence
from typing import Annotated, TypeVar

import polars as pl
from pydantic import ConfigDict, Field, ValidationError

from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.records import Record

Positive = Annotated[float, Field(gt=0)]
Amount = Annotated[float, Field(ge=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Assumptions(Record):
    """Numbers with their sources: the docstring of a field is what the page of the study shows beside it."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


Assumed = TypeVar("Assumed", bound=Record)


def assumed_otherwise(model: type[Record] | None, told: Sequence[str]) -> Record | None:
    """Read what a study shall assume otherwise.

    Args:
        model: of the study; None where it has nothing to adjust.
        told: ``name=value`` each.

    Raises:
        SettingsError: a study without such numbers, an unknown name, or an impossible value.
    """
    if not told:
        return None
    if model is None:
        raise SettingsError("This study assumes nothing that --assume could change.")
    pairs = [each.partition("=") for each in told]
    known = ", ".join(model.model_fields)
    for name, equals, _ in pairs:
        if not equals or name not in model.model_fields:
            raise SettingsError(f"--assume takes NAME=VALUE with a name of {known}, not '{name}{equals}'.")
    try:
        return model.model_validate({name: value for name, _, value in pairs})
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingsError(f"--assume {first['loc'][0]}={first['input']}: {first['msg']}.") from error


def assumptions_of(model: type[Assumed], told: Record | None) -> Assumed:
    """Return the assumptions of a study: as told, or as stated."""
    return told if isinstance(told, model) else model()


def adjusted(told: Record | None) -> tuple[str, ...]:
    """What differs from what is stated, as ``name=value``."""
    if told is None:
        return ()
    return tuple(f"{name}={getattr(told, name):g}" for name in type(told).model_fields if name in told.model_fields_set)


def assumptions_table(assumed: Record) -> pl.DataFrame:
    """One row a number: name, value and source."""
    fields = type(assumed).model_fields
    rows = [
        (name, float(getattr(assumed, name)), " ".join((field.description or "").split()))
        for name, field in fields.items()
    ]
    return pl.DataFrame(rows, ["name", "value", "source"], orient="row")
