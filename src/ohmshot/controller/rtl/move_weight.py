"""One weight and its gradient in gates (model: `ohmshot.controller.learning`): the new weight, orders for its cells.

The level that a pair holds follows from the exact weight before, so levels take no memory. A weight whose gradient
rounds to 0 is neither read nor written.
"""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, signed
from amaranth.lib.wiring import Component, In, Out

from ohmshot.controller.rtl.arithmetic import held, named, rounded_shift
from ohmshot.controller.rtl.levels import Level
from ohmshot.controller.rtl.ports import CELL_BITS, order_port, weight_port
from ohmshot.controller.rtl.sizes import Build


class MoveWeight(Component):
    """Moves one weight, and orders those of its cells whose level has moved.

    Members:
        go: begins.
        idle: nothing is on its way; the members below must stand still until it is.
        gradient: sum of products.
        address: of the weight.
        row, output: its input and output.
        memory: of exact weights.
        order: the write engine.

    Attributes:
        copy, is_minus: which cell is decided, for proofs to look at.
        states: its automaton, once it is elaborated.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self.copy = Signal(range(max(build.copies, 2)), name="copy", reset_less=True)
        self.is_minus = Signal(name="is_minus", reset_less=True)
        self.states: Any = None
        super().__init__(
            {
                "go": In(1),
                "idle": Out(1),
                "gradient": In(signed(build.widths["outer_0.gradient"])),
                "address": In(range(build.weight_words)),
                "row": In(range(build.inputs)),
                "output": In(range(build.ways)),
                "memory": Out(weight_port(build)),
                "order": Out(order_port()),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        build, memory, order = self._build, self.memory, self.order
        weight = signed(build.widths["outer_0.weight"])
        shift, most = build.rates.gradient_shift, build.levels.most
        moves = named(m, self.gradient << -shift if shift < 0 else rounded_shift(self.gradient, shift), "moves")
        moved = named(m, held(memory.data.as_signed() - moves, -most, most), "moved")

        before, after = Signal(weight, reset_less=True), Signal(weight, reset_less=True)  # what copies must carry yet
        copy, is_minus, is_after = self.copy, self.is_minus, Signal(reset_less=True)
        m.submodules.level_of_pair = level = Level(build.levels, build.widths["level_0.left"])
        old, new = (Signal(signed(len(level.level)), name=name, reset_less=True) for name in ("old", "new"))
        old_side = named(m, _side(old, is_minus), "old_side")
        new_side = named(m, _side(new, is_minus), "new_side")
        m.d.comb += [
            memory.address.eq(self.address),
            memory.new.eq(moved),
            level.copy.eq(copy),
            level.left.eq(Mux(is_after, after, before)),
            order.level.eq(new_side),
            order.cell.eq(self._cell(m, copy, is_minus)),
        ]
        with m.FSM() as self.states:
            with m.State("IDLE"):
                m.d.comb += self.idle.eq(1)
                with m.If(self.go & (moves != 0)):
                    m.d.comb += memory.enable.eq(1)
                    m.next = "MOVE"
            with m.State("MOVE"):
                m.d.comb += [memory.enable.eq(1), memory.write.eq(1)]
                m.d.sync += [before.eq(memory.data), after.eq(moved), copy.eq(0), is_after.eq(0)]
                m.next = "BEFORE"
            with m.State("BEFORE"):
                m.d.sync += [old.eq(level.level), before.eq(level.rest), is_after.eq(1)]
                m.next = "AFTER"
            with m.State("AFTER"):
                m.d.sync += [new.eq(level.level), after.eq(level.rest), is_after.eq(0), is_minus.eq(0)]
                m.next = "ORDER"
            with m.State("ORDER"):
                m.d.comb += order.valid.eq(old_side != new_side)
                with m.If((old_side == new_side) | order.ready):
                    m.d.sync += is_minus.eq(1)
                    with m.If(is_minus):
                        m.d.sync += copy.eq(copy + 1)
                        m.next = "BEFORE"
                        with m.If(copy == build.copies - 1):
                            m.next = "IDLE"
        return m

    def _cell(self, m: Module, copy: Value, is_minus: Value) -> Value:
        """Address of a cell, by the block in which its weight lies."""
        build, row = self._build, self.row
        cell = Signal(CELL_BITS)
        pair = named(m, copy * build.ways + self.output, "output_of_copies")
        for block in build.blocks:
            (first, height), (first_output, width) = block.inputs, block.outputs
            inside = (row >= first) & (row < first + height) & (pair >= first_output) & (pair < first_output + width)
            with m.If(inside):
                column = 2 * (pair + (block.pair - first_output)) + is_minus
                m.d.comb += cell.eq(((row + (block.row - first)) << 6) + column)
        return cell


def _side(level: Signal, is_minus: Signal) -> Value:
    """Level of one cell of a pair: the plus cell carries what is positive, the minus cell the rest."""
    return Mux((level < 0) == is_minus, Mux(is_minus, -level, level), 0)[:4]
