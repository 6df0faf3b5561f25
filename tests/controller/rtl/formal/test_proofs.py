"""What is proved holds, and each proof finds what breaks it."""

from collections.abc import Callable

import pytest
from typer.testing import CliRunner

pytest.importorskip("amaranth")
pytest.importorskip("pyosys")

from controller.rtl.broken import broken
from controller.rtl.test_host_port import build
from controller.rtl.writing import TIMING, path_of
from ohmshot.cli.app import app
from ohmshot.controller.pulse_sequencer import PulseTiming
from ohmshot.controller.rtl.formal import blocks
from ohmshot.controller.rtl.formal.engine import engine_properties, longest_order
from ohmshot.controller.rtl.formal.properties import learning_properties, writing_properties
from ohmshot.controller.rtl.formal.prover import Property, prove
from ohmshot.controller.rtl.formal.sequencer import longest_train, sequencer_properties
from ohmshot.controller.rtl.host_port import HostPort
from ohmshot.controller.rtl.learning import Learning
from ohmshot.controller.rtl.move_weight import MoveWeight
from ohmshot.controller.rtl.multiply import Multiply
from ohmshot.controller.rtl.pulse_sequencer import PulseSequencer
from ohmshot.controller.rtl.softmax import Softmax
from ohmshot.controller.rtl.write_verify import WriteVerify
from ohmshot.controller.rtl.writer import Writer

SHORT = PulseTiming(reset=1, set=2, read=2, gap=2)


def results(properties: list[Property]) -> dict[tuple[str, str], str]:
    return {(each.block, each.statement): prove(each).result for each in properties}


@pytest.mark.parametrize("strategy", ["hybrid", pytest.param("closed-loop", marks=pytest.mark.slow)])
def test_short_pulses_are_given_as_promised(strategy: str) -> None:
    found = results(writing_properties(path_of(strategy).plan, SHORT))
    assert len(found) == 14
    assert set(found.values()) == {"proved"}, found


@pytest.mark.slow
@pytest.mark.parametrize("strategy", ["hybrid", "closed-loop"])
def test_pulses_of_real_length_are_given_as_promised(strategy: str) -> None:
    found = results(writing_properties(path_of(strategy).plan, TIMING))
    assert set(found.values()) == {"proved"}, found


@pytest.mark.slow
def test_the_arithmetic_ends_and_nothing_starts_while_it_is_busy() -> None:
    found = results(learning_properties(build(), path_of("hybrid").plan, TIMING))
    assert len(found) == 5
    assert set(found.values()) == {"proved"}, found


SEQUENCER = {
    "never two of SET, RESET and read together": (
        "m.d.comb += self.array.read.eq(~faulty)",
        "m.d.comb += [self.array.read.eq(~faulty), self.array.set.eq(~faulty)]",
    ),
    "all switches open before each strobe": (
        'left.eq(t.gap - 1)]\n                        m.next = "GAP"',
        'left.eq(t.gap - 1)]\n                        m.next = "READ"',
    ),
    "no strobe longer than it should be": ("t.reset - 1", "t.reset"),
    "no strobe in the cycle of an error of the array, nor until it is cleared": (
        "strobe.eq(~faulty)",
        "strobe.eq(~self.halted)",
    ),
    "no more pulses than the budget register was loaded with": (
        "pulses <= self.budget",
        "(pulses <= 1) | (pulses <= self.budget)",
    ),
    "a train answers with a read after its last pulse, or says that it broke off": (
        'with m.Else():\n                        m.next = "READ"',
        'with m.Else():\n                        m.next = "ANSWER"',
    ),
    "at most one RESET and one SET a train, as ordered, at the cell ordered": (
        "self.array.amplitude.eq(amplitude)",
        "self.array.amplitude.eq(gate)",
    ),
    "every train is answered": ("[amplitude.eq(0), left.eq(t.gap - 1)]", "left.eq(t.gap - 1)"),
}
ENGINE = {
    "pulses of one order are bounded": ('.eq(known["attempts"] + 1)', '.eq(known["attempts"])'),
    "SET/RESET cycles of one order are bounded": (
        'known["cycles"] >= plan.most_cycles',
        'known["cycles"] > plan.most_cycles',
    ),
    "a cell is called written only if its last read lies in its window": (
        "distance >= -plan.tolerance",
        "distance >= -plan.tolerance - 1",
    ),
    "no train before the last one was answered, none after one was refused": (
        "with m.If(self.train.refused):",
        "with m.If(self.train.refused & accepted):",
    ),
    "every order ends": ('m.d.comb += self.done.eq(1)\n                m.next = "IDLE"', "m.d.comb += self.done.eq(1)"),
}


