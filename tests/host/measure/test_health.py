"""The indicators of a chip's health, from cells whose numbers are known."""

import dataclasses
import math

import pytest

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.faults.injected import simulated_chips
from ohmshot.chip.faults.injection import Injection
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.host.measure.health import measured_health

LETI = dataclasses.replace(load_parameter_set("leti_hfo2_130nm").values, read_noise=0.0)
EXACT = dataclasses.replace(LETI, set_spread=(0.0, 0.0), reset_log_spread=(0.0, 0.0))


def test_cells_without_spread_show_the_medians_of_their_technology() -> None:
    health = measured_health(SimulatedCrossbar(EXACT, Circuit(), 1, [0, 1]))
    assert health.formed_microsiemens.tolist() == pytest.approx([63.0, 63.0])
    assert health.reset_log_mean.tolist() == pytest.approx([math.log(5.0)] * 2)
    assert health.set_microsiemens.tolist() == pytest.approx([44.6, 44.6])
    for spread in (health.formed_spread_microsiemens, health.reset_log_spread, health.set_cell_spread_microsiemens):
        assert spread.tolist() == pytest.approx([0.0, 0.0], abs=1e-4)
    assert health.set_cycle_spread_microsiemens.tolist() == pytest.approx([0.0, 0.0], abs=1e-4)
    assert health.stuck.tolist() == [0.0, 0.0]


def test_a_reset_state_is_counted_from_a_tenth_of_a_microsiemens_on() -> None:
    for reset, seen in ((1.0, 1.0), (0.2, 0.2), (0.05, 0.1)):
        low = dataclasses.replace(EXACT, minimum_conductance=0.01, reset_conductance=reset)
        health = measured_health(SimulatedCrossbar(low, Circuit(), 1, [0]))
        assert float(health.reset_log_mean) == pytest.approx(math.log(seen), abs=1e-5)


def test_spread_is_told_apart_into_what_belongs_to_a_cell_and_what_is_new_in_every_cycle() -> None:
    # At the lowest level SETs spread by 12 uS: half of the variance belongs to the device and 0.02 to the pulse, so
    # 0.48 to the cycle. RESETs at the full voltage spread by 0.5 in the logarithm. FORM: 63 uS lies a quarter of the
    # way from 45 to 117 uS, and its spread as far from 12 to 5 uS.
    health = measured_health(SimulatedCrossbar(LETI, Circuit(), 1, list(range(20))))
    assert float(health.set_cell_spread_microsiemens.mean()) == pytest.approx(12 * math.sqrt(0.5), rel=0.02)
    assert float(health.set_cycle_spread_microsiemens.mean()) == pytest.approx(12 * math.sqrt(0.5), rel=0.02)
    assert float(health.reset_log_spread.mean()) == pytest.approx(0.5, rel=0.02)
    assert float(health.formed_spread_microsiemens.mean()) == pytest.approx(12 - 0.25 * 7, rel=0.02)


def test_stuck_cells_are_counted_and_left_out_of_the_rest() -> None:
    chip = simulated_chips(EXACT, Circuit(), 1, [0], [0], Injection(dead_row=2))
    health = measured_health(chip)
    assert health.stuck.tolist() == [2 * 64.0]
    assert health.formed_microsiemens.tolist() == pytest.approx([63.0])
    assert health.set_microsiemens.tolist() == pytest.approx([44.6])


def test_the_measurement_costs_a_forming_and_four_cycles() -> None:
    chip = SimulatedCrossbar(EXACT, Circuit(), 1, [0])
    measured_health(chip)
    # Three cycles of one RESET and one SET; the test of stuck cells gives three RESETs and one SET.
    pulses = {name: int(chip.meter().of(name).count) for name in ("form", "reset", "set", "read")}
    assert pulses == {"form": 2048, "reset": 6 * 2048, "set": 4 * 2048, "read": 9 * 2048}
    assert chip.wear().unique().tolist() == [5]  # forming is a cycle too
