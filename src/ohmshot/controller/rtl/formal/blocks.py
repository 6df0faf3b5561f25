"""No deadlock in the arithmetic, and nothing starts while the controller is busy.

Softmax unit, read and multiply engine, mover of weights and learning engine end what they begin. Automata
of the first two take as many cycles whatever the numbers are: the window of the induction is longer. The
learning engine takes thousands; what it still has to do is a number that falls in every cycle (Floyd, Proc. Symp. Appl.
Math. 19, 1967, 19).
"""

from collections.abc import Callable
from typing import Any

from amaranth.hdl import Cat, Module, Mux, Signal

from ohmshot.controller.rtl.formal.prover import Monitor, Property, Watch, Watched, in_a_state
from ohmshot.controller.rtl.host_port import HostPort
from ohmshot.controller.rtl.learning import Learning
from ohmshot.controller.rtl.move_weight import MoveWeight
from ohmshot.controller.rtl.multiply import Multiply
from ohmshot.controller.rtl.sizes import CODES_A_WORD, Build
from ohmshot.controller.rtl.softmax import Softmax
from ohmshot.controller.rtl.writer import Writer

STEPS = 3
Inputs = dict[str, Signal]
Make = Callable[[], Any]


def softmax_cycles(build: Build) -> int:
    """Cycles from ``go`` to ``done``: largest sum, exponentials, a quotient for each class, one to tell the end."""
    quotient = 1 + (build.configuration.lengths.probability + 1) + 1
    return 1 + build.ways * (1 + 1 + quotient)


def multiply_cycles(build: Build) -> int:
    """Most cycles from ``go`` to ``done``: for each block the first word, rows, conversion and columns; the label."""
    blocks = (1 + block.inputs[1] + build.settle + 2 * block.outputs[1] for block in build.blocks)
    return sum(blocks) + 2 + 1


def move_cycles(build: Build) -> int:
    """Most cycles that a weight takes, without those in which an order waits for the writer."""
    return 1 + 4 * build.copies


def pass_cycles(build: Build) -> int:
    """Most cycles of one pass over the examples, which makes the gradients of `CODES_A_WORD` rows."""
    return 2 + build.examples * _example(build)


def learning_cycles(build: Build, longest_order: int) -> int:
    """Most cycles of one update's learning and writing.

    Args:
        build: what the gates are made for.
        longest_order: most cycles that an order waits for the writer.
    """
    return build.words * pass_cycles(build) + build.weights * _weight(build, longest_order) + 1


def softmax_properties(make: Callable[[], Softmax], build: Build) -> list[Property]:
    """Return what the softmax unit promises."""
    most = softmax_cycles(build)
    return [_answers("softmax unit", make, most, most + 2)]


def multiply_properties(make: Callable[[], Multiply], build: Build) -> list[Property]:
    """Return what the read and multiply engine promises."""
    most = multiply_cycles(build)
    return [_answers("read and multiply engine", make, most, most + 2)]


def move_properties(make: Callable[[], MoveWeight], build: Build) -> list[Property]:
    """Return what the mover of weights promises."""
    most = move_cycles(build)

    def bounded(m: Module, block: MoveWeight, inputs: Inputs) -> Watch:
        worked, orders = Signal(range(most + 2)), Signal(range(2 * build.copies + 2))
        waits, taken = block.order.valid & ~inputs["order_ready"], block.order.valid & inputs["order_ready"]
        m.d.sync += worked.eq(Mux(block.idle, 0, worked + ~waits))
        m.d.sync += orders.eq(Mux(block.idle, 0, orders + taken))
        is_ = block.states.ongoing
        within = Mux(is_("BEFORE"), 1, Mux(is_("AFTER"), 2, Mux(is_("ORDER"), 3 + block.is_minus, 0)))
        known = is_("MOVE") | (block.copy < build.copies)
        exact = (worked == Mux(is_("MOVE"), 0, 4 * block.copy + within)) & in_a_state(block.states) & known
        ordered = orders <= Mux(is_("MOVE"), 0, 2 * block.copy + (is_("ORDER") & block.is_minus))
        return Watch(block.idle | (exact & ordered & (worked < most)))

    statement = "a weight is moved in a bounded time"
    bound = f"{most} cycles and {2 * build.copies} orders, besides waiting for the writer"
    return [Property("mover of weights", statement, _watched(make, bounded), STEPS, bound)]


