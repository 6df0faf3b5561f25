"""Laws that only some technologies have rows for; numbers worked out by hand or by formula."""

import dataclasses
import math

import numpy as np
import pytest
import torch

from cells_by_law import by_law, fresh_cells
from ohmshot.cell import log_relaxation, switching
from ohmshot.cell.cell_parameters import CellParameters, disagreement
from ohmshot.cell.log_relaxation_numbers import log_relaxation as numbers_of
from ohmshot.cell.log_relaxation_numbers import loss_within, warmth
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.technology import log_slope, technology
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.compiled import F32
from ohmshot.foundation.elementwise import elementwise
from ohmshot.programming.attempt import gate_for

LETI = load_parameter_set("leti_hfo2_130nm").values
EXACT = dataclasses.replace(LETI, set_spread=(0.0, 0.0), reset_log_spread=(0.0, 0.0), form_voltage=9.0)
LOG = dataclasses.replace(
    LETI,
    log_relaxation_conductances=(20.0, 100.0),
    log_relaxation_variance=(16.0, 4.0),
    log_relaxation_shift_after_set=(-2.0, -1.0),
    log_relaxation_shift_after_reset=(2.0, 1.0),
    log_relaxation_start=1e-3,
    log_relaxation_jumps=0.5,
)
CELLS = 20_000


def chip_of(parameters: CellParameters, cells: int = CELLS) -> SimulatedCrossbar:
    chip = SimulatedCrossbar(dataclasses.replace(parameters, form_voltage=9.0), Circuit(rows=1, columns=cells), 0, [0])
    chip.form(torch.arange(cells))
    return chip


def volts(value: float, cells: int = CELLS) -> torch.Tensor:
    return torch.full((cells,), value)


def at(parameters: CellParameters, conductance: float, by_reset: bool = False) -> SimulatedCrossbar:
    chip = chip_of(parameters)
    state = chip.state.changed(conductance=volts(conductance), reached_by_reset=torch.full((CELLS,), by_reset))
    chip.put_cells(state)
    return chip


def test_a_saturating_set_meets_both_ends_and_bends_between() -> None:
    bent = dataclasses.replace(LETI, set_saturation_voltage=0.4)
    found = by_law(switching.set_median, bent)(torch.tensor([1.4, 1.8, 2.2]))
    # 45 + 72 (1 - e^-1) / (1 - e^-2) = 45 + 72 * 0.731059
    torch.testing.assert_close(found, torch.tensor([45.0, 97.6362, 117.0]), atol=1e-3, rtol=0)


@pytest.mark.parametrize("saturation", [0.2, 0.4, 5.0])
def test_the_host_asks_for_a_level_by_the_inverse_of_that_curve(saturation: float) -> None:
    bent = dataclasses.replace(LETI, set_saturation_voltage=saturation)
    sheet, wanted = chip_of(bent, 1).datasheet, torch.linspace(45, 117, 101)
    for gate in (sheet.gate_voltage_for(wanted), elementwise(gate_for, sheet.numbers)(wanted)):
        torch.testing.assert_close(by_law(switching.set_median, bent)(gate), wanted, rtol=2e-5, atol=1e-3)


@pytest.mark.parametrize("skewness", [-1.5, -0.3, 0.5, 2.0])
def test_a_skewed_draw_has_its_skewness_unit_variance_and_median_zero(skewness: float) -> None:
    k = log_slope(skewness)
    w = math.exp(k * k)
    assert math.copysign((w + 2) * math.sqrt(w - 1), k) == pytest.approx(skewness)
    skewed = dataclasses.replace(LETI, set_skewness=(skewness, skewness))
    draws = torch.from_numpy(np.random.default_rng(0).standard_normal(40_000)).float()
    found = by_law(switching.set_skewed, skewed)(draws, torch.full_like(draws, 80.0))
    assert float(found.median()) == pytest.approx(0, abs=0.02)
    assert float(found.std()) == pytest.approx(1, rel=0.05)


