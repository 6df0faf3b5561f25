"""What the pulse sequencer promises, whatever it is asked for and whatever the array answers.

Monitors have flops of their own and look at the block's ports; some look at the codes of the pulses that are still to
come too, without which induction would need a far longer window. The longest train, a RESET, a SET and a read, is
shorter than the window of the induction, so every train is seen from its order on.
"""

from collections.abc import Callable

from amaranth.hdl import Cat, Module, Mux, Signal, Value

from ohmshot.controller.pulse_sequencer import BUDGET_BITS, PulseTiming
from ohmshot.controller.rtl.formal.prover import Property, Watch, Watched, in_a_state
from ohmshot.controller.rtl.pulse_sequencer import PulseSequencer

BLOCK = "pulse sequencer"
Inputs = dict[str, Signal]


def longest_train(timing: PulseTiming) -> int:
    """Most cycles in which a train is under way: both pulses, the read, a gap before each, one to answer."""
    return timing.train(source=1, gate=1)


def sequencer_properties(make: Callable[[], PulseSequencer], timing: PulseTiming) -> list[Property]:
    """Return the promises of a sequencer.

    Args:
        make: makes one, anew for each proof.
        timing: that it is made for.
    """
    longest = longest_train(timing)
    window = longest + 4

    def together(m: Module, block: PulseSequencer, inputs: Inputs) -> Watch:
        return Watch(block.array.reset + block.array.set + block.array.read <= 1)

    def gaps(m: Module, block: PulseSequencer, inputs: Inputs) -> Watch:
        strobes, before = _strobes(block), _before(m, block)
        still = Signal(range(timing.gap + 1), init=timing.gap)  # cycles without a strobe, up to a gap
        m.d.sync += still.eq(Mux(strobes.any(), 0, Mux(still == timing.gap, still, still + 1)))
        return Watch(~strobes.any() | (strobes == before) | (still == timing.gap))

    def widths(m: Module, block: PulseSequencer, inputs: Inputs) -> Watch:
        most = [timing.reset, timing.set, timing.read]
        lasted = [Signal(range(each + 2), name=f"lasted{n}") for n, each in enumerate(most)]
        for strobe, count, each in zip(_strobes(block), lasted, most, strict=True):
            m.d.sync += count.eq(Mux(strobe, Mux(count > each, count, count + 1), 0))
        return Watch(Cat(count <= each for count, each in zip(lasted, most, strict=True)).all())

    def after_error(m: Module, block: PulseSequencer, inputs: Inputs) -> Watch:
        failed = Signal()  # there was an error, and no order to forget it since
        m.d.sync += failed.eq(inputs["array_error"] | (failed & ~inputs["clear"]))
        quiet = ~_strobes(block).any()
        return Watch((quiet | ~(failed | inputs["array_error"])) & (block.halted == failed))

    def budget(m: Module, block: PulseSequencer, inputs: Inputs) -> Watch:
        allowed, given = Signal(BUDGET_BITS), Signal(BUDGET_BITS + 1)
        begins = _begins(m, block)
        m.d.sync += given.eq(given + begins.any())
        with m.If(inputs["load"]):
            m.d.sync += [allowed.eq(inputs["new_budget"]), given.eq(0)]
        between = ~inputs["load"] | (block.idle & ~inputs["train_start"])
        # What is still to come was taken off the register when the train was ordered.
        return Watch((given + sum(_to_come(block, begins)) + block.budget <= allowed) & _in_order(block), between)

    def verified(m: Module, block: PulseSequencer, inputs: Inputs) -> Watch:
        unread, code = Signal(), Signal(len(block.train.code))
        reading = Signal(range(timing.read + 1))
        m.d.sync += reading.eq(Mux(block.array.read, reading + 1, 0))
        with m.If(block.array.reset | block.array.set):
            m.d.sync += unread.eq(1)
        with m.Elif(block.array.read & (reading == timing.read - 1)):
            m.d.sync += [unread.eq(0), code.eq(inputs["array_code"])]
        with m.If(inputs["array_error"] | block.halted):  # the train is broken off and will be answered so
            m.d.sync += unread.eq(0)
        answered = block.train.done & ~block.train.refused
        return Watch((~answered | (~unread & (block.train.code == code))) & (~block.idle | ~unread))

    def as_ordered(m: Module, block: PulseSequencer, inputs: Inputs) -> Watch:
        source, gate = (Signal(len(block.array.amplitude), name=name) for name in ("ordered_source", "ordered_gate"))
        cell, given = Signal(len(block.array.cell)), [Signal(2, name=f"given{n}") for n in range(2)]
        begins = _begins(m, block)
        for count, one in zip(given, begins, strict=True):
            m.d.sync += count.eq(count + one)
        with m.If(block.idle & inputs["train_start"]):
            m.d.sync += [
                source.eq(inputs["train_source"]),
                gate.eq(inputs["train_gate"]),
                cell.eq(inputs["train_cell"]),
            ]
            m.d.sync += [count.eq(0) for count in given]
        reset = ~block.array.reset | ((block.array.amplitude == source) & (source != 0))
        set_ = ~block.array.set | ((block.array.amplitude == gate) & (gate != 0))
        there = block.array.cell == cell
        counted = [count + later for count, later in zip(given, _to_come(block, begins), strict=True)]
        whole = (counted[0] == (source != 0)) & (counted[1] == (gate != 0))
        most = (counted[0] <= (source != 0)) & (counted[1] <= (gate != 0))
        codes = ((block.source == 0) | (block.source == source)) & ((block.gate == 0) | (block.gate == gate))
        broken_off = block.train.refused | block.halted | inputs["array_error"]
        under_way = block.train.done | (codes & there & _in_order(block))
        return Watch(
            reset & set_ & in_a_state(block.states) & (block.idle | (under_way & Mux(broken_off, most, whole)))
        )

    def answers(m: Module, block: PulseSequencer, inputs: Inputs) -> Watch:
        waited = Signal(range(longest + 2))
        under_way = ~block.idle | inputs["train_start"]
        m.d.sync += waited.eq(Mux(under_way & ~block.train.done, waited + 1, 0))
        return Watch(waited <= longest)

    def is_property(
        statement: str, monitor: Callable[[Module, PulseSequencer, Inputs], Watch], bound: str = "", assumed: str = ""
    ) -> Property:
        return Property(BLOCK, statement, lambda: Watched(make(), monitor), window, bound, assumed)

    return [
        is_property("never two of SET, RESET and read together", together),
        is_property("all switches open before each strobe", gaps, f"{timing.gap} cycle or more"),
        is_property(
            "no strobe longer than it should be",
            widths,
            f"RESET {timing.reset}, SET {timing.set}, read {timing.read} cycles",
        ),
        is_property("no strobe in the cycle of an error of the array, nor until it is cleared", after_error),
        is_property(
            "no more pulses than the budget register was loaded with",
            budget,
            f"up to 2^{BUDGET_BITS} - 1 pulses",
            "it is loaded between trains",
        ),
        is_property("a train answers with a read after its last pulse, or says that it broke off", verified),
        is_property("at most one RESET and one SET a train, as ordered, at the cell ordered", as_ordered),
        is_property("every train is answered", answers, f"within {longest} cycles of its order"),
    ]


def _strobes(block: PulseSequencer) -> Value:
    return Cat(block.array.reset, block.array.set, block.array.read)


def _before(m: Module, block: PulseSequencer) -> Signal:
    """Strobes of the cycle before."""
    before = Signal(3, name="before")
    m.d.sync += before.eq(_strobes(block))
    return before


def _to_come(block: PulseSequencer, begins: Value) -> tuple[Value, Value]:
    """Whether the RESET, and the SET, of the train under way is still to come."""
    in_gap, in_reset = block.states.ongoing("GAP"), block.states.ongoing("RESET")
    return (block.source != 0) & (in_gap | begins[0]), (block.gate != 0) & (in_gap | in_reset | begins[1])


def _in_order(block: PulseSequencer) -> Value:
    """The RESET comes before the SET; a part of the invariant, which induction needs."""
    in_set = block.states.ongoing("SET")
    reset = ~block.states.ongoing("RESET") | (block.source != 0)
    return reset & (~in_set | ((block.gate != 0) & (block.source == 0)))


def _begins(m: Module, block: PulseSequencer) -> Value:
    """Whether a RESET, and a SET, begins in this cycle."""
    return (_strobes(block) & ~_before(m, block))[:2]