def learning_properties(make: Callable[[], Learning], build: Build, longest_order: int) -> list[Property]:
    """Return what the learning engine promises.

    Args:
        make: makes one, anew for each proof.
        build: that it is made for.
        longest_order: most cycles that an order waits for the writer.
    """
    most, of_weight, of_pass = learning_cycles(build, longest_order), _weight(build, longest_order), pass_cycles(build)

    def falls(m: Module, block: Learning, inputs: Inputs) -> Watch:
        at, is_ = block.at, block.states.ongoing
        stayed, before, learns = Signal(range(of_weight + 1)), Signal(range(most + 1)), Signal()
        waits = is_("NEXT")
        m.d.sync += stayed.eq(Mux(waits, stayed + 1, 0))
        of_errors, of_codes = build.error_words - at["part"] + CODES_A_WORD, CODES_A_WORD - at["part"]
        of_example = Mux(is_("ERRORS"), of_errors, Mux(is_("MULTIPLY"), of_codes, 0))
        in_example = is_("ERRORS") | is_("MULTIPLY")
        of_this_pass = 1 + (build.examples - at["number"] - in_example) * _example(build) + of_example
        of_this_weight = Mux(is_("PICK"), of_weight, of_weight - 1 - stayed)
        in_pass, in_weights = is_("CLEAR") | is_("EXAMPLE") | in_example, is_("PICK") | waits
        left = (
            (build.words - 1 - at["group"]) * of_pass
            + (build.weights - at["weight_address"]) * of_weight
            + Mux(is_("CLEAR"), of_pass, Mux(in_pass, of_this_pass, of_this_weight - of_weight))
        )
        to_do = Mux(is_("DONE"), 0, left)
        m.d.sync += [before.eq(to_do), learns.eq(in_pass | in_weights)]
        lane, output = Mux(in_weights, at["lane"], 0), Mux(in_weights, at["output"], 0)
        stands = (
            (at["row"] == CODES_A_WORD * at["group"] + lane)
            & (at["weight_address"] == build.ways * at["row"] + output)
            & (at["row"] < build.inputs)
            & (output < build.ways)
            & (is_("CLEAR") | ~in_pass | (at["number"] + in_example <= build.examples))
            & (~is_("ERRORS") | (at["part"] < build.error_words))
            & (~is_("MULTIPLY") | (at["part"] < CODES_A_WORD))
            & (~waits | (stayed < of_weight - 1))
        )
        keeps = ~is_("KEEP") | (at["part"] < build.error_words)
        fell = ~learns | (to_do < before)
        learning = (~(in_pass | in_weights) | stands) & (~(in_pass | in_weights | is_("DONE")) | fell)
        moved = ~waits | (stayed < of_weight - 3) | block.weight.idle
        return Watch(block.idle | (learning & keeps & in_a_state(block.states) & (to_do <= most)), moved)

    statement = "what is left to do falls in every cycle"
    bound = f"done within {most} cycles"
    assumed = f"a weight is moved in its time, and an order waits at most {longest_order} cycles"
    return [Property("learning engine", statement, _watched(make, falls), STEPS, bound, assumed)]


def host_port_properties(make: Callable[[], HostPort]) -> list[Property]:
    """Return what the host port promises."""

    def quiet(m: Module, block: HostPort, inputs: Inputs) -> Watch:
        asked = Cat(
            block.do_update,
            block.do_answer,
            block.do_standard,
            block.clear,
            block.load,
            block.set_update,
            block.do_order,
        )
        accesses = block.examples.enable + block.weights.enable
        return Watch((sum(asked) + accesses <= 1) & ~(inputs["busy"] & (asked.any() | (accesses != 0))))

    return [
        Property("host port", "one thing at a time, and none while the controller is busy", _watched(make, quiet), 1)
    ]


def writer_properties(make: Callable[[], Writer]) -> list[Property]:
    """Return what the write-verify engine and the pulse sequencer promise together."""

    def between(m: Module, block: Writer, inputs: Inputs) -> Watch:
        waits = block.engine.states.ongoing("WAIT")
        return Watch((waits == ~block.sequencer.idle) & (~block.ready | block.sequencer.idle))

    statement = "no train is under way while orders are taken and the budget register can be loaded"
    return [Property("writer", statement, _watched(make, between), STEPS)]


def _answers(block_name: str, make: Make, most: int, steps: int) -> Property:
    """A block that takes ``go`` and says ``done``: it does, in time."""

    def answers(m: Module, block: Any, inputs: Inputs) -> Watch:
        waited = Signal(range(most + 2))
        idle = block.states.ongoing("IDLE")
        m.d.sync += waited.eq(Mux(idle & ~inputs["go"], 0, Mux(block.done, 0, waited + 1)))
        return Watch(waited <= most)

    return Property(block_name, "every example ends", _watched(make, answers), steps, f"within {most} cycles")


def _watched(make: Make, monitor: Monitor) -> Callable[[], Watched]:
    return lambda: Watched(make(), monitor)


def _example(build: Build) -> int:
    """Most cycles of one example in a pass: ask, its errors, its four codes."""
    return 1 + build.error_words + CODES_A_WORD


def _weight(build: Build, longest_order: int) -> int:
    """Most cycles of one weight: pick it, wait until it is moved and its orders are taken."""
    return 2 + move_cycles(build) + 2 * build.copies * longest_order
