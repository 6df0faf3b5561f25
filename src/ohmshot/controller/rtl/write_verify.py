"""The write-verify engine in gates (models: `ohmshot.controller.write_verify`, `ohmshot.controller.write_engine`)."""

from typing import Any

from amaranth.hdl import Module, Mux, Signal, Value, signed, unsigned
from amaranth.lib.wiring import Component, Out

from ohmshot.controller.pulse_converters import PULSE_BITS
from ohmshot.controller.rtl.arithmetic import held, named, rounded_shift, table
from ohmshot.controller.rtl.ports import CELL_BITS, OUTCOME_BITS, order_members, train_port
from ohmshot.controller.write_engine import Outcome
from ohmshot.controller.write_plan import HALVINGS, LOG_ENTRIES, RATIO_BITS, WritePlan
from ohmshot.controller.write_verify import WIDTHS, widths_of

_SIGNED = ("gate_shift", "source_shift")


class WriteVerify(Component):
    """Brings one cell after another to its level.

    Members:
        valid, ready: an order is taken in a cycle in which both are high.
        cell, level: the order.
        done: high for one cycle, when ``outcome`` holds.
        outcome: how the write has ended (`ohmshot.controller.write_engine.Outcome`).
        train: the pulse sequencer.

    Attributes:
        known: registers of `ohmshot.controller.write_verify.Cells`, for proofs to look at.
        states: its automaton, once it is elaborated.
    """

    def __init__(self, plan: WritePlan) -> None:
        self._plan = plan
        super().__init__({**order_members(), "train": Out(train_port(plan.verify_bits))})
        # All are written when an order is taken.
        self.known = {
            name: Signal(signed(bits) if name in _SIGNED else unsigned(bits), name=name, reset_less=True)
            for name, bits in widths_of(plan)._asdict().items()
        }
        self.states: Any = None

    def elaborate(self, platform: object) -> Module:
        """Build the block."""
        m = Module()
        plan = self._plan
        known = self.known
        cell, outcome = Signal(CELL_BITS, reset_less=True), Signal(OUTCOME_BITS, reset_less=True)
        next_source, next_gate = (Signal(PULSE_BITS, name=n, reset_less=True) for n in ("next_source", "next_gate"))

        target = table(m, known["level"], plan.targets, "target")
        typical_source = self._typical_source(m, known)
        source, gate = self._decision(m, known, target, typical_source)
        accepted = self._accepted(m, known, target)
        begins = named(m, (gate != 0) & ((source != 0) | (known["gate"] == 0)), "begins_cycle")
        worn = (known["cycles"] >= plan.most_cycles) & begins
        given_up = named(m, (known["attempts"] >= plan.most_attempts) | worn, "given_up")

        m.d.comb += [
            self.outcome.eq(outcome),
            self.train.cell.eq(cell),
            self.train.source.eq(next_source),
            self.train.gate.eq(next_gate),
        ]
        with m.FSM() as self.states:
            with m.State("IDLE"):
                m.d.comb += self.ready.eq(1)
                with m.If(self.valid):
                    m.d.sync += [register.eq(0) for name, register in known.items() if name != "measured"]
                    m.d.sync += [known["level"].eq(self.level), cell.eq(self.cell)]
                    m.d.sync += [next_source.eq(0), next_gate.eq(0)]
                    m.next = "ORDER"
            with m.State("ORDER"):
                m.d.comb += self.train.start.eq(1)
                m.next = "WAIT"
            with m.State("WAIT"), m.If(self.train.done):
                with m.If(self.train.refused):
                    m.d.sync += outcome.eq(Outcome.HALTED)
                    m.next = "DONE"
                with m.Else():
                    m.d.sync += known["measured"].eq(self.train.code)
                    m.next = "DECIDE"
            with m.State("DECIDE"):
                with m.If(accepted):
                    m.d.sync += outcome.eq(Outcome.ACCEPTED)
                    m.next = "DONE"
                with m.Elif(given_up):
                    m.d.sync += outcome.eq(Outcome.MISSED)
                    m.next = "DONE"
                with m.Else():
                    self._remember(m, known, source, gate, begins, typical_source)
                    m.d.sync += [next_source.eq(source), next_gate.eq(gate)]
                    m.next = "ORDER"
            with m.State("DONE"):
                m.d.comb += self.done.eq(1)
                m.next = "IDLE"
        return m

    def _accepted(self, m: Module, known: dict[str, Signal], target: Value) -> Value:
        """Whether the cell reads within its window."""
        plan, measured = self._plan, known["measured"]
        distance = named(m, measured - target, "distance")
        at_level = (distance <= plan.tolerance) & (distance >= -plan.tolerance)
        return named(m, at_level | ((known["level"] == 0) & (measured <= plan.ceiling)), "accepted")

    def _decision(
        self, m: Module, known: dict[str, Signal], target: Value, typical_source: Value
    ) -> tuple[Signal, Signal]:
        """Codes of the next RESET and SET; see `ohmshot.controller.write_verify.next_pulses`."""
        plan, level = self._plan, known["level"]
        source, gate = Signal(PULSE_BITS, name="decided_source"), Signal(PULSE_BITS, name="decided_gate")
        below = named(m, known["measured"] < target, "below")
        first_set, next_reset = self._first_set(m, known), self._next_reset(m, known, typical_source)
        with m.If(level == 0):
            with m.If(known["resets"] >= plan.resets_to_retry):
                m.d.comb += gate.eq(plan.gates[0])
            with m.Else():
                m.d.comb += source.eq(plan.full)
        with m.Elif(level <= plan.highest_from_above):
            with m.If(below | (known["source"] >= plan.full)):
                m.d.comb += gate.eq(first_set)
            with m.Else():
                m.d.comb += source.eq(next_reset)
        with m.Else():
            m.d.comb += [source.eq(plan.full), gate.eq(first_set)]
            if plan.corrects:
                with m.If(below & (known["gate"] != 0)):
                    m.d.comb += [source.eq(0), gate.eq(self._corrected_set(m, known, target))]
        return source, gate

    def _first_set(self, m: Module, known: dict[str, Signal]) -> Value:
        """SET that begins a cycle."""
        plan = self._plan
        gate = table(m, known["level"], plan.gates, "gate_of_level")
        return held(gate + known["gate_shift"], plan.lowest_gate, plan.highest_gate) if plan.corrects else gate

    def _corrected_set(self, m: Module, known: dict[str, Signal], target: Value) -> Value:
        """SET that goes on from the last one, higher by a share of the distance that is left."""
        plan = self._plan
        distance = target - known["measured"]
        correction = named(m, rounded_shift(distance * plan.gate_damping, RATIO_BITS), "gate_correction")
        return held(known["gate"] + correction, plan.lowest_gate, plan.highest_gate)

    def _next_reset(self, m: Module, known: dict[str, Signal], typical_source: Value) -> Value:
        """RESET of a cell that lies above: stronger than the last, or the first one."""
        plan, level, cycles = self._plan, known["level"], known["cycles"]
        halvings = named(m, Mux(cycles > HALVINGS, HALVINGS, cycles[:2]), "halvings")
        if plan.corrects:
            distance = table(m, level, plan.typical, "typical_of_level") - typical_source
            step: Value = rounded_shift(distance * plan.source_damping, RATIO_BITS)
        else:
            steps = [(plan.step + (1 << n >> 1)) >> n for n in range(HALVINGS + 1)]
            step = table(m, halvings, steps, "step")
        lead = table(m, halvings, [plan.lead >> n for n in range(HALVINGS + 1)], "lead")
        first = table(m, level, plan.sources, "source_of_level") + known["source_shift"] - lead
        wanted = named(m, Mux(known["source"] != 0, known["source"] + step, first), "wanted_source")
        return held(wanted, plan.onset, plan.full)

    def _typical_gate(self, m: Module, known: dict[str, Signal]) -> Value:
        """SET code that typically ends at what was measured."""
        plan = self._plan
        return named(
            m, plan.gate_offset + rounded_shift(known["measured"] * plan.gate_slope, RATIO_BITS), "typical_gate"
        )

    def _typical_source(self, m: Module, known: dict[str, Signal]) -> Value:
        """RESET code that typically ends at what was measured: log2 by the leading one and a table."""
        plan, measured, top = self._plan, known["measured"], self._plan.verify_bits - 1
        octaves = Signal(range(top + 1), name="octaves_below")  # from the highest bit down to the leading one
        behind = Signal(top, name="behind_leading_one")
        m.d.comb += octaves.eq(top)
        for place in range(top + 1):
            with m.If(measured[place]):
                m.d.comb += [octaves.eq(top - place), behind.eq(measured << (top - place))]
        index_bits = (LOG_ENTRIES - 1).bit_length()
        fraction = table(m, behind[top - index_bits :], plan.fractions, "log_fraction")
        return named(m, plan.source_offset + octaves * plan.octave - fraction, "typical_source")

    def _remember(
        self, m: Module, known: dict[str, Signal], source: Value, gate: Value, begins: Value, typical_source: Value
    ) -> None:
        """Take an attempt into the registers; see `ohmshot.controller.write_verify.after`."""
        m.d.sync += [known["attempts"].eq(known["attempts"] + 1), known["cycles"].eq(known["cycles"] + begins)]
        with m.If((gate != 0) & (known["source"] != 0)):
            outcome = known["source"] - typical_source
            m.d.sync += known["source_shift"].eq(known["source_shift"] + ((outcome - known["source_shift"]) >> 1))
        if self._plan.corrects:  # a ramp never uses the other shift
            with m.If((source != 0) & (known["gate"] != 0)):
                outcome = known["gate"] - self._typical_gate(m, known)
                m.d.sync += known["gate_shift"].eq(known["gate_shift"] + ((outcome - known["gate_shift"]) >> 1))
        with m.If(gate != 0):
            m.d.sync += [known["gate"].eq(gate), known["source"].eq(0), known["resets"].eq(0)]
        with m.Elif(source != 0):
            full = known["resets"] == (1 << WIDTHS.resets) - 1
            m.d.sync += [known["gate"].eq(0), known["source"].eq(source)]
            m.d.sync += known["resets"].eq(Mux(full, known["resets"], known["resets"] + 1))