def test_the_device_share_goes_with_the_level() -> None:
    shares = dataclasses.replace(LETI, set_device_shares=(0.0, 0.75), set_pulse_share=0.0)
    cells = fresh_cells(torch.tensor([[2.0], [0.0]]), torch.full((2, 1), 0.5), shares)
    record, p = cells.records.view(np.recarray)[0], technology(shares)
    record.set_cycle_draw = 0.0
    draws = [float(switching.set_draw(record, F32(level), F32(0), p)) for level in (45.0, 81.0, 117.0)]
    assert draws == pytest.approx([0.0, 2 * math.sqrt(0.375), 2 * math.sqrt(0.75)], rel=1e-5)


def test_repeated_sets_lower_only_where_a_row_says_so() -> None:
    loud = dataclasses.replace(LETI, set_pulse_share=0.2)
    for parameters, falls in ((loud, False), (dataclasses.replace(loud, set_lowering=1.0), True)):
        chip = chip_of(parameters)
        chip.reset(torch.arange(CELLS), volts(2.6))
        chip.set(torch.arange(CELLS), volts(1.8))
        before = chip.true_conductances()
        chip.set(torch.arange(CELLS), volts(1.8))
        assert bool((chip.true_conductances() < before).any()) == falls


def test_a_filament_breaks_in_one_step() -> None:
    """From 117 uS a RESET of 1.3 V leads to 117 (5 / 117)^(0.3 / 1.6) = 64.8 uS: a fall of ln by 0.591."""
    chip = chip_of(dataclasses.replace(EXACT, reset_break=0.591))
    chip.set(torch.arange(CELLS), volts(2.2))
    chip.reset(torch.arange(CELLS), volts(1.3))
    now = chip.true_conductances().reshape(-1)
    fallen = now < 100
    assert float(now[fallen].mean()) == pytest.approx(64.8, abs=0.2)
    assert float(now[~fallen].mean()) == pytest.approx(117.0, abs=0.2)
    assert float(fallen.float().mean()) == pytest.approx(1 - math.exp(-1), abs=0.015)  # an exponential below its mean


def test_resets_fail_for_a_share_of_the_filaments_and_for_the_whole_cycle() -> None:
    chip = chip_of(dataclasses.replace(EXACT, reset_failure_share=0.1))
    chip.set(torch.arange(CELLS), volts(2.2))
    for _ in range(3):
        chip.reset(torch.arange(CELLS), volts(2.6))
    assert float((chip.true_conductances() > 100).float().mean()) == pytest.approx(0.1, abs=0.01)


def test_resets_raise_an_open_filament_only_where_a_row_says_so() -> None:
    noisy = dataclasses.replace(LETI, reset_log_spread=(0.5, 0.5), reset_pulse_share=0.5)
    for parameters, rises in ((noisy, False), (dataclasses.replace(noisy, reset_raise=1.0), True)):
        chip = chip_of(parameters)
        chip.set(torch.arange(CELLS), volts(2.2))
        chip.reset(torch.arange(CELLS), volts(2.0))
        before = chip.true_conductances()
        chip.reset(torch.arange(CELLS), volts(2.0))
        assert bool((chip.true_conductances() > before).any()) == rises


def test_decades_of_log_time_add_up_and_are_more_in_the_heat() -> None:
    decades = elementwise(log_relaxation.further_decades, numbers_of(LOG))
    assert float(decades(0.0, 0.999, 1.0)) == pytest.approx(3, abs=1e-4)  # log10(1 + 0.999 / 0.001)
    first = float(decades(0.0, 10.0, 1.0))
    assert first + float(decades(first, 90.0, 1.0)) == pytest.approx(float(decades(0.0, 100.0, 1.0)), rel=1e-4)
    assert float(decades(0.0, 100.0, warmth(150.0))) == pytest.approx(423.15 / 298.15 * math.log10(1 + 1e5), rel=1e-4)


