"""The engine of a first layer that learns, in gates (model: `ohmshot.controller.first_layer`).

Carries the differences of one example back to one hidden unit after another. The levels that the second layer holds
follow from its exact weights, so levels take no memory: a weight is fetched, its copies' levels are found, and the sum
of their shares is multiplied by the difference of its class.
"""

from typing import Any

from amaranth.hdl import Array, Module, Mux, Signal, signed
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import Component, In, Out

from ohmshot.controller.formats import LEVELS
from ohmshot.controller.rtl.arithmetic import table
from ohmshot.controller.rtl.levels import Level
from ohmshot.controller.rtl.ports import memory_port
from ohmshot.controller.rtl.sizes import Carried


class FirstLayer(Component):
    """Carries an error back through the second layer.

    Members:
        go: begins; the differences stand still until ``done``.
        differences: probabilities less one at the label, of one example.
        on: whether the hidden unit that is asked for is on, in the cycle of ``valid``.
        valid: high for one cycle for each hidden unit, when ``unit`` and ``carried`` hold.
        unit: number of the hidden unit.
        carried: what comes back to it; 0 for one that is off.
        done: high for one cycle, after the last.
        weights: memory of the second layer's exact weights, read only: unit by unit, class by class.

    Attributes:
        states: its automaton, once it is elaborated.
    """

    def __init__(self, build: Carried) -> None:
        self._build = build
        self.states: Any = None
        super().__init__(
            {
                "go": In(1),
                "differences": In(ArrayLayout(signed(build.widths["error.difference"]), build.ways)),
                "on": In(1),
                "valid": Out(1),
                "unit": Out(range(build.hidden)),
                "carried": Out(signed(build.widths["first_layer.carried"])),
                "done": Out(1),
                "weights": Out(memory_port(build.hidden * build.ways, build.widths["outer_1.weight"])),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        build = self._build
        unit, way = Signal(range(build.hidden), reset_less=True), Signal(range(build.ways), reset_less=True)
        address = Signal(range(build.hidden * build.ways), reset_less=True)
        left = Signal(signed(build.widths["outer_1.weight"]), reset_less=True)
        copy = Signal(range(max(build.copies, 2)), reset_less=True)
        share = Signal(signed(build.widths["first_layer.backward"]), reset_less=True)
        total = Signal(signed(build.widths["first_layer.carried"]), reset_less=True)
        m.submodules.level = level = Level(build.levels, build.widths["level_1.left"])
        height = Signal(range(LEVELS))
        negative = level.level < 0
        m.d.comb += height.eq(Mux(negative, -level.level, level.level))
        backward = table(m, height, build.levels.backward, "backward")
        difference = Array(self.differences[j] for j in range(build.ways))[way]
        m.d.comb += [
            level.left.eq(left),
            level.copy.eq(copy),
            self.unit.eq(unit),
            self.carried.eq(Mux(self.on, total, 0)),
            self.weights.address.eq(address),
        ]
        with m.FSM() as self.states:
            with m.State("IDLE"), m.If(self.go):
                m.d.sync += [unit.eq(0), way.eq(0), address.eq(0), total.eq(0)]
                m.next = "FETCH"
            with m.State("FETCH"):
                m.d.comb += self.weights.enable.eq(1)
                m.d.sync += address.eq(address + 1)
                m.next = "TAKE"
            with m.State("TAKE"):
                m.d.sync += [left.eq(self.weights.data), copy.eq(0), share.eq(0)]
                m.next = "LEVEL"
            with m.State("LEVEL"):
                m.d.sync += [share.eq(share + Mux(negative, -backward, backward)), left.eq(level.rest)]
                m.d.sync += copy.eq(copy + 1)
                with m.If(copy == build.copies - 1):
                    m.next = "MULTIPLY"
            with m.State("MULTIPLY"):
                m.d.sync += [total.eq(total + share * difference), way.eq(way + 1)]
                m.next = "FETCH"
                with m.If(way == build.ways - 1):
                    m.d.sync += way.eq(0)
                    m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += self.valid.eq(1)
                m.d.sync += [total.eq(0), unit.eq(unit + 1)]
                m.next = "FETCH"
                with m.If(unit == build.hidden - 1):
                    m.next = "DONE"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m
