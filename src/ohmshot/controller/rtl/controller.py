"""The whole controller in gates: a chip that learns when a host gives it examples and says "update".

The two memories are outside: macros of the process in silicon, `ohmshot.controller.rtl.memories` in simulation.
"""

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from ohmshot.controller.host_port import COUNT_BITS
from ohmshot.controller.pulse_sequencer import PulseTiming
from ohmshot.controller.rtl.host_port import HostPort, apb_port
from ohmshot.controller.rtl.learning import Learning
from ohmshot.controller.rtl.multiply import Multiply
from ohmshot.controller.rtl.ports import array_port, example_port, multiply_port, weight_port
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Build
from ohmshot.controller.rtl.softmax import Softmax
from ohmshot.controller.rtl.standardiser import Standardiser
from ohmshot.controller.rtl.writer import Writer
from ohmshot.controller.write_engine import Outcome
from ohmshot.controller.write_plan import WritePlan

_ASKED = ("enable", "write", "address", "new")
"""Members of a memory's port that a block drives."""
_COUNTED = (1 << COUNT_BITS) - 1


class Controller(Component):
    """Host port, standardiser, multiply engine, softmax unit, learning engine, write-verify engine, pulse sequencer.

    Members:
        bus: of the host.
        cells: the array, as pulses see it.
        lines: the array, as a multiply sees it.
        examples, weights: the memories.
    """

    def __init__(self, build: Build, plan: WritePlan, timing: PulseTiming) -> None:
        self.build, self.plan, self.timing = build, plan, timing
        super().__init__(
            {
                "bus": In(apb_port()),
                "cells": Out(array_port(plan.verify_bits)),
                "lines": Out(multiply_port(build)),
                "examples": Out(example_port(build)),
                "weights": Out(weight_port(build)),
            }
        )

    @property
    def verify_bits(self) -> int:
        """Bits of the code of a read."""
        return self.plan.verify_bits

    @property
    def example_memory(self) -> tuple[int, int]:
        """Depth and width of the memory of examples."""
        return self.build.example_words, CODES_A_WORD * self.build.configuration.lengths.drive

    @property
    def weight_memory(self) -> tuple[int, int]:
        """Depth and width of the memory of exact weights and errors."""
        return self.build.weight_words, self.build.weight_bits

    def elaborate(self, platform: object) -> Module:
        """Build the controller."""
        m = Module()
        build = self.build
        updates = len(build.rates.rates)
        m.submodules.host = host = HostPort(build)
        m.submodules.multiply = multiply = Multiply(build)
        m.submodules.softmax = softmax = Softmax(build)
        m.submodules.learning = learning = Learning(build)
        m.submodules.writer = writer = Writer(self.plan, self.timing)
        connect(m, flipped(self.bus), host.bus)
        connect(m, writer.array, flipped(self.cells))
        connect(m, multiply.array, flipped(self.lines))

        update = Signal(range(updates + 1))
        example, base = Signal(range(build.examples)), Signal(range(build.example_words), reset_less=True)
        changed, missed, refused = Signal(COUNT_BITS), Signal(COUNT_BITS), Signal()
        standardiser = self._standardiser(m, host, base)
        answer, answers = Signal(range(build.ways)), Signal()
        busy = Signal()
        m.d.comb += [
            host.busy.eq(busy),
            host.halted.eq(writer.halted),
            host.refused.eq(refused),
            host.budget.eq(writer.budget),
            host.update.eq(update),
            host.changed.eq(changed),
            host.missed.eq(missed),
            host.answer.eq(answer),
            writer.load.eq(host.load),
            writer.new_budget.eq(host.value),
            writer.clear.eq(host.clear),
            multiply.base.eq(base),
            softmax.sums.eq(multiply.sums),
            softmax.only_largest.eq(answers),
            learning.update.eq(update),
            learning.valid.eq(softmax.valid),
            learning.place.eq(softmax.place),
            learning.share.eq(softmax.share),
            learning.label.eq(multiply.label),
            learning.example.eq(example),
        ]
        self._share_memories(m, host, multiply, learning, standardiser)
        self._share_writer(m, host, learning, writer)

        # What has happened since the last command.
        with m.If(host.do_update | host.do_answer | host.do_standard | host.do_order):
            m.d.sync += [changed.eq(0), missed.eq(0), refused.eq(0)]
        with m.Elif(writer.done):
            m.d.sync += changed.eq(Mux(changed == _COUNTED, changed, changed + 1))
            with m.If(writer.outcome != Outcome.ACCEPTED):
                m.d.sync += missed.eq(Mux(missed == _COUNTED, missed, missed + 1))
            with m.If(writer.outcome == Outcome.HALTED):
                m.d.sync += refused.eq(1)
        with m.If(host.set_update):
            m.d.sync += update.eq(host.value)

        with m.FSM() as states:
            m.d.comb += busy.eq(~states.ongoing("IDLE") | ~writer.ready)
            with m.State("IDLE"):
                with m.If(host.do_update):
                    m.d.sync += [example.eq(0), base.eq(0), answers.eq(0)]
                    m.next = "MULTIPLY"
                with m.Elif(host.do_answer):
                    m.d.sync += [base.eq(build.examples * build.words), answers.eq(1)]
                    m.next = "MULTIPLY" if standardiser is None else "STANDARDISE"
                if standardiser is not None:
                    with m.Elif(host.do_standard):
                        m.d.sync += answers.eq(0)
                        m.next = "STANDARDISE"
            if standardiser is not None:
                m.d.comb += standardiser.only.eq(answers)
                with m.State("STANDARDISE"):
                    m.d.comb += standardiser.go.eq(1)
                    m.next = "STANDARD"
                with m.State("STANDARD"), m.If(standardiser.done):
                    m.next = "IDLE"
                    with m.If(answers):
                        m.next = "MULTIPLY"
            with m.State("MULTIPLY"):
                m.d.comb += multiply.go.eq(1)
                m.next = "SUMS"
            with m.State("SUMS"), m.If(multiply.done):
                m.d.comb += softmax.go.eq(1)
                m.next = "SOFTMAX"
            with m.State("SOFTMAX"), m.If(softmax.done):
                with m.If(answers):
                    m.d.sync += answer.eq(softmax.largest)
                    m.next = "IDLE"
                with m.Else():
                    m.d.comb += learning.store.eq(1)
                    m.d.sync += base.eq(base + build.words)
                    with m.If(example == build.examples - 1):
                        m.next = "LEARN"
                    with m.Else():
                        m.d.sync += example.eq(example + 1)
                        m.next = "MULTIPLY"
            with m.State("LEARN"), m.If(learning.idle):  # the errors of the last example are kept
                m.d.comb += learning.go.eq(1)
                m.next = "WRITE"
            with m.State("WRITE"), m.If(learning.done):
                m.d.sync += update.eq(update + 1)
                m.next = "IDLE"
        return m

    def _standardiser(self, m: Module, host: HostPort, base: Signal) -> Standardiser | None:
        """The standardiser, where features need a standard."""
        if self.build.standard is None:
            return None
        m.submodules.standardiser = standardiser = Standardiser(self.build.standard)
        m.d.comb += [standardiser.base.eq(base), standardiser.memory.data.eq(self.examples.data)]
        return standardiser

    def _share_memories(
        self,
        m: Module,
        host: HostPort,
        multiply: Multiply,
        learning: Learning,
        standardiser: Standardiser | None,
    ) -> None:
        """One at a time asks a memory: the host while nothing else is busy."""
        examples, weights = self.examples, self.weights
        m.d.comb += [each.examples.data.eq(examples.data) for each in (host, learning)]
        m.d.comb += multiply.memory.data.eq(examples.data)
        m.d.comb += [each.weights.data.eq(weights.data) for each in (host, learning)]
        m.d.comb += [examples.new.eq(host.examples.new), examples.write.eq(host.examples.write)]
        m.d.comb += examples.enable.eq(host.examples.enable | multiply.memory.enable | learning.examples.enable)
        with m.If(host.examples.enable):
            m.d.comb += examples.address.eq(host.examples.address)
        with m.Elif(multiply.memory.enable):
            m.d.comb += examples.address.eq(multiply.memory.address)
        with m.Else():
            m.d.comb += examples.address.eq(learning.examples.address)
        if standardiser is not None:
            with m.If(standardiser.memory.enable):
                m.d.comb += [getattr(examples, each).eq(getattr(standardiser.memory, each)) for each in _ASKED]
        m.d.comb += weights.enable.eq(host.weights.enable | learning.weights.enable)
        m.d.comb += weights.write.eq(host.weights.write | learning.weights.write)
        with m.If(host.weights.enable):
            m.d.comb += [weights.address.eq(host.weights.address), weights.new.eq(host.weights.new)]
        with m.Else():
            m.d.comb += [weights.address.eq(learning.weights.address), weights.new.eq(learning.weights.new)]

    @staticmethod
    def _share_writer(m: Module, host: HostPort, learning: Learning, writer: Writer) -> None:
        """Orders come from the learning engine, or one at a time from the host."""
        m.d.comb += [writer.valid.eq(learning.order.valid), learning.order.ready.eq(writer.ready)]
        m.d.comb += [writer.cell.eq(learning.order.cell), writer.level.eq(learning.order.level)]
        with m.If(host.do_order):
            m.d.comb += [writer.valid.eq(1), writer.cell.eq(host.value), writer.level.eq(host.value[16:])]