@pytest.mark.parametrize(("by_reset", "shift"), [(False, -1.5), (True, 1.5)])
def test_relaxation_spreads_and_shifts_by_the_decade(by_reset: bool, shift: float) -> None:
    """At 60 uS, half way between 20 and 100: 10 uS^2 and 1.5 uS a decade; 99.999 s are five decades of 1 ms."""
    chip = at(LOG, 60.0, by_reset)
    chip.wait(99.999)
    change = chip.true_conductances().reshape(-1) - 60
    assert float(change.mean()) == pytest.approx(5 * shift, abs=0.2)
    assert float(change.var()) == pytest.approx(50, rel=0.06)


def test_few_cells_carry_the_early_spread() -> None:
    chip = at(LOG, 60.0)
    chip.wait(9e-3)  # one decade: half a jump
    change = chip.true_conductances().reshape(-1) - 60
    assert float((change - change.median()).abs().lt(1e-3).float().mean()) == pytest.approx(math.exp(-0.5), abs=0.015)


def test_waits_in_parts_are_in_distribution_one() -> None:
    whole, parts = at(LOG, 60.0), at(LOG, 60.0)
    whole.wait(1e4)
    for seconds in (0.1, 99.9, 9900.0):
        parts.wait(seconds)
    one, other = (chip.true_conductances().reshape(-1) for chip in (whole, parts))
    assert float(one.mean()) == pytest.approx(float(other.mean()), abs=0.3)
    assert float(one.std()) == pytest.approx(float(other.std()), rel=0.03)


def test_the_reset_state_drifts_upward_from_the_floor() -> None:
    chip = at(dataclasses.replace(LOG, log_relaxation_shift_after_reset=(0.0, 0.0)), 3.0, by_reset=True)
    chip.wait(1e5)
    now = chip.true_conductances()
    assert float(now.min()) >= LOG.minimum_conductance
    assert float(now.mean()) > 6.0


def test_loss_is_a_rate_that_does_not_saturate() -> None:
    losing = dataclasses.replace(LOG, loss_rate=1e-4, loss_activation_energy=1.0, loss_temperature=200.0)
    assert loss_within(1e4, 200.0, losing) == pytest.approx(1.0)
    # exp(1 / 8.617333e-5 * (1 / 473.15 - 1 / 523.15)) = 10.43
    assert loss_within(1e4, 250.0, losing) == pytest.approx(10.43, rel=0.01)
    assert loss_within(1e4, 250.0, LOG) == 0.0


def test_wear_widens_relaxation_up_to_the_cycles_that_were_measured() -> None:
    worn = elementwise(log_relaxation.worn_widening, numbers_of(dataclasses.replace(LOG, wear_widening=(5000.0, 2.5))))
    assert worn(torch.tensor([0.0, 2500.0, 5000.0, 1e6])).tolist() == pytest.approx([1.0, 1.75, 2.5, 2.5])


def test_a_read_has_a_floor_of_noise() -> None:
    chip = at(dataclasses.replace(LETI, read_noise=0.01, read_noise_floor=0.3), 40.0)
    assert float(chip.read(torch.arange(CELLS)).std()) == pytest.approx(0.5, rel=0.03)  # 0.3 and 0.4 in squares


def test_a_law_has_all_of_its_rows_or_none() -> None:
    assert disagreement(dataclasses.replace(LETI, loss_rate=1e-4)) == (
        "loss_rate",
        "needs loss_activation_energy beside it",
    )
    assert disagreement(dataclasses.replace(LETI, wear_widening=(5000.0, 2.0))) == (
        "wear_widening",
        "needs the rows of log_relaxation beside it",
    )
    assert disagreement(LOG) is None


def test_cells_without_rows_of_a_law_print_and_draw_as_before() -> None:
    assert "None" not in repr(LETI)
    assert "set_saturation_voltage" not in load_parameter_set("leti_hfo2_130nm").quantities
