"""A reader of Liberty files: area, leakage, capacitance, energy and delay of each cell, as a table of plain numbers.

Liberty is the open format of cell libraries (Liberty User Guide; liberty-file.org). Of its tables one point is taken,
at a slew and loads that are typical of a placed block.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ohmshot.foundation.errors import DataError

Facts = dict[str, Any]
"""Numbers of a cell or of a pin by name, as `ohmshot.controller.rtl.gates.cells` reads them."""

SLEW_NS, LOAD_PF = 0.05, 0.008
"""Point of the energy tables: an input slew, and a load of about three inputs."""
LIGHT_PF, HEAVY_PF = 0.001, 0.021
"""Loads between which a delay is taken to be linear."""
_TOKEN = re.compile(r'\s+|/\*.*?\*/|//[^\n]*|\\\r?\n|"((?:[^"\\]|\\.)*)"|([(){}:;,])|([^\s(){}:;,"\\]+)', re.S)
_LEAKAGE_NW = {"1pW": 1e-3, "10pW": 1e-2, "100pW": 0.1, "1nW": 1.0, "10nW": 10.0, "100nW": 100.0, "1uW": 1e3}
_NO_DELAY = ("setup", "hold", "recovery", "removal", "min_pulse", "nochange", "skew", "three_state")


@dataclass
class Group:
    """A group of a Liberty file: ``kind (names) { attributes and groups }``."""

    kind: str
    names: list[str]
    attributes: dict[str, list[str]] = field(default_factory=dict)
    groups: list["Group"] = field(default_factory=list)

    def first(self, name: str, default: str = "") -> str:
        """First value of an attribute."""
        return self.attributes.get(name, [default])[0]

    def of(self, *kinds: str) -> Iterator["Group"]:
        """Groups of some kinds."""
        return (group for group in self.groups if group.kind in kinds)


@dataclass(frozen=True)
class LibertyFacts:
    """What a file says.

    Attributes:
        name: of the library.
        volts: nominal supply.
        cells: facts of each cell.
    """

    name: str
    volts: float
    cells: dict[str, Facts]


def read_liberty(text: str) -> LibertyFacts:
    """Read a Liberty file.

    Raises:
        DataError: its braces do not match, or a number is none.
    """
    library = _parsed(text)
    scale = _LEAKAGE_NW.get(library.first("leakage_power_unit", "1nW"), 1.0)
    templates = {group.names[0]: group for group in library.of("lu_table_template", "power_lut_template")}
    try:
        volts = float(library.first("nom_voltage", "0"))
        cells = {cell.names[0]: _cell(cell, templates, scale) for cell in library.of("cell")}
    except (ValueError, IndexError) as error:
        raise DataError(f"The Liberty file holds something that is not as the format has it: {error}.") from error
    return LibertyFacts(library.names[0] if library.names else "", volts, cells)


def _parsed(text: str) -> Group:
    tokens = [(next(t for t in match.groups() if t is not None)) for match in _TOKEN.finditer(text) if match.lastindex]
    root, place = Group("", []), 0
    open_groups = [root]
    try:
        while place < len(tokens):
            token = tokens[place]
            if token == "}":
                open_groups.pop()
                place += 1
            elif token == ";":
                place += 1
            elif tokens[place + 1] == ":":
                end = place + 2
                while tokens[end] not in (";", "}"):
                    end += 1
                open_groups[-1].attributes[token] = [" ".join(tokens[place + 2 : end])]
                place = end
            else:
                end = place + 2
                while tokens[end] != ")":
                    end += 1
                values = [value for value in tokens[place + 2 : end] if value != ","]
                if tokens[end + 1 : end + 2] == ["{"]:
                    group = Group(token, values)
                    open_groups[-1].groups.append(group)
                    open_groups.append(group)
                    place = end + 2
                else:
                    open_groups[-1].attributes[token] = values
                    place = end + 1
    except IndexError as error:
        raise DataError("The Liberty file ends in the middle of a group. Give the whole file.") from error
    if len(open_groups) != 1 or [group.kind for group in root.groups] != ["library"]:
        raise DataError("A Liberty file is one group 'library'; this file is not.")
    return root.groups[0]


def _cell(cell: Group, templates: dict[str, Group], scale: float) -> Facts:
    facts: Facts = {
        "area": float(cell.first("area", "0")),
        "leakage_nw": float(cell.first("cell_leakage_power", "0")) * scale,
        "pins": {pin.names[0]: _pin(pin, templates) for pin in cell.of("pin")},
    }
    for state in cell.of("ff", "latch"):
        facts[state.kind] = {"names": state.names, **{name: values[0] for name, values in state.attributes.items()}}
    if cell.first("clock_gating_integrated_cell"):
        facts["icg"] = cell.first("clock_gating_integrated_cell")
    return facts


def _pin(pin: Group, templates: dict[str, Group]) -> Facts:
    facts: Facts = {"dir": pin.first("direction"), "cap_pf": float(pin.first("capacitance", "0"))}
    for name in ("function", "clock", "clock_gate_clock_pin", "clock_gate_enable_pin", "clock_gate_out_pin"):
        if pin.first(name):
            facts[name] = pin.first(name)
    energies = [_mean(power, ("rise_power", "fall_power"), templates, LOAD_PF) for power in pin.of("internal_power")]
    known = [energy for energy in energies if energy is not None]
    facts["energy_pj"] = sum(known) / len(known) if known else 0.0
    arcs = [arc for arc in pin.of("timing") if not arc.first("timing_type").startswith(_NO_DELAY)]
    light, heavy = (
        [delay for arc in arcs if (delay := _mean(arc, ("cell_rise", "cell_fall"), templates, load)) is not None]
        for load in (LIGHT_PF, HEAVY_PF)
    )
    if light:
        slope = (max(heavy) - max(light)) / (HEAVY_PF - LIGHT_PF)
        facts |= {"ns_per_pf": slope, "delay_ns": max(light) - slope * LIGHT_PF}
    return facts


def _mean(group: Group, kinds: tuple[str, str], templates: dict[str, Group], load: float) -> float | None:
    values = [_looked_up(table, templates, load) for table in group.of(*kinds)]
    return sum(values) / len(values) if values else None


def _looked_up(table: Group, templates: dict[str, Group], load: float) -> float:
    """Value of a table at `SLEW_NS` and a load, linear between its points and constant beyond them."""
    rows = [_numbers([row]) for row in table.attributes["values"]]
    template = templates.get(table.names[0] if table.names else "")
    indices = [
        _numbers(table.attributes.get(name) or (template.attributes.get(name, []) if template else []))
        for name in ("index_1", "index_2")
    ]
    if len(rows) == 1 and len(rows[0]) == 1:
        return rows[0][0]
    variables = [template.first(name) for name in ("variable_1", "variable_2")] if template else ["", ""]
    points = [load if "capacitance" in name else SLEW_NS for name in variables]
    if not indices[1] or len(rows) == 1:
        return _between(points[0], indices[0], [value for row in rows for value in row])
    return _between(points[0], indices[0], [_between(points[1], indices[1], row) for row in rows])


def _between(x: float, at: Sequence[float], values: Sequence[float]) -> float:
    if len(at) < 2 or x <= at[0]:
        return values[0]
    if x >= at[-1]:
        return values[-1]
    k = bisect_right(at, x)
    share = (x - at[k - 1]) / (at[k] - at[k - 1])
    return values[k - 1] + share * (values[k] - values[k - 1])


def _numbers(texts: Sequence[str]) -> list[float]:
    return [float(number) for text in texts for number in re.split(r"[,\s]+", text.strip()) if number]
