"""The exported Verilog in a second simulator: Icarus gives what Amaranth's gave, at every port in every cycle."""

from pathlib import Path

import pytest

pytest.importorskip("amaranth")
pytest.importorskip("pyosys")

from controller.rtl.blockwise import CHECKS, MAKERS, Recording, split
from controller.rtl.broken import broken
from controller.rtl.icarus import IVERILOG, played_back
from controller.rtl.test_controller import updates_are_equal
from controller.rtl.test_host_port import accesses_are_answered, build
from controller.rtl.test_writer import writing_is_equal
from controller.rtl.whole import episode
from controller.rtl.writing import TIMING, path_of
from ohmshot.controller.rtl.controller import Controller
from ohmshot.controller.rtl.host_port import HostPort
from ohmshot.controller.rtl.multiply import Multiply
from ohmshot.controller.rtl.writer import Writer

pytestmark = pytest.mark.skipif(IVERILOG is None, reason="there is no iverilog")


@pytest.mark.parametrize("name", CHECKS)
def test_the_verilog_of_a_block_is_the_block(name: str, tmp_path: Path) -> None:
    recording, made = Recording(), split(build())
    CHECKS[name](MAKERS[name], made, record=recording)
    assert len(recording.cycles) > 100
    assert played_back(MAKERS[name](made), recording, tmp_path) == f"{len(recording.cycles)} cycles, 0 wrong\n"


@pytest.mark.parametrize("strategy", ["hybrid", "closed-loop"])
def test_the_verilog_of_the_writer_is_the_writer(strategy: str, tmp_path: Path) -> None:
    recording, path = Recording(), path_of(strategy)
    writing_is_equal(strategy, 1_000_000, orders=20, record=recording)
    assert played_back(Writer(path.plan, TIMING), recording, tmp_path) == f"{len(recording.cycles)} cycles, 0 wrong\n"


def test_the_verilog_of_the_host_port_is_the_host_port(tmp_path: Path) -> None:
    recording = Recording()
    accesses_are_answered(500, recording)
    assert played_back(HostPort(build()), recording, tmp_path) == f"{len(recording.cycles)} cycles, 0 wrong\n"


def test_a_difference_would_be_seen(tmp_path: Path) -> None:
    recording, made = Recording(), build()
    CHECKS["multiply"](Multiply, made, record=recording)
    other = broken(
        Multiply,
        "label.eq(codes[CODES_A_WORD - 1])\n                        m.d.sync += waited",
        "label.eq(codes[0])\n                        m.d.sync += waited",
    )
    assert ", 0 wrong" not in played_back(other(made), recording, tmp_path)


@pytest.mark.slow
def test_five_updates_by_the_verilog_are_those_of_the_gates(tmp_path: Path) -> None:
    """Recorded on a simulated chip, where they equal the integer model's: what the array answered is played back."""
    recording = Recording()
    updates_are_equal("hybrid", shots=5, updates=5, record=recording)
    assert len(recording.cycles) > 80_000
    again = Controller(episode("hybrid").build, path_of("hybrid").plan, TIMING)
    assert played_back(again, recording, tmp_path) == f"{len(recording.cycles)} cycles, 0 wrong\n"
