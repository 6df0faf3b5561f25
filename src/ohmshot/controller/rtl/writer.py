"""Write-verify engine and pulse sequencer together: the part of the controller that gives pulses."""

from amaranth.hdl import Module
from amaranth.lib.wiring import Component, In, Out, connect, flipped

from ohmshot.controller.pulse_sequencer import BUDGET_BITS, PulseTiming
from ohmshot.controller.rtl.ports import CELL_BITS, array_port
from ohmshot.controller.rtl.pulse_sequencer import PulseSequencer
from ohmshot.controller.rtl.write_verify import OUTCOME_BITS, WriteVerify
from ohmshot.controller.write_plan import WritePlan
from ohmshot.controller.write_verify import WIDTHS


class Writer(Component):
    """Takes orders (cell, level) and drives the cells; members as those of its two blocks."""

    def __init__(self, plan: WritePlan, timing: PulseTiming) -> None:
        self.engine, self.sequencer = WriteVerify(plan), PulseSequencer(timing)
        super().__init__(
            {
                "valid": In(1),
                "ready": Out(1),
                "cell": In(CELL_BITS),
                "level": In(WIDTHS.level),
                "done": Out(1),
                "outcome": Out(OUTCOME_BITS),
                "array": Out(array_port()),
                "load": In(1),
                "new_budget": In(BUDGET_BITS),
                "budget": Out(BUDGET_BITS),
                "clear": In(1),
                "halted": Out(1),
            }
        )

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
