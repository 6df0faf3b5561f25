"""The pulse sequencer in gates (model: `ohmshot.controller.pulse_sequencer`)."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib.wiring import Component, In, Out

from ohmshot.controller.pulse_converters import PULSE_BITS, VERIFY_BITS
from ohmshot.controller.pulse_sequencer import PulseTiming
from ohmshot.controller.rtl.ports import CELL_BITS, array_port, budget_members, train_port


class PulseSequencer(Component):
    """Gives one train of pulses at a time: a RESET, a SET, then always a read.

    Members:
        train: orders, and their answers.
        array: the cells.
        load: takes ``new_budget`` into the budget register.
        budget: pulses that are left.
        clear: forgets an error.
        halted: an error was seen and not cleared.
        idle: no train is on its way.

    Attributes:
        source, gate: codes of the pulses that the train under way still has to give, for proofs to look at.
        states: its automaton, once it is elaborated.
    """

    def __init__(self, timing: PulseTiming, verify_bits: int = VERIFY_BITS) -> None:
        self._timing, self._verify_bits = timing, verify_bits
        super().__init__(
            {
                "train": In(train_port(verify_bits)),
                "array": Out(array_port(verify_bits)),
                **budget_members(),
                "idle": Out(1),
            }
        )
        self.source, self.gate = (Signal(PULSE_BITS, name=n, reset_less=True) for n in ("source", "gate"))
        self.states: Any = None

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        t = self._timing
        source, gate = self.source, self.gate
        cell, code = Signal(CELL_BITS, reset_less=True), Signal(self._verify_bits, reset_less=True)
        broken_off = Signal()
        left = Signal(range(max(t.reset, t.set, t.read, t.gap)))

        faulty = Signal()
        m.d.comb += faulty.eq(self.array.error | self.halted)
        m.d.sync += self.halted.eq(self.array.error | (self.halted & ~self.clear))

        pulses = Signal(2)
        m.d.comb += pulses.eq((self.train.source != 0) + (self.train.gate != 0))
        affordable = Signal()
        m.d.comb += affordable.eq(pulses <= self.budget)

        m.d.comb += [
            self.array.cell.eq(cell),
            self.train.code.eq(code),
            self.train.refused.eq(broken_off),
        ]
        spends = Signal()
        with m.If(self.load | spends):  # one place under one condition, so that synthesis can gate its clock
            m.d.sync += self.budget.eq(Mux(self.load, self.new_budget, self.budget - pulses))

        with m.FSM() as self.states:
            with m.State("IDLE"):
                m.d.comb += self.idle.eq(1)
                with m.If(self.train.start):
                    with m.If(faulty | ~affordable):
                        m.d.sync += broken_off.eq(1)
                        m.next = "ANSWER"
                    with m.Else():
                        m.d.sync += [
                            broken_off.eq(0),
                            cell.eq(self.train.cell),
                            source.eq(self.train.source),
                            gate.eq(self.train.gate),
                            left.eq(t.gap - 1),
                        ]
                        m.d.comb += spends.eq(1)
                        m.next = "GAP"
            with m.State("GAP"):  # all switches are open
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    m.d.sync += left.eq(Mux(source != 0, t.reset - 1, Mux(gate != 0, t.set - 1, t.read - 1)))
                    with m.If(source != 0):
                        m.next = "RESET"
                    with m.Elif(gate != 0):
                        m.next = "SET"
                    with m.Else():
                        m.next = "READ"
                self._break_off(m, faulty, broken_off)
            for state, strobe, amplitude in (("RESET", self.array.reset, source), ("SET", self.array.set, gate)):
                with m.State(state):
                    m.d.comb += [strobe.eq(~faulty), self.array.amplitude.eq(amplitude)]
                    m.d.sync += left.eq(left - 1)
                    with m.If(left == 0):
                        m.d.sync += [amplitude.eq(0), left.eq(t.gap - 1)]
                        m.next = "GAP"
                    self._break_off(m, faulty, broken_off)
            with m.State("READ"):
                m.d.comb += self.array.read.eq(~faulty)
                m.d.sync += left.eq(left - 1)
                with m.If(left == 0):
                    m.d.sync += code.eq(self.array.code)
                    m.next = "ANSWER"
                self._break_off(m, faulty, broken_off)
            with m.State("ANSWER"):
                m.d.comb += self.train.done.eq(1)
                m.next = "IDLE"
        return m

    @staticmethod
    def _break_off(m: Module, faulty: Signal, broken_off: Signal) -> None:
        """End a train at once where the array has failed; to be said last in a state."""
        with m.If(faulty):
            m.d.sync += broken_off.eq(1)
            m.next = "ANSWER"
