"""Joules of one pulse, worked out by hand: volts x amperes x seconds, and C V^2 for every line that is charged."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cells_by_law import by_law
from ohmshot.cell import energy
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.technology import technology

ROUND = dataclasses.replace(
    load_parameter_set("leti_hfo2_130nm").values,
    compliance_per_conductance=0.5,
    line_capacitance=1e-13,
    form_voltage=4.0,
    form_conductance=60.0,
    form_width=2e-6,
    set_bit_line_voltage=1.5,
    set_gate_voltages=(1.0, 2.0),
    set_conductances=(40.0, 120.0),
    set_width=1e-6,
    reset_gate_voltage=5.0,
    reset_current_factor=2.0,
    reset_width=1e-7,
    read_voltage=0.2,
    read_width=1e-7,
)
"""Round numbers, all different, so that a hand can follow."""


def test_form_takes_its_compliance_current_for_the_whole_pulse() -> None:
    # 60 uS x 0.5 V = 30 uA; 4 V x 30 uA x 2 us = 240 pJ. One line to 4 V: 0.1 pF x 16 V^2 = 1.6 pJ.
    assert float(energy.form_energy(technology(ROUND))) == pytest.approx(241.6e-12, rel=1e-6, abs=0)


def test_set_takes_the_compliance_current_of_its_gate_voltage() -> None:
    # 1.5 V at the gate is half way between 40 and 120 uS: 80 uS x 0.5 V = 40 uA; 1.5 V x 40 uA x 1 us = 60 pJ.
    # Gate and bit line, both to 1.5 V: 2 x 0.1 pF x 2.25 V^2 = 0.45 pJ.
    # 2 V: 60 uA, 90 pJ; gate 0.4 pJ and bit line 0.225 pJ.
    spent = by_law(energy.set_energy, ROUND)(torch.tensor([1.5, 2.0]))
    assert spent.tolist() == pytest.approx([60.45e-12, 90.625e-12], rel=1e-6, abs=0)


def test_set_at_a_gate_voltage_that_passes_no_current_charges_its_lines_only() -> None:
    # The line through (1 V, 40 uS) and (2 V, 120 uS) meets 0 uS at 0.5 V. Bit line 0.225 pJ and gate 0.016 pJ.
    assert float(by_law(energy.set_energy, ROUND)(torch.tensor([0.4]))) == pytest.approx(0.241e-12, rel=1e-6, abs=0)


def test_reset_takes_the_mean_of_the_currents_before_and_after() -> None:
    # 100 to 20 uS: 60 uS in the mean, x 0.5 V x 2 = 60 uA; 2 V x 60 uA x 0.1 us = 12 pJ.
    # Source line to 2 V: 0.4 pJ; gate line to 5 V: 2.5 pJ.
    spent = by_law(energy.reset_energy, ROUND)(2.0, 100.0, 20.0)
    assert float(spent) == pytest.approx(14.9e-12, rel=1e-6, abs=0)


def test_read_takes_what_ohms_law_says() -> None:
    # (0.2 V)^2 x 50 uS = 2 uW for 0.1 us: 0.2 pJ. One line to 0.2 V: 4 fJ.
    assert float(by_law(energy.read_energy, ROUND)(torch.tensor([50.0]))) == pytest.approx(0.204e-12, rel=1e-6, abs=0)


@given(st.floats(0.1, 4), st.floats(0, 150), st.floats(0, 150))
def test_reset_is_volts_times_amperes_times_seconds_and_its_two_lines(
    volts: float, before: float, after: float
) -> None:
    leti = load_parameter_set("leti_hfo2_130nm").values
    amperes = (before + after) / 2 * 1e-6 * leti.compliance_per_conductance * leti.reset_current_factor
    lines = leti.line_capacitance * (volts**2 + leti.reset_gate_voltage**2)
    spent = by_law(energy.reset_energy, leti)(volts, before, after)
    assert float(spent) == pytest.approx(volts * amperes * leti.reset_width + lines, rel=1e-5, abs=0)
