"""What a chip charges for its operations: counts, joules and seconds worked out by hand."""

import dataclasses

import pytest
import torch

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.meter import MeterReading
from ohmshot.chip.simulated import SimulatedCrossbar

ROUND = dataclasses.replace(
    load_parameter_set("ideal").values,  # no spread, and a SET reaches 100 uS for each volt at the gate
    minimum_conductance=10.0,
    reset_conductance=10.0,
    compliance_per_conductance=0.5,
    line_capacitance=1e-13,
    form_voltage=4.0,
    form_conductance=60.0,
    form_width=2e-6,
    set_bit_line_voltage=1.5,
    set_width=1e-6,
    reset_gate_voltage=5.0,
    reset_source_voltages=(1.0, 2.0),
    reset_current_factor=2.0,
    reset_width=3e-7,
    read_voltage=0.2,
    read_width=1e-7,
)
CIRCUIT = Circuit(
    rows=2,
    columns=3,
    input_bits=None,
    output_bits=None,
    line_resistance_ohm=0.0,
    conversion_energy_j=10e-12,
    conversion_s=4e-7,
)
CONDUCTANCES = torch.tensor([[20.0, 40.0, 60.0], [80.0, 100.0, 50.0]])


@pytest.fixture
def chip() -> SimulatedCrossbar:
    """One chip whose cells hold `CONDUCTANCES`, uS."""
    made = SimulatedCrossbar(ROUND, CIRCUIT, 0, [0])
    cells = torch.arange(6)
    made.form(cells)
    made.reset(cells, torch.full((6,), 2.0))
    made.set(cells, CONDUCTANCES.flatten() / 100)
    assert made.true_conductances()[0].flatten().tolist() == pytest.approx(CONDUCTANCES.flatten().tolist())
    return made


def cost(reading: MeterReading) -> float:
    return float(reading.joules.sum())


def test_each_formed_cell_costs_its_pulse_and_one_line() -> None:
    chip = SimulatedCrossbar(ROUND, CIRCUIT, 0, [0])
    chip.form(torch.tensor([0, 4]))
    # 4 V x 60 uS x 0.5 V x 2 us = 240 pJ and 0.1 pF x 16 V^2 = 1.6 pJ.
    assert cost(chip.meter()) == pytest.approx(2 * 241.6e-12, rel=1e-5, abs=0)


def test_a_set_costs_by_its_gate_voltage_and_not_by_what_it_reaches(chip: SimulatedCrossbar) -> None:
    before = chip.meter()
    chip.set(torch.tensor([0, 1]), torch.tensor([0.8, 1.0]))
    # 0.8 V at the gate: 80 uS x 0.5 V = 40 uA; x 1.5 V x 1 us = 60 pJ. Lines 0.1 pF x (1.5^2 + 0.8^2) V^2 = 0.289 pJ.
    # 1.0 V: 50 uA, 75 pJ; lines 0.325 pJ.
    assert cost(chip.meter() - before) == pytest.approx(135.614e-12, rel=1e-5, abs=0)


def test_a_reset_costs_by_the_mean_of_the_conductance_before_and_after(chip: SimulatedCrossbar) -> None:
    before = chip.meter()
    chip.reset(torch.tensor([4]), torch.tensor([2.0]))
    # 100 to 10 uS: 55 uS x 0.5 V x 2 = 55 uA; x 2 V x 0.3 us = 33 pJ. Lines 0.1 pF x (2^2 + 5^2) V^2 = 2.9 pJ.
    assert cost(chip.meter() - before) == pytest.approx(35.9e-12, rel=1e-5, abs=0)


def test_a_read_costs_ohms_law_and_a_conversion(chip: SimulatedCrossbar) -> None:
    before = chip.meter()
    chip.read(torch.tensor([1, 4]))
    # (0.2 V)^2 x (40 + 100) uS x 0.1 us = 0.56 pJ; two lines of 4 fJ; two conversions of 10 pJ.
    assert cost(chip.meter() - before) == pytest.approx(20.568e-12, rel=1e-5, abs=0)


def test_a_multiply_costs_v_squared_g_of_every_driven_cell_in_every_input(chip: SimulatedCrossbar) -> None:
    before = chip.meter()
    volts = torch.tensor([[[0.2, 0.1], [0.1, -0.2]]])
    currents = chip.multiply(volts, slice(1, 3))
    assert currents[0].flatten().tolist() == pytest.approx([18.0, 17.0, -16.0, -4.0])
    # Columns 1 and 2 hold 100 uS in row 0 and 150 uS in row 1.
    # First input: 0.04 x 100 + 0.01 x 150 = 5.5 uW; second: 0.01 x 100 + 0.04 x 150 = 7 uW; for 0.1 us: 1.25 pJ.
    # Two inputs of two conversions of 10 pJ: 40 pJ. Two inputs of two row lines of 4 fJ: 0.016 pJ.
    assert cost(chip.meter() - before) == pytest.approx(41.266e-12, rel=1e-5, abs=0)


def test_operations_take_their_widths_one_after_another(chip: SimulatedCrossbar) -> None:
    before = chip.meter()
    chip.form(torch.arange(2))
    chip.set(torch.arange(3), torch.ones(3))
    chip.reset(torch.arange(4), torch.ones(4))
    chip.read(torch.arange(5))
    chip.multiply(torch.zeros(1, 7, 2), slice(0, 3))
    spent = chip.meter() - before
    # A read and a multiply wait for their converters: 0.1 us + 0.4 us.
    each = {"form": (2, 4e-6), "set": (3, 3e-6), "reset": (4, 1.2e-6), "read": (5, 2.5e-6), "multiply": (7, 3.5e-6)}
    assert {name: int(spent.of(name).count) for name in each} == {name: count for name, (count, _) in each.items()}
    for name, (_, seconds) in each.items():
        assert float(spent.of(name).seconds) == pytest.approx(seconds, rel=1e-6, abs=0)


def test_the_datasheet_promises_the_energies_of_the_highest_conductance_at_full_amplitudes() -> None:
    worst = SimulatedCrossbar(ROUND, CIRCUIT, 0, [0]).datasheet.worst_energies
    assert worst is not None
    assert worst.form == pytest.approx(241.6e-12, rel=1e-5, abs=0)
    # Gate at 1.15 x 1.2 V = 1.38 V: 138 uS x 0.5 V x 1.5 V x 1 us = 103.5 pJ; lines 0.1 pF x (1.5^2 + 1.38^2) V^2.
    assert worst.set == pytest.approx(103.5e-12 + 0.41544e-12, rel=1e-5, abs=0)
    # 120 uS before and after: 120 uA x 2 V x 0.3 us = 72 pJ; lines 2.9 pJ.
    assert worst.reset == pytest.approx(74.9e-12, rel=1e-5, abs=0)
    # 0.04 V^2 x 120 uS x 0.1 us = 0.48 pJ; line 4 fJ; conversion 10 pJ.
    assert worst.read == pytest.approx(10.484e-12, rel=1e-5, abs=0)
