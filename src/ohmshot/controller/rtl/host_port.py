"""The host port in gates (model: `ohmshot.controller.host_port`)."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib.wiring import Component, In, Out, Signature

from ohmshot.controller.host_port import (
    ADDRESS_BITS,
    CELLS,
    COUNT_BITS,
    EXAMPLES,
    IDENTITY,
    LEVELS,
    WEIGHTS,
    WINDOW,
    Command,
    Register,
    Sizes,
)
from ohmshot.controller.pulse_sequencer import BUDGET_BITS
from ohmshot.controller.rtl.ports import CELL_BITS, example_port, weight_port
from ohmshot.controller.rtl.sizes import Build
from ohmshot.controller.write_verify import WIDTHS


def apb_port() -> Signature:
    """Return the port of a bus, as a slave's host sees it (ARM IHI 0024C), without its clock and reset."""
    return Signature(
        {
            "sel": Out(1),
            "enable": Out(1),
            "write": Out(1),
            "address": Out(ADDRESS_BITS),
            "wdata": Out(32),
            "rdata": In(32),
            "ready": In(1),
            "slverr": In(1),
        }
    )


def sizes_of(build: Build) -> Sizes:
    """Return what a host can address."""
    return Sizes(
        example_words=build.example_words,
        weights=build.weights,
        weight_bits=build.weight_bits,
        updates=len(build.rates.rates),
        standardises=build.standard is not None,
    )


class HostPort(Component):
    """Registers and windows of the memories on a bus.

    Members:
        bus: the host's.
        do_update, do_answer, do_standard, clear, load, set_update, do_order: high for one cycle each, as the host asks.
        value: what is loaded, set or ordered then.
        busy ... answer: what there is to read.
        examples, weights: the memories, while the controller is not busy.
    """

    def __init__(self, build: Build) -> None:
        self._build = build
        super().__init__(
            {
                "bus": In(apb_port()),
                "do_update": Out(1),
                "do_answer": Out(1),
                "do_standard": Out(1),
                "clear": Out(1),
                "load": Out(1),
                "set_update": Out(1),
                "do_order": Out(1),
                "value": Out(max(BUDGET_BITS, 16 + WIDTHS.level)),
                "busy": In(1),
                "halted": In(1),
                "refused": In(1),
                "budget": In(BUDGET_BITS),
                "update": In(range(len(build.rates.rates) + 1)),
                "changed": In(COUNT_BITS),
                "missed": In(COUNT_BITS),
                "answer": In(range(build.ways)),
                "examples": Out(example_port(build)),
                "weights": Out(weight_port(build)),
            }
        )

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        bus, sizes = self.bus, sizes_of(self._build)
        access, fetched = Signal(), Signal()
        m.d.comb += access.eq(bus.sel & bus.enable)
        is_word = bus.address[:2] == 0
        word = bus.address[2:10]
        m.d.comb += [bus.ready.eq(1), bus.slverr.eq(access), self.value.eq(bus.wdata)]

        for memory, begin, words in (
            (self.examples, EXAMPLES, sizes.example_words),
            (self.weights, WEIGHTS, sizes.weights),
        ):
            inside = bus.address[10:] == begin // WINDOW
            m.d.comb += [memory.address.eq(word), memory.new.eq(bus.wdata)]
            with m.If(access & is_word & inside & (word < words) & ~self.busy):
                m.d.comb += [bus.slverr.eq(0), memory.write.eq(bus.write)]
                m.d.comb += memory.enable.eq(bus.write | ~fetched)
                m.d.comb += bus.ready.eq(bus.write | fetched)  # a word that is read comes a cycle later
                m.d.comb += bus.rdata.eq(memory.data)
                m.d.sync += fetched.eq(~bus.write & ~fetched)

        readable = {
            Register.IDENTITY: IDENTITY,
            Register.STATUS: self.busy | self.halted << 1 | self.refused << 2,
            Register.BUDGET: self.budget,
            Register.UPDATE: self.update,
            Register.CHANGED: self.changed,
            Register.MISSED: self.missed,
            Register.ANSWER: self.answer,
        }
        with m.If(access & ~bus.write), m.Switch(bus.address):
            for register, value in readable.items():
                with m.Case(int(register)):
                    m.d.comb += [bus.slverr.eq(0), bus.rdata.eq(value)]
        with m.If(access & bus.write & ~self.busy), m.Switch(bus.address):
            for register, asked in self._writable(sizes).items():
                with m.Case(int(register)):
                    for strobe, condition in asked:
                        with m.If(condition):
                            m.d.comb += [bus.slverr.eq(0), strobe.eq(1)]
        return m

    def _writable(self, sizes: Sizes) -> dict[Register, list[tuple[Signal, Value]]]:
        """Registers that can be written: what each sets off, and by which values."""
        data = self.bus.wdata
        return {
            Register.COMMAND: [
                (self.do_update, (data == Command.UPDATE) & (self.update < sizes.updates)),
                (self.do_answer, data == Command.ANSWER),
                (self.do_standard, (data == Command.STANDARDISE) & int(sizes.standardises)),
                (self.clear, data == Command.CLEAR),
            ],
            Register.BUDGET: [(self.load, data < 1 << BUDGET_BITS)],
            Register.UPDATE: [(self.set_update, data < sizes.updates)],
            Register.ORDER: [(self.do_order, (data[:16] < CELLS) & (data[16:] < LEVELS))],
        }


assert CELLS == 1 << CELL_BITS
