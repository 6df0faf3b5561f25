"""The write-verify engine in integers: its registers hold everything, and it writes as the host's policy does."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import ohmshot as oh
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.datasheet import simulated_datasheet
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.controller.write_plan import typical_source, write_path
from ohmshot.controller.write_verify import ControllerWrite, accepted, after, begun, given_up, next_pulses, widths_of

PARAMETERS = load_parameter_set("leti_hfo2_130nm").values
SHEET = simulated_datasheet(PARAMETERS, Circuit())
SIGNED = ("gate_shift", "source_shift")


@pytest.mark.parametrize("strategy", ["hybrid", "closed-loop"])
@pytest.mark.parametrize("parameters", ["leti_hfo2_130nm", "skywater_130nm", "neurram_40us"])
@given(level=st.integers(0, 8), reads=st.lists(st.integers(0, 511), min_size=102, max_size=102))
@settings(deadline=None, max_examples=60)
def test_registers_hold_whatever_a_cell_answers(strategy, parameters, level, reads):
    plan = write_path(oh.strategy(strategy), simulated_datasheet(load_parameter_set(parameters).values, Circuit())).plan
    reads = [read & (1 << plan.verify_bits) - 1 for read in reads]
    known = begun(np.array([level], np.int32), np.array([reads[0]], np.int32))
    for read in reads[1:]:
        source, gate = next_pulses(plan, known)
        assert 0 <= source[0] <= 255
        assert 0 <= gate[0] <= 255
        if accepted(plan, known)[0] or given_up(plan, known, source, gate)[0]:
            return
        known = after(plan, known, source, gate, np.array([read], np.int32))
        for name, bits in widths_of(plan)._asdict().items():
            low, high = (-(1 << bits - 1), 1 << bits - 1) if name in SIGNED else (0, 1 << bits)
            assert low <= getattr(known, name)[0] < high, name
    pytest.fail("a cell was neither accepted nor given up after its attempts")


def test_the_verify_converter_reaches_above_the_window_of_the_highest_level():
    for parameters, bits in (("leti_hfo2_130nm", 8), ("neurram_40us", 8), ("skywater_130nm", 9)):
        path = write_path(oh.strategy("hybrid"), simulated_datasheet(load_parameter_set(parameters).values, Circuit()))
        assert path.adc.bits == path.plan.verify_bits == bits
        assert path.plan.targets[-1] + path.plan.tolerance < path.adc.top


def test_the_logarithm_of_the_engine_is_within_four_codes_of_the_datasheet():
    path = write_path(oh.strategy("hybrid"), SHEET)
    for read in range(8, 200):
        volts = float(SHEET.numbers.source_top) - float(SHEET.numbers.source_slope) * np.log(read * 0.625)
        exact = 1 + (volts - path.dac.low) / path.dac.step
        assert (
            abs(typical_source(path.plan, np.int32(read)) - exact) <= 4
        )  # half an entry of the table is 2.45; four numbers are rounded


@pytest.mark.parametrize("strategy", ["hybrid", "closed-loop"])
def test_a_chip_is_written_about_as_well_as_by_the_host(strategy):
    levels = (SHEET.reset_conductance, *SHEET.level_conductances)
    targets = torch.tensor(levels)[torch.arange(2048) % 9]
    missed, pulses = [], []
    for scheme in (oh.strategy(strategy).scheme, ControllerWrite(write_path(oh.strategy(strategy), SHEET))):
        chip = SimulatedCrossbar(PARAMETERS, Circuit(), 5, [0])
        chip.form(torch.arange(2048))
        missed.append(len(scheme(chip, torch.arange(2048), targets)))
        pulses.append(int(chip.meter().pulses))
    assert missed[1] <= missed[0] + 10
    assert pulses[1] <= 1.1 * pulses[0]
