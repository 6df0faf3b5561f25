"""What is known of the cells of a process: a Liberty file of one's own, or a small table of the package."""

import importlib.resources
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ohmshot.controller.rtl.gates.liberty import Facts, read_liberty
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import bytes_of, reading

TABLE = "sky130_fd_sc_hd"
"""The table that comes with the package: 41 cells of SkyWater's open 130 nm process, typical corner, 1.8 V, 25 C."""


@dataclass(frozen=True)
class Pin:
    """One pin of a cell.

    Attributes:
        is_output: or an input.
        capacitance_pf: of an input.
        energy_pj: within the cell when this pin toggles, mean of rise and fall.
        function: of an output, in the terms of Liberty; None for one that is none of the inputs now.
        delay_ns: of an output at no load, worst of its inputs.
        ns_per_pf: how it grows with the load.
        is_clock: a clock goes in.
    """

    is_output: bool
    capacitance_pf: float
    energy_pj: float
    function: str | None
    delay_ns: float
    ns_per_pf: float
    is_clock: bool


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        area_um2: area.
        leakage_nw: mean leakage.
        pins: by name.
        kind: "logic", "flop", "clock gate" or "latch".
        next_state: of a flop, in the terms of Liberty.
        state: names of a flop's state and of its inverse.
        asynchronous: of a flop, functions that clear or preset it whatever the clock does.
    """

    area_um2: float
    leakage_nw: float
    pins: Mapping[str, Pin]
    kind: Literal["logic", "flop", "clock gate", "latch"]
    next_state: str | None = None
    state: tuple[str, str] = ("IQ", "IQ_N")
    asynchronous: tuple[str, ...] = ()


@dataclass(frozen=True)
class Library:
    """Cells of a process.

    Attributes:
        name: of the library.
        volts: supply.
        cells: by name.
        liberty: file for synthesis.
        source: where the numbers come from.
    """

    name: str
    volts: float
    cells: Mapping[str, Cell]
    liberty: str
    source: str

    def clock_gate(self) -> tuple[str, str, str, str] | None:
        """The smallest clock gate without a test pin: name, enable, clock and output pin; None where there is none."""
        found = []
        for name, cell in self.cells.items():
            inputs = [pin for pin, each in cell.pins.items() if not each.is_output]
            if cell.kind == "clock gate" and len(inputs) == 2:
                clock = next((pin for pin in inputs if cell.pins[pin].is_clock), inputs[0])
                enable = next(pin for pin in inputs if pin != clock)
                output = next(pin for pin, each in cell.pins.items() if each.is_output)
                found.append((cell.area_um2, (name, enable, clock, output)))
        return min(found)[1] if found else None


def library_of(path: Path | None) -> Library:
    """Read a Liberty file, or take the table of the package.

    Args:
        path: of a Liberty file; None for the table.

    Raises:
        DataError: it is no Liberty file with cells.
    """
    return _table() if path is None else _own(path)


def _own(path: Path) -> Library:
    try:
        text = bytes_of(path).decode("utf-8", errors="replace")
    except OSError as error:
        raise DataError(f"The library {path} cannot be read: {error.strerror}.") from error
    with reading(lambda reason: DataError(f"{path} is a damaged Liberty file: {reason}.")):
        facts = read_liberty(text)
        cells = {name: _cell(each) for name, each in facts.cells.items()}
    if not cells:
        raise DataError(f"{path} is no Liberty file with cells. Give the .lib of a standard-cell library.")
    return Library(facts.name, facts.volts, cells, text, f"{path.name}")


def _table() -> Library:
    text = (importlib.resources.files("ohmshot.controller.rtl.gates") / f"{TABLE}.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    cells = {name: _cell(each) for name, each in table["cells"].items()}
    return Library(table["name"], table["volts"], cells, written_liberty(table), table["source"])


def _cell(facts: Facts) -> Cell:
    kind: Literal["logic", "flop", "clock gate", "latch"] = "logic"
    if "icg" in facts:
        kind = "clock gate"
    elif "ff" in facts:
        kind = "flop"
    elif "latch" in facts:
        kind = "latch"
    flop = facts.get("ff", {})
    names = flop.get("names", ["IQ", "IQ_N"])
    return Cell(
        area_um2=facts["area"],
        leakage_nw=facts["leakage_nw"],
        pins={name: _pin(pin) for name, pin in facts["pins"].items() if pin["dir"] in ("input", "output")},
        kind=kind,
        next_state=flop.get("next_state"),
        state=(names[0], names[1]),
        asynchronous=tuple(flop[name] for name in ("clear", "preset") if name in flop),
    )


def _pin(facts: Facts) -> Pin:
    return Pin(
        is_output=facts["dir"] == "output",
        capacitance_pf=facts.get("cap_pf", 0.0),
        energy_pj=facts.get("energy_pj", 0.0),
        function=facts.get("function") or None,
        delay_ns=facts.get("delay_ns", 0.0),
        ns_per_pf=facts.get("ns_per_pf", 0.0),
        is_clock="true" in (facts.get("clock"), facts.get("clock_gate_clock_pin")),
    )


def written_liberty(table: Mapping[str, Any]) -> str:
    """Write a table as a Liberty file that yosys and abc take: scalar energies, delays linear in the load."""
    lines = [
        f"library ({table['name']}) {{",
        '  delay_model : table_lookup; time_unit : "1ns"; voltage_unit : "1V"; current_unit : "1mA";',
        '  capacitive_load_unit (1.0, "pf"); leakage_power_unit : "1nW"; pulling_resistance_unit : "1kohm";',
        f"  nom_voltage : {table['volts']}; nom_temperature : 25; nom_process : 1;",
        "  lu_table_template (linear) {",
        "    variable_1 : input_net_transition; variable_2 : total_output_net_capacitance;",
        '    index_1 ("0.01, 1.0"); index_2 ("0.0, 1.0");',
        "  }",
    ]
    for name, cell in table["cells"].items():
        if "icg" not in cell:  # it has no function, so abc could not take it; yosys is told of it by name
            lines += _liberty_cell(name, cell)
    return "\n".join([*lines, "}"]) + "\n"


def _liberty_cell(name: str, cell: Facts) -> list[str]:
    lines = [f"  cell ({name}) {{", f"    area : {cell['area']}; cell_leakage_power : {cell['leakage_nw']};"]
    if "ff" in cell:
        body = " ".join(f'{key} : "{value}";' for key, value in cell["ff"].items() if key != "names")
        lines.append(f"    ff (IQ, IQ_N) {{ {body} }}")
    inputs = [pin for pin, each in cell["pins"].items() if each["dir"] == "input"]
    clocks = [pin for pin in inputs if cell["pins"][pin].get("clock") == "true"]
    for pin, each in cell["pins"].items():
        if each["dir"] == "input":
            clock = " clock : true;" if pin in clocks else ""
            lines.append(f"    pin ({pin}) {{ direction : input; capacitance : {each['cap_pf']};{clock} }}")
            continue
        lines.append(f"    pin ({pin}) {{ direction : output;")
        if each.get("function"):
            lines.append(f'      function : "{each["function"]}"; max_capacitance : {each["max_cap"]};')
        if "delay_ns" in each:
            kind = " timing_type : rising_edge;" if "ff" in cell else ""
            rise = f'"{each["delay_ns"]}, {each["delay_ns"] + each["ns_per_pf"]:.4f}"'
            slope = f'"0.03, {each["ns_per_pf"]:.3f}"'
            timing = " ".join(
                f"{arc} (linear) {{ values ({row}, {row}); }}"
                for arc, row in (
                    ("cell_rise", rise),
                    ("cell_fall", rise),
                    ("rise_transition", slope),
                    ("fall_transition", slope),
                )
            )
            lines += [f'      timing () {{ related_pin : "{name}";{kind} {timing} }}' for name in clocks or inputs]
        lines.append("    }")
    return [*lines, "  }"]
