"""The softmax unit in gates (model: `ohmshot.controller.softmax`)."""

from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, Value, signed
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import Component, In, Out

from ohmshot.controller import softmax
from ohmshot.controller.rtl.arithmetic import named, rounded_shift, table
from ohmshot.controller.rtl.sizes import Build


class Softmax(Component):
    """Turns the sums of one example into probabilities, one after another.

    Members:
        go: begins; the sums stand still until ``done``.
        only_largest: ends as soon as the largest sum is known.
        sums: of the outputs.
        largest: class of the largest sum, the first of equal ones.
        valid: high for one cycle for each class, when ``place`` and ``share`` hold.
        place: class.
        share: its probability, with fraction bits.
        done: high for one cycle, after the last.

    Attributes:
        states: its automaton, once it is elaborated.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self.states: Any = None
        super().__init__(
            {
                "go": In(1),
                "only_largest": In(1),
                "sums": In(ArrayLayout(signed(build.widths["multiply.sum_0"]), build.ways)),
                "largest": Out(range(build.ways)),
                "valid": Out(1),
                "place": Out(range(build.ways)),
                "share": Out(build.widths["softmax.probability"]),
                "done": Out(1),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        build, lengths = self._build, self._build.configuration.lengths
        ways, bits = build.ways, lengths.probability
        top = Signal(signed(build.widths["multiply.sum_0"]), reset_less=True)
        largest, place = Signal(range(ways), reset_less=True), Signal(range(ways), reset_less=True)
        width = build.widths["softmax.exponential"]
        exponentials = [Signal(width, name=f"exponential{j}", reset_less=True) for j in range(ways)]
        total = Signal(build.widths["softmax.total"], reset_less=True)
        here = named(m, Array(self.sums[j] for j in range(ways))[place], "here")
        exponential = self._exponential(m, top - here)

        # The divider: a restoring one, from the highest of `bits` + 1 quotient bits to the lowest.
        numerator = named(m, (Array(exponentials)[place] << bits) + (total >> 1), "numerator")
        rest = Signal(len(total) + 1, reset_less=True)
        coming = Signal(bits + 1, reset_less=True)  # bits of the numerator that have not been taken in
        quotient = Signal(build.widths["softmax.probability"], reset_less=True)
        left = Signal(range(bits + 1), reset_less=True)
        next_rest = named(m, Cat(coming[-1], rest), "next_rest")
        fits = named(m, next_rest >= total, "fits")

        m.d.comb += [self.largest.eq(largest), self.place.eq(place), self.share.eq(quotient)]
        last = named(m, place == ways - 1, "last")
        with m.FSM() as self.states:
            with m.State("IDLE"), m.If(self.go):
                m.d.sync += [place.eq(0), total.eq(0)]
                m.next = "LARGEST"
            with m.State("LARGEST"):
                with m.If((place == 0) | (here > top)):
                    m.d.sync += [top.eq(here), largest.eq(place)]
                m.d.sync += place.eq(Mux(last, 0, place + 1))
                with m.If(last):
                    with m.If(self.only_largest):
                        m.next = "DONE"
                    with m.Else():
                        m.next = "EXPONENTIAL"
            with m.State("EXPONENTIAL"):
                with m.Switch(place):
                    for j, each in enumerate(exponentials):
                        with m.Case(j):
                            m.d.sync += each.eq(exponential)
                m.d.sync += [total.eq(total + exponential), place.eq(Mux(last, 0, place + 1))]
                with m.If(last):
                    m.next = "PREPARE"
            with m.State("PREPARE"):
                m.d.sync += [rest.eq(numerator[bits + 1 :]), coming.eq(numerator[: bits + 1]), left.eq(bits)]
                m.next = "DIVIDE"
            with m.State("DIVIDE"):
                m.d.sync += rest.eq(Mux(fits, next_rest - total, next_rest))
                m.d.sync += [quotient.eq(Cat(fits, quotient)), coming.eq(coming << 1), left.eq(left - 1)]
                with m.If(left == 0):
                    m.next = "GIVE"
            with m.State("GIVE"):
                m.d.comb += self.valid.eq(1)
                m.d.sync += place.eq(Mux(last, 0, place + 1))
                with m.If(last):
                    m.next = "DONE"
                with m.Else():
                    m.next = "PREPARE"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _exponential(self, m: Module, below: Value) -> Value:
        """2^-z of how far a sum lies below the largest: a table for the fraction, a shift for the whole part."""
        build, lengths = self._build, self._build.configuration.lengths
        constants = build.configuration.softmax
        distance = Signal(build.widths["softmax.below"], name="below")
        m.d.comb += distance.eq(below)
        z = named(m, rounded_shift(distance * constants.scale, constants.shift), "exponent")
        entry = table(m, z[lengths.exponent - lengths.table : lengths.exponent], softmax.table(lengths), "entry")
        most = lengths.entry + lengths.guard
        whole = Signal(range(most + 1), name="whole")
        m.d.comb += whole.eq(Mux(z[lengths.exponent :] > most, most, z[lengths.exponent :]))
        return named(m, (entry << lengths.guard) >> whole, "exponential")
