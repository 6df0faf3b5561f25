"""Area and standby power of a chip: an estimate from published circuits, row by row (``periphery.toml``).

Standby means powered and idle, ready to answer at once. A chip that is switched off keeps its weights in the cells
and takes no power: the memory is non-volatile.
"""

import importlib.resources
import tomllib
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ohmshot.foundation.records import Record


class PeripheryRow(Record):
    """One number with its source."""

    value: float = Field(gt=0)
    unit: str
    status: Literal["measured", "derived", "assumed"]
    source: str = Field(min_length=5)
    doi: str | None = None
    sweep: tuple[float, float] | None = None
    """Range, in the unit of the value."""

    @property
    def ends(self) -> NDArray[np.float64]:
        """The value, and both ends of its range (the value where it has none), [3]."""
        return np.array((self.value, *(self.sweep or (self.value, self.value))))


@dataclass(frozen=True)
class ChipPart:
    """One part of the chip.

    Attributes:
        part: name of the part.
        area_mm2: area, at the values of the rows and at both ends of their ranges.
        standby_nw: leakage power, at the values of the rows and at both ends; 0 where lines are grounded.
    """

    part: str
    area_mm2: tuple[float, ...]
    standby_nw: tuple[float, ...]


def periphery() -> dict[str, PeripheryRow]:
    """Read the rows with their sources."""
    text = (importlib.resources.files("ohmshot.study") / "periphery.toml").read_text("utf-8")
    return {name: PeripheryRow.model_validate(table) for name, table in tomllib.loads(text).items()}


def chip_parts(cells: int) -> list[ChipPart]:
    """Area and standby power, part by part and in all.

    Args:
        cells: number of cells of the array.
    """
    rows = {name: row.ends for name, row in periphery().items()}
    parts = {
        "cells": (1e-6 * cells * rows["cell_area"], np.zeros(3)),
        "line drivers": (1e-6 * rows["line_driver_area"] * rows["line_drivers"], np.zeros(3)),
        "converters": (rows["converters"] * rows["converter_area"], rows["converters"] * rows["converter_leakage"]),
        "logic": (
            1 / rows["logic_density"][0] * rows["logic_gates"],
            rows["logic_gates"] * rows["logic_leakage"] * rows["logic_supply"],
        ),
    }
    parts["chip"] = (np.sum([area for area, _ in parts.values()], 0), np.sum([power for _, power in parts.values()], 0))
    return [ChipPart(name, tuple(area.tolist()), tuple(power.tolist())) for name, (area, power) in parts.items()]
