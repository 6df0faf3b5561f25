"""Toggles and energy of small netlists against values by hand; netlists against the blocks that they were made of."""

import random

import numpy as np
import pytest

pytest.importorskip("amaranth")
pytest.importorskip("pyosys")

from controller.rtl.writing import TIMING, ToyCells, path_of
from ohmshot.controller.rtl.gates.cells import library_of
from ohmshot.controller.rtl.gates.energy import energies
from ohmshot.controller.rtl.gates.macros import macro_for
from ohmshot.controller.rtl.gates.netlist import HIGH, netlist_from
from ohmshot.controller.rtl.gates.simulation import Ports, simulated
from ohmshot.controller.rtl.gates.synthesis import synthesised
from ohmshot.controller.rtl.recording import PortRecorder
from ohmshot.controller.rtl.simulation import cells_behind, simulate
from ohmshot.controller.rtl.writer import Writer
from ohmshot.foundation.errors import OhmshotError, SettingsError

PERIOD = 50e-9


def described(ports, cells, **modules):
    """A module as yosys writes it: name: (direction, bits) of ports, name: (type, pins) of cells."""
    module = {
        "ports": {name: {"direction": direction, "bits": bits} for name, (direction, bits) in ports.items()},
        "cells": {name: {"type": kind, "connections": pins} for name, (kind, pins) in cells.items()},
    }
    return {"modules": {"top": module, **modules}}


def netlist_of(ports, cells, **modules):
    return netlist_from(described(ports, cells, **modules), "top", library_of(None))


def gated_flop():
    """A flop behind a clock gate, and an inverter of its state."""
    ports = {"clk": ("input", [2]), "d": ("input", [3]), "en": ("input", [4]), "y": ("output", [5])}
    cells = {
        "gate": ("dlclkp_1", {"CLK": [2], "GATE": [4], "GCLK": [6]}),
        "flop": ("dfxtp_1", {"CLK": [6], "D": [3], "Q": [7]}),
        "not": ("inv_1", {"A": [7], "Y": [5]}),
    }
    return netlist_of(ports, cells)


def ports_of(inputs, outputs):
    return Ports(np.array(inputs, np.uint8), np.array(outputs, np.uint8), np.zeros(len(inputs), np.int64))


D_AND_ENABLE = [[0, 0], [1, 1], [1, 1], [0, 0], [0, 0]]
OUTPUT = [[1], [1], [0], [0], [0]]


def test_energy_of_a_gated_flop_is_that_by_hand():
    netlist = gated_flop()
    activity = simulated(netlist, ports_of(D_AND_ENABLE, OUTPUT))
    total = energies(netlist, activity, slice(0, 1), PERIOD)[-1]
    # Four cycles: the clock toggles 8 times and passes its gate in 2 of them; d and en toggle twice, q and y once.
    charge = 0.5 * 1.8**2
    clock = 8 * (0.01284 + 0.004151 * charge) + 4 * 0.009942 + 4 * (0.019904 + 0.001794 * charge)
    assert total.clock == pytest.approx(1e-12 * clock)
    assert total.flops == pytest.approx(1e-12 * (2 * 0.002337 + 0.019501))
    assert total.logic == pytest.approx(1e-12 * (2 * 0.017159 + 0.00278))
    assert total.nets == pytest.approx(1e-12 * charge * (2 * 0.001778 + 2 * 0.001678 + 0.002302))
    assert total.leakage == pytest.approx(4 * PERIOD * 1e-9 * (0.008810786 + 0.008438635 + 0.005326682))
    assert total.glitches == 0
    assert total.total == pytest.approx(total.clock + total.flops + total.logic + total.nets + total.leakage)


def test_wire_adds_its_charge_at_every_pin():
    netlist = gated_flop()
    plain, wired = (
        energies(netlist, simulated(netlist, ports_of(D_AND_ENABLE, OUTPUT), wire), slice(0, 1), PERIOD, wire)[-1]
        for wire in (0.0, 0.003)
    )
    pins = 2 * 1 + 2 * 1 + 1 * 2 + 1 * 1  # toggles x pins of d, en, q and y
    assert wired.nets - plain.nets == pytest.approx(0.5e-12 * 0.003 * 1.8**2 * pins)


