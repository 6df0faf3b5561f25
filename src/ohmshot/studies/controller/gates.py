"""Area and energy of the controller's blocks in gates, as ``ohmshot rtl energy --json`` measured them.

    ohmshot rtl energy --liberty sg13g2_stdcell_typ_1p20V_25C.lib --json gates_sg13g2.json
    ohmshot rtl energy --json gates_sky130.json

Stored beside this file, so that the study needs no synthesis. Of the bundle `characters`, five updates of one 5-way
5-shot task; before wires and a clock tree; the memories are macros of IHP in both.
"""

import importlib.resources
import json
from collections.abc import Iterable, Mapping

import polars as pl

LIBRARIES = {"sg13g2": "IHP SG13G2", "sky130": "SKY130 hd"}
"""End of the file's name, and name of the library of cells."""
INSTANCES: Mapping[str, tuple[str, ...]] = {
    "multiply": ("multiply",),
    "softmax": ("softmax",),
    "learning": ("learning", "learning.weight", "learning.weight.level_of_pair"),
    "write_verify": ("writer.engine",),
    "pulse_sequencer": ("writer.sequencer",),
    "host port and control": ("control", "host"),
    "memory of inputs": ("examples",),
    "memory of weights": ("weights",),
}
"""Instances of the netlist, or memories, that are a block of the model; the memory of weights holds the errors too."""
COLUMNS = [f"{what}_{library}_{unit}" for library in LIBRARIES for what, unit in (("area", "mm2"), ("energy", "nj"))]


def gate_columns(blocks: pl.DataFrame) -> pl.DataFrame:
    """Add area and energy in both libraries to the table of blocks, whose last row is the sum ("all")."""
    found = {library: _of_blocks(library) for library in LIBRARIES}
    names = blocks["block"].to_list()
    rows = []
    for name in names:
        numbers: list[float | None] = []
        for library in LIBRARIES:
            numbers += found[library].get(name, (None, None))
        rows.append((name, *numbers))
    schema = {"block": pl.String, **dict.fromkeys(COLUMNS, pl.Float64)}
    return blocks.join(pl.DataFrame(rows, schema, orient="row"), on="block", maintain_order="left")


def _of_blocks(library: str) -> dict[str, tuple[float, float]]:
    """Area in mm2 and energy in nJ by block of the model, and of all."""
    text = (importlib.resources.files("ohmshot.studies.controller") / f"gates_{library}.json").read_text("utf-8")
    measured = json.loads(text)
    parts = {each["block"]: each for each in measured["blocks"]}
    parts |= {each["memory"]: each for each in measured["memories"]}
    found = {name: _sum(parts[each] for each in instances) for name, instances in INSTANCES.items()}
    return found | {"all": _sum(parts[each] for instances in INSTANCES.values() for each in instances)}


def _sum(parts: Iterable[Mapping[str, float]]) -> tuple[float, float]:
    chosen = list(parts)
    return 1e-6 * sum(each["area_um2"] for each in chosen), sum(each["energy_nj"] for each in chosen)
