"""Area and standby power of a chip: an estimate from published circuits, row by row (``periphery.toml``).

Standby means powered and idle, ready to answer at once. A chip that is switched off keeps its weights in the cells
and takes nothing: that is what the memory is non-volatile for.
"""

import importlib.resources
import tomllib
from dataclasses import dataclass

from ohmshot.cell.parameter_set import Quantity


@dataclass(frozen=True)
class Estimate:
    """One part of the chip.

    Attributes:
        part: its name.
        area_mm2: as stated, and at the ends of the ranges that matter to it.
        standby_nw: leakage power, likewise; nothing where lines are grounded.
    """

    part: str
    area_mm2: tuple[float, float, float]
    standby_nw: tuple[float, float, float]


def periphery() -> dict[str, Quantity]:
    """The rows with their sources."""
    text = (importlib.resources.files("ohmshot.study") / "periphery.toml").read_text("utf-8")
    return {name: Quantity.model_validate(table) for name, table in tomllib.loads(text).items()}


def estimates(cells: int) -> list[Estimate]:
    """Area and standby power, part by part and in all.

    Args:
        cells: of the array.
    """
    rows = periphery()
    none = (0.0, 0.0, 0.0)
    parts = [
        Estimate("cells", _times(1e-6 * cells, _ends(rows["cell_area"])), none),
        Estimate("line drivers", _times(1e-6, _ends(rows["line_driver_area"]), _ends(rows["line_drivers"])), none),
        Estimate(
            "converters",
            _times(1.0, _ends(rows["converters"]), _ends(rows["converter_area"])),
            _times(1.0, _ends(rows["converters"]), _ends(rows["converter_leakage"])),
        ),
        Estimate(
            "logic",
            _times(1 / _ends(rows["logic_density"])[0], _ends(rows["logic_gates"])),
            _times(1.0, _ends(rows["logic_gates"]), _ends(rows["logic_leakage"]), _ends(rows["logic_supply"])),
        ),
    ]
    area, power = (_sum([getattr(part, name) for part in parts]) for name in ("area_mm2", "standby_nw"))
    return [*parts, Estimate("chip", area, power)]


def _ends(quantity: Quantity) -> tuple[float, float, float]:
    """The number as stated, and both ends of its range (itself where it has none)."""
    low, high = quantity.swept_values or (quantity.value, quantity.value)
    values = quantity.value, low, high
    assert not any(isinstance(value, tuple) for value in values)
    return float(values[0]), float(values[1]), float(values[2])  # type: ignore[arg-type]


def _times(factor: float, *terms: tuple[float, float, float]) -> tuple[float, float, float]:
    stated = low = high = factor
    for term in terms:
        stated, low, high = stated * term[0], low * term[1], high * term[2]
    return stated, low, high


def _sum(terms: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    stated, low, high = (sum(column) for column in zip(*terms, strict=True))
    return stated, low, high
