"""Synthesis: a small block by hand, and the controller on the command line."""

import importlib.resources
import json
import re

import pytest
from typer.testing import CliRunner

pytest.importorskip("amaranth")
pytest.importorskip("pyosys")

from amaranth.hdl import Module, Signal
from amaranth.lib.wiring import Component, In, Out

from ohmshot.cli.app import app
from ohmshot.controller.rtl.gates.area import areas
from ohmshot.controller.rtl.gates.cells import library_of
from ohmshot.controller.rtl.gates.synthesis import synthesised, verilog


class Held(Component):
    """Four flops that take a word when they are enabled."""

    enable: In(1)
    word: In(4)
    held: Out(4)

    def elaborate(self, platform):
        m = Module()
        kept = Signal(4, reset_less=True)
        m.d.comb += self.held.eq(kept)
        with m.If(self.enable):
            m.d.sync += kept.eq(self.word)
        return m


def test_four_flops_of_one_enable_become_four_flops_behind_one_clock_gate():
    library = library_of(None)
    total = areas(synthesised(Held(), "held", library))[-1]
    assert (total.cells, total.flops, total.clock_gates) == (5, 4, 1)
    flop, gate = (library.cells[name].area_um2 for name in ("dfxtp_1", "dlclkp_1"))
    assert total.area_um2 == pytest.approx(4 * flop + gate)


def test_verilog_has_the_module_and_its_ports():
    text = verilog(Held(), "held")
    assert "module held(" in text
    assert "input [3:0] word" in text


@pytest.mark.slow
def test_the_command_synthesises_the_whole_controller():
    result = CliRunner().invoke(app, ["rtl", "synth"])
    assert result.exit_code == 0, result.output
    assert "learning" in result.output
    assert "writer.sequencer" in result.output
    area = re.search(r"sum +(?:│ +[\d,]+ +){3}│ +([\d,]+)", result.output)
    assert area is not None, result.output
    stored = json.loads((importlib.resources.files("ohmshot.studies.controller") / "gates_sky130.json").read_text())
    # What the study of the controller shows is stored; gates that have changed since are to be measured anew.
    assert int(area[1].replace(",", "")) == pytest.approx(stored["blocks"][-1]["area_um2"], rel=0.01)