def test_an_output_that_differs_is_found():
    wrong = [*OUTPUT[:3], [1], [0]]
    with pytest.raises(OhmshotError, match="output bit 0 in cycle 3"):
        simulated(gated_flop(), ports_of(D_AND_ENABLE, wrong))


@pytest.mark.parametrize(("buffers", "glitches"), [(0, 0), (4, 2)])
def test_a_pulse_is_swallowed_where_it_is_shorter_than_the_delay_of_its_gate(buffers, glitches):
    """a and not a, late by some buffers: no change of a reaches the end of a cycle."""
    chain = {f"buffer{k}": ("buf_1", {"A": [10 + k], "X": [11 + k]}) for k in range(buffers)}
    cells = {
        "not": ("inv_1", {"A": [3], "Y": [10]}),
        **chain,
        "and": ("and2_0", {"A": [3], "B": [10 + buffers], "X": [4]}),
    }
    netlist = netlist_of({"a": ("input", [3]), "y": ("output", [4])}, cells)
    activity = simulated(netlist, ports_of([[0], [1], [1]], [[0], [0], [0]]))
    output = netlist.outputs["y"][0]
    assert (activity.toggles[0, output], activity.settled[0, output]) == (glitches, 0)


def test_ports_that_a_module_joins_are_one_net():
    inner = described({"a": ("input", [2]), "b": ("output", [2]), "one": ("output", ["1"])}, {})["modules"]["top"]
    ports = {"x": ("input", [2]), "y": ("output", [3]), "z": ("output", [4])}
    cells = {"inner": ("inner", {"a": [2], "b": [3], "one": [4]})}
    netlist = netlist_of(ports, cells, inner=inner)
    assert netlist.outputs["y"] == netlist.inputs["x"]
    assert netlist.outputs["z"] == (HIGH,)


def test_a_flop_on_another_clock_is_refused():
    ports = {"clk": ("input", [2]), "other": ("input", [3]), "q": ("output", [4])}
    netlist = netlist_of(ports, {"flop": ("dfxtp_1", {"CLK": [3], "D": [2], "Q": [4]})})
    with pytest.raises(SettingsError, match="other than the clock"):
        simulated(netlist, ports_of([[0]], [[0]]))


def test_the_netlist_of_the_writer_does_in_every_cycle_what_the_writer_does():
    writer, chosen = Writer(path_of("hybrid").plan, TIMING), random.Random(3)
    recorder = PortRecorder(writer)

    async def orders(context):
        context.set(writer.new_budget, 10_000)
        context.set(writer.load, 1)
        await context.tick()
        context.set(writer.load, 0)
        for _ in range(12):
            context.set(writer.cell, chosen.randrange(2048))
            context.set(writer.level, chosen.randrange(9))
            context.set(writer.valid, 1)
            await context.tick()
            context.set(writer.valid, 0)
            while not context.get(writer.done):
                await context.tick()
            await context.tick()

    simulate(writer, orders, background=[cells_behind(writer.array, ToyCells(1)), recorder.bench()])
    netlist = synthesised(writer, "writer", library_of(None))
    inputs = recorder.inputs(name for name in netlist.inputs if name not in ("clk", "rst"))
    activity = simulated(netlist, Ports(inputs, recorder.outputs(netlist.outputs), recorder.phases))
    assert activity.cycles.sum() > 1000
    *blocks, total = energies(netlist, activity, slice(None), PERIOD)
    assert {each.block for each in blocks} >= {"engine", "sequencer"}
    assert sum(each.total for each in blocks) == pytest.approx(total.total)
    assert 0 < total.glitches < total.total


def test_a_memory_is_the_smallest_macro_that_holds_it():
    assert macro_for(225, 15).bits == 16
    assert macro_for(208, 32).read_pj == 26.0060  # IHP SG13G2, RM_IHPSG13_1P_256x32
    with pytest.raises(SettingsError, match="300 words"):
        macro_for(300, 8)
