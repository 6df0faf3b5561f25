"""The read and multiply engine in gates (model: `ohmshot.controller.multiply`)."""

from typing import Any

from amaranth.hdl import Array, Cat, Module, Mux, Signal, signed
from amaranth.lib.data import ArrayLayout
from amaranth.lib.wiring import Component, In, Out

from ohmshot.controller.rtl.ports import example_port, multiply_port
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Build


class Multiply(Component):
    """Multiplies one example by the layer: drives the rows of each block, adds up the codes of its columns.

    Members:
        go: begins.
        base: address of the example's first word.
        done: high for one cycle; sums and label hold until the next begins.
        sums: of the outputs.
        label: that lies behind the codes of the example.
        memory: of the examples; read only.
        array: rows and columns.

    Attributes:
        states: its automaton, once it is elaborated.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        self.states: Any = None
        super().__init__(
            {
                "go": In(1),
                "base": In(range(build.example_words)),
                "done": Out(1),
                "sums": Out(ArrayLayout(signed(build.widths["multiply.sum_0"]), build.ways)),
                "label": Out(range(build.ways)),
                "memory": Out(example_port(build)),
                "array": Out(multiply_port(build)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        build = self._build
        blocks = build.blocks
        sums = [
            Signal(signed(build.widths["multiply.sum_0"]), name=f"sum{j}", reset_less=True) for j in range(build.ways)
        ]
        label = Signal(range(build.ways), reset_less=True)
        place = Signal(range(max(build.inputs, 2 * build.ways * build.copies)), reset_less=True)  # row or column
        address = Signal(range(build.example_words), reset_less=True)
        output = Signal(range(build.ways), reset_less=True)
        waited = Signal(range(build.settle), reset_less=True)
        drive = build.configuration.lengths.drive
        codes = Array(self.memory.data.word_select(k, drive) for k in range(CODES_A_WORD))
        m.d.comb += [self.label.eq(label), Cat(*(self.sums[j] for j in range(build.ways))).eq(Cat(*sums))]
        m.d.comb += self.memory.address.eq(address)

        with m.FSM() as self.states:
            with m.State("IDLE"), m.If(self.go):
                m.d.sync += [each.eq(0) for each in sums]
                m.d.sync += [address.eq(self.base + blocks[0].inputs[0] // CODES_A_WORD), place.eq(0)]
                m.next = "FETCH0"
            for number, block in enumerate(blocks):
                (first, height), (first_output, width) = block.inputs, block.outputs
                with m.State(f"FETCH{number}"):
                    m.d.comb += self.memory.enable.eq(1)
                    m.d.sync += address.eq(address + 1)
                    m.next = f"ROWS{number}"
                with m.State(f"ROWS{number}"):
                    within = Signal(range(CODES_A_WORD), name=f"within{number}")
                    m.d.comb += within.eq(place + first)
                    m.d.comb += [self.array.set_row.eq(1), self.array.row.eq(block.row + place)]
                    m.d.comb += self.array.drive.eq(codes[within])
                    m.d.sync += place.eq(place + 1)
                    with m.If(place == height - 1):
                        if number == len(blocks) - 1 and self._ends_in_last_word(height + first):
                            m.d.sync += label.eq(codes[CODES_A_WORD - 1])
                        m.d.sync += waited.eq(0)
                        m.next = f"CONVERT{number}"
                    with m.Elif(within == CODES_A_WORD - 1):
                        m.d.comb += self.memory.enable.eq(1)
                        m.d.sync += address.eq(address + 1)
                with m.State(f"CONVERT{number}"):
                    m.d.comb += self.array.convert.eq(1)
                    m.d.sync += waited.eq(waited + 1)
                    with m.If(waited == build.settle - 1):
                        m.d.sync += [place.eq(0), output.eq(first_output % build.ways)]
                        m.next = f"COLUMNS{number}"
                with m.State(f"COLUMNS{number}"):
                    m.d.comb += self.array.column.eq(2 * block.pair + place)
                    part = Mux(place[0], -self.array.code, self.array.code)  # plus lies beside minus
                    with m.Switch(output):
                        for j, each in enumerate(sums):
                            with m.Case(j):
                                m.d.sync += each.eq(each + part)
                    with m.If(place[0]):
                        m.d.sync += output.eq(Mux(output == build.ways - 1, 0, output + 1))
                    m.d.sync += place.eq(place + 1)
                    with m.If(place == 2 * width - 1):
                        m.d.sync += place.eq(0)
                        if number < len(blocks) - 1:
                            m.d.sync += address.eq(self.base + blocks[number + 1].inputs[0] // CODES_A_WORD)
                            m.next = f"FETCH{number + 1}"
                        elif self._ends_in_last_word(height + first):
                            m.next = "DONE"
                        else:
                            m.d.sync += address.eq(self.base + build.words - 1)
                            m.next = "FETCH_LABEL"
            if not self._ends_in_last_word(sum(blocks[-1].inputs)):
                with m.State("FETCH_LABEL"):
                    m.d.comb += self.memory.enable.eq(1)
                    m.next = "LABEL"
                with m.State("LABEL"):
                    m.d.sync += label.eq(codes[CODES_A_WORD - 1])
                    m.next = "DONE"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _ends_in_last_word(self, inputs: int) -> bool:
        """Whether the last of some inputs lies in the word of the label."""
        return (inputs - 1) // CODES_A_WORD == self._build.words - 1
