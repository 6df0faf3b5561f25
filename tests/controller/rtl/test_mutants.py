"""A fault of one place in a block of the gates is found by the tests that compare blocks with their models."""

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("amaranth")

from controller.rtl.blockwise import check_learning, check_levels, check_multiply, check_softmax, split
from controller.rtl.mutations import Mutant, mutants, survives
from controller.rtl.test_host_port import accesses_are_answered, build
from controller.rtl.test_writer import writing_is_equal
from ohmshot.controller.rtl.host_port import HostPort
from ohmshot.controller.rtl.learning import Learning
from ohmshot.controller.rtl.levels import Level
from ohmshot.controller.rtl.move_weight import MoveWeight
from ohmshot.controller.rtl.multiply import Multiply
from ohmshot.controller.rtl.pulse_sequencer import PulseSequencer
from ohmshot.controller.rtl.softmax import Softmax
from ohmshot.controller.rtl.write_verify import WriteVerify


def of_softmax() -> None:
    check_softmax(Softmax, build(), examples=15)
    check_softmax(Softmax, build(), examples=60)


def of_multiply() -> None:
    check_multiply(Multiply, build(), examples=2)
    check_multiply(Multiply, split(build()), examples=3)


def of_learning() -> None:
    check_learning(Learning, build(), updates=1)
    check_learning(Learning, split(build()), updates=3)


def of_writing() -> None:
    writing_is_equal("hybrid", 1_000_000, orders=8)
    writing_is_equal("closed-loop", 1_000_000, orders=8)
    writing_is_equal("hybrid", 137, orders=30)
    writing_is_equal("hybrid", 1_000_000, orders=60)
    writing_is_equal("closed-loop", 1_000_000, orders=60)


CHECKS: dict[type, Callable[[], Any]] = {
    Softmax: of_softmax,
    Multiply: of_multiply,
    Learning: of_learning,
    MoveWeight: of_learning,
    Level: lambda: check_levels(lambda made: Level(made.levels, made.widths["level_0.left"]), build()),
    HostPort: lambda: accesses_are_answered(1500),
    WriteVerify: of_writing,
    PulseSequencer: of_writing,
}
EQUIVALENT = {
    "Softmax: m.d.sync += place.eq(Mux(last, 0, place + 1)) [0 -> 1]": "of the last class; the next go sets it to 0",
    "Softmax: m.d.comb += whole.eq(Mux(z[lengths.exponent :] > most, most, z[lengths.exponent :])) [Gt -> GtE]": (
        "the two sides are equal there"
    ),
}


def survivors(block: type, some: list[Mutant]) -> list[str]:
    return [each.place for each in some if survives(block, each, CHECKS[block])]


@pytest.mark.parametrize("block", CHECKS, ids=lambda block: block.__name__)
def test_a_fault_in_each_block_is_found(block: type) -> None:
    every = [each for each in mutants(block) if each.place not in EQUIVALENT]
    assert survivors(block, every[len(every) // 2 :][:1]) == []


@pytest.mark.slow
@pytest.mark.parametrize("block", [Softmax], ids=lambda block: block.__name__)  # the one that was gone through
def test_every_fault_is_found_or_changes_nothing(block: type) -> None:
    found = survivors(block, mutants(block))
    assert set(found) <= set(EQUIVALENT), found
