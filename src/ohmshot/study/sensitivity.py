"""Sensitivity of an answer: one row of the parameter set at a time, at both ends of its range."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ohmshot.cell.cell_parameters import CellParameters, disagreement, rows_not_used
from ohmshot.cell.parameter_set import ParameterSet


@dataclass(frozen=True)
class Variant:
    """A parameter set with one row changed.

    Attributes:
        row: name of the changed row.
        end: "low" or "high" end of its range.
        label: its value with the unit, for tables and figures; the first number of a list.
        parameters: cell parameters with this change.
    """

    row: str
    end: str
    label: str
    parameters: CellParameters


def with_stuck_cells(values: CellParameters, share: float) -> CellParameters:
    """Cells with a share of stuck ones, half of them low and half high."""
    return dataclasses.replace(values, stuck_low_share=share / 2, stuck_high_share=share / 2)


def variants(parameters: ParameterSet, rows: Iterable[str]) -> Iterator[Variant]:
    """Both ends of the range of each row that has one (`ohmshot.cell.parameter_set.Quantity.swept_values`).

    Rows of laws that the technology lacks, rows that another of its laws replaces, and an end at which a row
    contradicts the others are left out.
    """
    unused = rows_not_used(parameters.values)
    for row in rows:
        if row not in parameters.quantities or row in unused:
            continue
        quantity = parameters.quantities[row]
        for end, value in zip(("low", "high"), quantity.swept_values or (), strict=False):
            changed = dataclasses.replace(parameters.values, **{row: value})  # type: ignore[arg-type]
            if disagreement(changed) is not None:
                continue
            first = value[0] if isinstance(value, tuple) else value
            unit = "" if quantity.unit == "1" else f" {quantity.unit.replace('uS', 'µS')}"
            more = ", ..." if isinstance(value, tuple) else ""
            yield Variant(row, end, f"{first:g}{more}{unit}", changed)
