"""The level of a pair in gates: the largest one whose threshold is not above what is left of a weight."""

from amaranth.hdl import Module, Mux, Signal, signed
from amaranth.lib.wiring import Component, In, Out

from ohmshot.controller.fixed_point import bits_of
from ohmshot.controller.formats import LEVELS
from ohmshot.controller.learning import LevelConstants
from ohmshot.controller.rtl.arithmetic import table


class Level(Component):
    """One step of `ohmshot.controller.learning.levels`; no registers.

    Members:
        left: what the copies from this one on must carry, a weight code.
        copy: number of the copy, from 0.
        level: signed level of its pair.
        rest: what is left for the copies after it.
    """

    def __init__(self, levels: LevelConstants, bits: int) -> None:
        """Make it for the levels of a layer whose weights have so many bits."""
        self._levels = levels
        weight = signed(bits)
        super().__init__(
            {
                "left": In(weight),
                "copy": In(range(max(levels.copies, 2))),
                "level": Out(signed(bits_of(LEVELS - 1, signed=True))),
                "rest": Out(weight),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        levels, copies = self._levels, self._levels.copies
        size, height = Signal(len(self.left)), Signal(range(len(levels.values)))
        is_negative = self.left < 0
        m.d.comb += size.eq(Mux(is_negative, -self.left, self.left))
        with m.Switch(self.copy):
            for copy in range(copies):
                with m.Case(copy):
                    still = copies - copy
                    m.d.comb += height.eq(sum(size >= still * threshold for threshold in levels.thresholds))
        value = table(m, height, levels.values, "value")
        m.d.comb += [
            self.level.eq(Mux(is_negative, -height, height)),
            self.rest.eq(self.left - Mux(is_negative, -value, value)),
        ]
        return m
