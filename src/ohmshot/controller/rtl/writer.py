"""Write-verify engine and pulse sequencer together: the part of the controller that gives pulses."""

from amaranth.hdl import Module
from amaranth.lib.wiring import Component, Out, connect, flipped

from ohmshot.controller.pulse_sequencer import PulseTiming
from ohmshot.controller.rtl.ports import array_port, budget_members, order_members
from ohmshot.controller.rtl.pulse_sequencer import PulseSequencer
from ohmshot.controller.rtl.write_verify import WriteVerify
from ohmshot.controller.write_plan import WritePlan


class Writer(Component):
    """Takes orders (cell, level) and drives the cells; members as those of its two blocks."""

    def __init__(self, plan: WritePlan, timing: PulseTiming) -> None:
        self.engine, self.sequencer = WriteVerify(plan), PulseSequencer(timing, plan.verify_bits)
        super().__init__({**order_members(), "array": Out(array_port(plan.verify_bits)), **budget_members()})

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        m.submodules.engine = engine = self.engine
        m.submodules.sequencer = sequencer = self.sequencer
        connect(m, engine.train, sequencer.train)
        connect(m, sequencer.array, flipped(self.array))
        m.d.comb += [
            engine.valid.eq(self.valid),
            engine.cell.eq(self.cell),
            engine.level.eq(self.level),
            self.ready.eq(engine.ready),
            self.done.eq(engine.done),
            self.outcome.eq(engine.outcome),
            sequencer.load.eq(self.load),
            sequencer.new_budget.eq(self.new_budget),
            sequencer.clear.eq(self.clear),
            self.budget.eq(sequencer.budget),
            self.halted.eq(sequencer.halted),
        ]
        return m
