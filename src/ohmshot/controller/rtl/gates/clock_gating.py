"""Gated clocks: flops that are enabled together hang on a clock gate, and those of a block on one of its own.

yosys gates flops of one enable (``clockgate``). Two things are added: flops that a reset reaches too, which it leaves
alone, are enabled by their reset as well; and a block in which nothing is enabled has no clock but for flops that have
no enable. Without the second, clock gates take most of what clocks take.
"""

from typing import Any

from ohmshot.controller.rtl.gates.cells import Library

FEWEST_GATED = 3
"""Flops of one enable that are worth a clock gate."""


def reset_enables() -> str:
    """Verilog that maps a flop with an enable and a reset above it to one whose enable the reset sets off too."""
    modules = []
    for reset, held in (("P", "R"), ("N", "~R")):
        for value, data in (("0", "D & ~held"), ("1", "D | held")):
            modules.append(
                f"module \\$_SDFFE_P{reset}{value}P_ (input D, C, R, E, output Q);\n  wire held = {held};\n"
                f"  \\$_DFFE_PP_ _TECHMAP_REPLACE_ (.C(C), .D({data}), .E(E | held), .Q(Q));\nendmodule\n"
            )
    return "".join(modules)


def gating(library: Library, reset_map: str) -> list[str]:
    """Commands of yosys that gate the clocks of a design of simple cells; none where the library has no clock gate.

    Args:
        library: of cells.
        reset_map: file with `reset_enables`.
    """
    gate = library.clock_gate()
    if gate is None:
        return []
    name, enable, clock, output = gate
    return [
        f"techmap -map {reset_map}",
        "simplemap",
        "opt_expr",
        "opt_merge",  # one enable for all flops that had one
        "opt_clean",
        f"clockgate -pos {name} {enable}:{clock}:{output} -min_net_size {FEWEST_GATED}",
    ]


def gate_blocks(design: Any, library: Library) -> None:
    """Hang the clock gates of each block on one of their own, which lets the clock through if one of theirs does.

    Args:
        design: of yosys, changed in place.
        library: of cells.
    """
    gate = library.clock_gate()
    if gate is None:
        return
    from pyosys import libyosys

    def named(text: str) -> Any:
        return libyosys.IdString(f"\\{text}")

    kind, enable, clock, output = map(named, gate)
    for module in design.selected_modules():
        gates = [cell for cell in list(module.cells_.values()) if cell.type == kind]
        if len(gates) < 2:
            continue
        enables = libyosys.SigSpec()
        for each in gates:
            enables.append(each.getPort(enable))
        any_enable, block_clock = (module.addWire(named(name), 1) for name in ("any_enable", "block_clock"))
        module.addReduceOr(named("enables"), enables, libyosys.SigSpec(any_enable), False, "")
        of_block = module.addCell(named("block_gate"), kind)
        of_block.setPort(enable, libyosys.SigSpec(any_enable))
        of_block.setPort(clock, gates[0].getPort(clock))
        of_block.setPort(output, libyosys.SigSpec(block_clock))
        for each in gates:
            each.setPort(clock, libyosys.SigSpec(block_clock))