def test_every_promise_is_broken_once() -> None:
    plan = path_of("hybrid").plan
    statements = {each.statement for each in writing_properties(plan, SHORT)}
    statements |= {each.statement for each in learning_properties(build(), plan, TIMING)}
    others = {statement for statement, *_ in OTHERS.values()}
    assert statements == {*SEQUENCER, *ENGINE, *others}


@pytest.mark.parametrize("statement", SEQUENCER)
def test_a_broken_sequencer_is_found(statement: str) -> None:
    changed = broken(PulseSequencer, *SEQUENCER[statement])
    wanted = sequencer_properties(lambda: changed(SHORT), SHORT)
    assert prove(next(each for each in wanted if each.statement == statement)).result == "broken"


@pytest.mark.parametrize("statement", ENGINE)
def test_a_broken_engine_is_not_proved(statement: str) -> None:
    """A run from the start that shows it takes thousands of cycles in most cases: the induction does not close."""
    plan = path_of("hybrid").plan
    changed = broken(WriteVerify, *ENGINE[statement])
    wanted = engine_properties(lambda: changed(plan), plan, longest_train(SHORT) - 1)
    assert prove(next(each for each in wanted if each.statement == statement)).result in ("broken", "open")


def of_writer() -> list[Property]:
    changed = broken(Writer, "self.ready.eq(engine.ready)", "self.ready.eq(1)")
    return blocks.writer_properties(lambda: changed(path_of("hybrid").plan, SHORT))


def of_port() -> list[Property]:
    changed = broken(HostPort, "with m.If(access & bus.write & ~self.busy)", "with m.If(access & bus.write)")
    return blocks.host_port_properties(lambda: changed(build()))


def of_multiply() -> list[Property]:
    made = build()
    changed = broken(Multiply, "with m.If(waited == build.settle - 1)", "with m.If(waited == build.settle)")
    return blocks.multiply_properties(lambda: changed(made), made)


def of_softmax() -> list[Property]:
    made = build()
    changed = broken(Softmax, "coming.eq(coming << 1), left.eq(left - 1)", "coming.eq(coming << 1), left.eq(left)")
    return blocks.softmax_properties(lambda: changed(made), made)


def of_mover() -> list[Property]:
    made = build()
    changed = broken(MoveWeight, "m.d.sync += is_minus.eq(1)", "m.d.sync += is_minus.eq(0)")
    return blocks.move_properties(lambda: changed(made), made)


def of_learning() -> list[Property]:
    made = build()
    changed = broken(Learning, "with m.If(row == build.inputs - 1)", "with m.If(row == build.inputs + 1)")
    waits = longest_order(path_of("hybrid").plan, longest_train(TIMING)) + 1
    return blocks.learning_properties(lambda: changed(made), made, waits)


OTHERS: dict[str, tuple[str, Callable[[], list[Property]]]] = {
    "writer": ("no train is under way while orders are taken and the budget register can be loaded", of_writer),
    "host port": ("one thing at a time, and none while the controller is busy", of_port),
    "multiply": ("every example ends", of_multiply),
    "softmax": ("every example ends", of_softmax),
    "mover": ("a weight is moved in a bounded time", of_mover),
    "learning": ("what is left to do falls in every cycle", of_learning),
}


@pytest.mark.parametrize(
    "block",
    [
        pytest.param(each, marks=[pytest.mark.slow] if each in ("multiply", "softmax", "learning") else [])
        for each in OTHERS
    ],
)
def test_other_broken_blocks_are_not_proved(block: str) -> None:
    statement, properties = OTHERS[block]
    (wanted,) = (each for each in properties() if each.statement == statement)
    assert prove(wanted).result in ("broken", "open")


@pytest.mark.slow
def test_the_command_lists_what_is_proved() -> None:
    result = CliRunner().invoke(app, ["rtl", "prove"])
    assert result.exit_code == 0, result.output
    assert result.output.count("proved") >= 19
