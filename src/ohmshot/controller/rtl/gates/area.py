"""Cells, area and leakage of a netlist, block by block."""

from dataclasses import dataclass

from ohmshot.controller.rtl.gates.netlist import Netlist


@dataclass(frozen=True)
class BlockArea:
    """What one block takes, before it is placed: cells without wires and without a clock tree.

    Attributes:
        block: its path of instances; "control" for what joins them.
        cells: how many cells.
        flops: how many of them are flops.
        clock_gates: how many are clock gates.
        area_um2: of all cells.
        leakage_nw: of all cells.
    """

    block: str
    cells: int
    flops: int
    clock_gates: int
    area_um2: float
    leakage_nw: float


def areas(netlist: Netlist) -> list[BlockArea]:
    """Return what each block takes, and in the end what all take together ("sum")."""
    found = []
    for block, instances in netlist.grouped():
        cells = [netlist.cell(instance) for instance in instances]
        kinds = [cell.kind for cell in cells]
        area, leakage = sum(cell.area_um2 for cell in cells), sum(cell.leakage_nw for cell in cells)
        found.append(BlockArea(block, len(cells), kinds.count("flop"), kinds.count("clock gate"), area, leakage))
    return found
