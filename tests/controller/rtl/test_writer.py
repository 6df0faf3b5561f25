"""Write-verify engine and pulse sequencer: gates against the integer model."""

import random

import pytest
import torch

pytest.importorskip("amaranth")

from controller.rtl.writing import BOTH, TIMING, ToyCells, path_of, written_by_gates
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.crossbar_cells import CrossbarCells
from ohmshot.controller.pulse_sequencer import PulseSequencer
from ohmshot.controller.write_engine import Outcome, WriteEngine


def written_by_model(path, cells, orders, budget):
    engine = WriteEngine(path.plan, PulseSequencer(cells, TIMING, budget))
    return [(int(w.outcome), w.cycles) for w in (engine.write(cell, level) for cell, level in orders)]


def writing_is_equal(strategy, budget, orders, record=None):
    """Write toy cells by gates and by the model; returns how the orders ended."""
    path, rnd = path_of(strategy), random.Random(1)
    orders = [(rnd.randrange(2048), rnd.randrange(9)) for _ in range(orders)]
    by_gates, by_model = ToyCells(2), ToyCells(2)
    found, wanted = (
        written_by_gates(path, by_gates, orders, budget, record),
        written_by_model(path, by_model, orders, budget),
    )
    assert by_gates.log == by_model.log
    assert found == wanted
    return {outcome for outcome, _ in found}


@pytest.mark.parametrize("strategy", BOTH)
@pytest.mark.parametrize("budget", [1_000_000, 137])
def test_gates_give_the_pulses_of_the_model_cycle_by_cycle(strategy, budget):
    outcomes = writing_is_equal(strategy, budget, orders=60)
    assert {Outcome.ACCEPTED, Outcome.MISSED} <= outcomes or budget == 137
    assert (Outcome.HALTED in outcomes) == (budget == 137)


@pytest.mark.parametrize("strategy", BOTH)
def test_gates_read_a_chip_of_nine_bits_as_the_model_does(strategy):
    path, rnd = path_of(strategy, "skywater_130nm"), random.Random(2)
    orders = [(rnd.randrange(2048), rnd.randrange(9)) for _ in range(30)]
    by_gates, by_model = (ToyCells(3, path.adc.top) for _ in range(2))
    assert written_by_gates(path, by_gates, orders, 10_000) == written_by_model(path, by_model, orders, 10_000)
    assert by_gates.log == by_model.log
    assert max(code for what, _, code in by_gates.log if what == "read") > 255


@pytest.mark.parametrize("strategy", BOTH)
def test_gates_drive_a_chip_to_the_conductances_of_the_model_to_the_last_bit(strategy):
    path, rnd = path_of(strategy), random.Random(3)
    orders = [(cell, rnd.randrange(9)) for cell in rnd.sample(range(2048), 40)]
    chips = [fresh_chip() for _ in range(2)]
    cells = [CrossbarCells(chip, path.dac, path.adc) for chip in chips]
    assert written_by_gates(path, cells[0], orders, 1_000_000) == written_by_model(path, cells[1], orders, 1_000_000)
    assert cells[0].log == cells[1].log
    assert torch.equal(chips[0].true_conductances(), chips[1].true_conductances())
    assert torch.equal(chips[0].meter().joules, chips[1].meter().joules)


def fresh_chip():
    chip = SimulatedCrossbar(load_parameter_set("leti_hfo2_130nm").values, Circuit(), 5, [0])
    chip.form(torch.arange(2048))
    return chip
