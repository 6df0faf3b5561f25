"""What the write-verify engine promises of each order, whatever the cell answers.

The engine is proved alone. Of the pulse sequencer it is assumed what is proved of that (`sequencer`): every train is
answered, within so many cycles. An order takes thousands of cycles, so monitors look at the engine's registers too:
each statement goes with an invariant about them that one step of induction closes.
"""

from collections.abc import Callable

from amaranth.hdl import Array, Const, Module, Mux, Signal

from ohmshot.controller.rtl.formal.prover import Property, Watch, Watched, in_a_state
from ohmshot.controller.rtl.write_verify import WriteVerify
from ohmshot.controller.write_engine import Outcome
from ohmshot.controller.write_plan import WritePlan

BLOCK = "write-verify engine"
STEPS = 3
Inputs = dict[str, Signal]


def longest_order(plan: WritePlan, longest_train: int) -> int:
    """Most cycles from an order to its answer.

    A train for the first read and one for each attempt; around each, one cycle to order it and one to decide; one to
    tell the end.

    Args:
        plan: of the engine.
        longest_train: most cycles in which a train is under way after that of its order.
    """
    return (plan.most_attempts + 1) * (longest_train + 2) + 1


def engine_properties(make: Callable[[], WriteVerify], plan: WritePlan, longest_train: int) -> list[Property]:
    """Return the promises of an engine.

    Args:
        make: makes one, anew for each proof.
        plan: that it is made for.
        longest_train: most cycles in which a train is under way after that of its order.
    """
    pulses_most, longest = 2 * plan.most_attempts, longest_order(plan, longest_train)
    contract = "the sequencer answers a train that was ordered, and none else"

    def pulses(m: Module, block: WriteVerify, inputs: Inputs) -> Watch:
        given = Signal(range(pulses_most + 3))
        now = (block.train.source != 0) + (block.train.gate != 0)
        with m.If(block.ready):
            m.d.sync += given.eq(0)
        with m.Elif(block.train.start):
            m.d.sync += given.eq(given + now)
        counted = given + Mux(block.train.start, now, 0)
        attempts = block.known["attempts"]
        return Watch(block.ready | ((counted <= 2 * attempts) & (attempts <= plan.most_attempts)))

    def cycles(m: Module, block: WriteVerify, inputs: Inputs) -> Watch:
        begun = Signal(range(plan.most_cycles + 2))  # SETs that do not go on from a SET
        last_was_set = Signal()
        source, gate = block.train.source != 0, block.train.gate != 0
        begins = block.train.start & gate & (source | ~last_was_set)
        with m.If(block.ready):
            m.d.sync += [begun.eq(0), last_was_set.eq(0)]
        with m.Elif(block.train.start):
            m.d.sync += begun.eq(begun + begins)
            with m.If(gate | source):
                m.d.sync += last_was_set.eq(gate)
        counted, known = begun + begins, block.known
        ordered = Mux(block.train.start & (gate | source), gate, last_was_set)
        agrees = (counted == known["cycles"]) & (ordered == (known["gate"] != 0))
        return Watch(block.ready | (agrees & (known["cycles"] <= plan.most_cycles)))

    def accepted(m: Module, block: WriteVerify, inputs: Inputs) -> Watch:
        level, code, fresh = Signal(4, name="ordered_level"), Signal(plan.verify_bits, name="last_code"), Signal()
        with m.If(block.ready):
            m.d.sync += level.eq(inputs["level"])
        with m.If(block.train.start):
            m.d.sync += fresh.eq(0)
        with m.Elif(inputs["train_done"] & ~inputs["train_refused"]):
            m.d.sync += [code.eq(inputs["train_code"]), fresh.eq(1)]
        target = Array(Const(each, plan.verify_bits) for each in (*plan.targets, *[0] * (16 - plan.levels)))[level]
        away = Mux(code > target, code - target, target - code)
        inside = (away <= plan.tolerance) | ((level == 0) & (code <= plan.ceiling))
        ends = block.done & (block.outcome == Outcome.ACCEPTED)
        deciding = block.states.ongoing("DECIDE")
        agrees = (block.known["level"] == level) & (~deciding | (fresh & (block.known["measured"] == code)))
        under_way = _under_way(m, block, inputs)
        waits = under_way == block.states.ongoing("WAIT")
        return Watch((~ends | (inside & fresh)) & (block.ready | agrees) & waits, ~inputs["train_done"] | under_way)

    def verified(m: Module, block: WriteVerify, inputs: Inputs) -> Watch:
        waits, refused = _under_way(m, block, inputs), Signal()
        with m.If(inputs["train_done"]):
            m.d.sync += refused.eq(inputs["train_refused"])
        with m.If(block.ready):
            m.d.sync += refused.eq(0)
        may_start = ~waits & ~refused
        told = ~block.done | ((block.outcome == Outcome.HALTED) == refused)
        agrees = waits == block.states.ongoing("WAIT")
        return Watch(
            (~block.train.start | may_start) & (~block.done | ~waits) & told & agrees
            & (~block.states.ongoing("DECIDE") | ~refused),
            ~inputs["train_done"] | waits,
        )  # fmt: skip

    def answers(m: Module, block: WriteVerify, inputs: Inputs) -> Watch:
        age, waited = Signal(range(longest + 2)), Signal(range(longest_train + 2))
        m.d.sync += age.eq(Mux(block.ready, 0, age + 1))
        waits = block.states.ongoing("WAIT")
        m.d.sync += waited.eq(Mux(waits, waited + 1, 0))
        # Cycles of the attempts before this one, and of this one.
        before = block.known["attempts"] * (longest_train + 2)
        decided = Mux(block.states.ongoing("DECIDE") | block.done, longest_train + 1, 0)
        most = before + Mux(waits, 1 + waited, decided) + Mux(block.done, 1, 0)
        in_time = (age <= most) & (block.known["attempts"] <= plan.most_attempts) & (age < longest)
        bounded = ~waits | (waited < longest_train)
        in_time &= bounded & in_a_state(block.states)
        return Watch(block.ready | in_time, ~waits | (waited < longest_train - 1) | inputs["train_done"])

    def is_property(
        statement: str, monitor: Callable[[Module, WriteVerify, Inputs], Watch], bound: str = "", assumed: str = ""
    ) -> Property:
        return Property(BLOCK, statement, lambda: Watched(make(), monitor), STEPS, bound, assumed)

    return [
        is_property("pulses of one order are bounded", pulses, f"{pulses_most} pulses"),
        is_property("SET/RESET cycles of one order are bounded", cycles, f"{plan.most_cycles} cycles of wear"),
        is_property("a cell is called written only if its last read lies in its window", accepted, "", contract),
        is_property("no train before the last one was answered, none after one was refused", verified, "", contract),
        is_property(
            "every order ends",
            answers,
            f"within {longest} cycles",
            f"a train is answered within {longest_train} cycles",
        ),
    ]


def _under_way(m: Module, block: WriteVerify, inputs: Inputs) -> Signal:
    """Whether a train was ordered that was not yet answered."""
    under_way = Signal(name="under_way")
    with m.If(block.train.start):
        m.d.sync += under_way.eq(1)
    with m.Elif(inputs["train_done"]):
        m.d.sync += under_way.eq(0)
    return under_way
