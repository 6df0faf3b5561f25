"""Area and standby power of a chip: an estimate from published circuits, row by row (``periphery.toml``).

Standby means powered and idle, ready to answer at once. A chip that is switched off keeps its weights in the cells
and takes no power: the memory is non-volatile.
"""

import importlib.resources
import tomllib
from dataclasses import dataclass
from typing import Literal

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
    def ends(self) -> tuple[float, float, float]:
        """The value, and both ends of its range (the value where it has none)."""
        return (self.value, *(self.sweep or (self.value, self.value)))


@dataclass(frozen=True)
class ChipPart:
    """One part of the chip.

    Attributes:
        part: name of the part.
        area_mm2: area, at the values of the rows and at both ends of their ranges.
        standby_nw: leakage power, at the values of the rows and at both ends; 0 where lines are grounded.
    """

    part: str
    area_mm2: tuple[float, float, float]
    standby_nw: tuple[float, float, float]


def periphery() -> dict[str, PeripheryRow]:
    """Read the rows with their sources."""
    text = (importlib.resources.files("ohmshot.study") / "periphery.toml").read_text("utf-8")
    return {name: PeripheryRow.model_validate(table) for name, table in tomllib.loads(text).items()}


def chip_parts(cells: int) -> list[ChipPart]:
    """Area and standby power, part by part and in all.

    Args:
        cells: number of cells of the array.
    """
    rows = periphery()
    none = (0.0, 0.0, 0.0)
    parts = [
        ChipPart("cells", _times(1e-6 * cells, rows["cell_area"].ends), none),
        ChipPart("line drivers", _times(1e-6, rows["line_driver_area"].ends, rows["line_drivers"].ends), none),
        ChipPart(
            "converters",
            _times(1.0, rows["converters"].ends, rows["converter_area"].ends),
            _times(1.0, rows["converters"].ends, rows["converter_leakage"].ends),
        ),
        ChipPart(
            "logic",
            _times(1 / rows["logic_density"].ends[0], rows["logic_gates"].ends),
            _times(1.0, rows["logic_gates"].ends, rows["logic_leakage"].ends, rows["logic_supply"].ends),
        ),
    ]
    area, power = (_sum([getattr(part, name) for part in parts]) for name in ("area_mm2", "standby_nw"))
    return [*parts, ChipPart("chip", area, power)]


def _times(factor: float, *terms: tuple[float, float, float]) -> tuple[float, float, float]:
    middle = low = high = factor
    for term in terms:
        middle, low, high = middle * term[0], low * term[1], high * term[2]
    return middle, low, high


def _sum(terms: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    middle, low, high = (sum(column) for column in zip(*terms, strict=True))
    return middle, low, high
