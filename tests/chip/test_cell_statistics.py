"""10,000 cells reproduce the medians and spreads that their parameter file states, within the sampling error.

Spreads are taken from quantiles, which the edges of the window do not touch; limits are four standard errors.
"""

import dataclasses
import math

import pytest
import torch
from torch import Tensor

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from random_cells import PLAIN_SETS, SETS

CELLS = 10_000
EVERY = torch.arange(CELLS)
REAL = [name for name in PLAIN_SETS if name != "ideal"]
FOUR_ERRORS = 4 / math.sqrt(CELLS)


def formed_chip(parameters: CellParameters, seed: int = 1) -> SimulatedCrossbar:
    chip = SimulatedCrossbar(parameters, Circuit(rows=100, columns=100), seed, [0])
    chip.form(EVERY)
    return chip


def reset(chip: SimulatedCrossbar, volts: float | None = None) -> None:
    volts = chip.parameters.reset_source_voltages[1] if volts is None else volts
    chip.reset(EVERY, torch.full((CELLS,), volts))


def set_to(chip: SimulatedCrossbar, conductance: float) -> None:
    chip.set(EVERY, chip.datasheet.gate_voltage_for(torch.full((CELLS,), conductance)))


def now(chip: SimulatedCrossbar) -> Tensor:
    return chip.true_conductances().flatten().double()


def median_and_spread(values: Tensor) -> tuple[float, float]:
    low, middle, high = torch.quantile(values, torch.tensor([0.15866, 0.5, 0.84134], dtype=values.dtype)).tolist()
    return middle, (high - low) / 2


def assert_normal(values: Tensor, median: float, spread: float) -> None:
    found, width = median_and_spread(values)
    assert found == pytest.approx(median, abs=1.2533 * spread * FOUR_ERRORS + 1e-3)
    assert width == pytest.approx(spread, abs=0.96 * spread * FOUR_ERRORS + 1e-3)


def deep(parameters: CellParameters, **changes: object) -> CellParameters:
    """The same cells with a reset state so deep and healthy that only the SET under test is seen."""
    low = parameters.minimum_conductance
    healthy = {"stuck_low_share": 0.0, "stuck_high_share": 0.0, "set_disturb": 0.0, "reset_disturb": 0.0}
    form = {"form_onset_spread": 0.0, "form_onset_voltage": 0.0}
    wide = {"minimum_conductance": 0.0, "maximum_conductance": 2 * parameters.maximum_conductance}
    made = dataclasses.replace(parameters, **wide, **healthy, **form, reset_log_spread=(0.0, 0.0))  # type: ignore[arg-type]
    return dataclasses.replace(made, **{"reset_conductance": min(low, 0.01), **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("name", REAL)
def test_one_set_reaches_every_level_with_the_stated_spread(name: str) -> None:
    parameters = deep(SETS[name])
    (bottom, top), (first, last) = parameters.set_conductances, parameters.set_spread
    chip = formed_chip(parameters)
    for level in parameters.level_conductances:
        reset(chip)
        set_to(chip, level)
        share = min(max((level - bottom) / (top - bottom), 0.0), 1.0)
        assert_normal(now(chip), level, first + share * (last - first))


@pytest.mark.parametrize("name", REAL)
def test_a_full_reset_leaves_the_stated_reset_state(name: str) -> None:
    healthy = deep(SETS[name])
    stated = SETS[name]
    chip = formed_chip(
        dataclasses.replace(
            healthy, reset_conductance=stated.reset_conductance, reset_log_spread=stated.reset_log_spread
        )
    )
    set_to(chip, stated.set_conductances[1])
    reset(chip)
    found, width = median_and_spread(now(chip).log())
    spread = stated.reset_log_spread[1]
    assert found == pytest.approx(math.log(stated.reset_conductance), abs=1.2533 * spread * FOUR_ERRORS)
    # Only cells that lie below the highest SET move; the wide corner is cut there, so its lower half is looked at.
    lower = found - float(torch.quantile(now(chip).log(), 0.15866))
    assert lower == pytest.approx(spread, abs=1.5 * spread * FOUR_ERRORS)
    assert width <= spread * (1 + FOUR_ERRORS)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.9])
def test_the_device_share_is_what_two_cycles_of_a_cell_have_in_common(share: float) -> None:
    chip = formed_chip(deep(SETS["leti_hfo2_130nm"], set_device_share=share))
    cycles = []
    for _ in range(2):
        reset(chip)
        set_to(chip, 80.0)
        cycles.append(now(chip))
    assert float(torch.corrcoef(torch.stack(cycles))[0, 1]) == pytest.approx(share, abs=FOUR_ERRORS)


@pytest.mark.parametrize("name", ["leti_hfo2_130nm", "wan_2022", "cmo_hfox"])
@pytest.mark.parametrize("seconds", [60.0, 1000.0])
def test_relaxation_moves_and_spreads_cells_as_the_table_states(name: str, seconds: float) -> None:
    parameters = deep(SETS[name], set_spread=(0.0, 0.0), set_pulse_share=0.0)
    low, high = parameters.set_conductances
    decades = math.log10(seconds / 60)
    for i, level in enumerate(parameters.relaxation_conductances):
        if not low <= level <= high:
            continue
        chip = formed_chip(parameters)
        reset(chip)
        set_to(chip, level)
        chip.wait(seconds)
        at_60, slope = parameters.relaxation_spread_at_60_s[i], parameters.relaxation_spread_per_decade[i]
        stated, of_programming = at_60 + slope * decades, max(at_60 - slope * math.log10(60), 0.0)
        shift = parameters.relaxation_shift_per_decade[i] * math.log10(seconds / parameters.relaxation_shift_start)
        assert_normal(now(chip), level + shift, level * math.sqrt(stated**2 - of_programming**2))


def test_cells_reached_by_reset_spread_as_wan_et_al_state_after_a_second_and_a_day() -> None:
    parameters = deep(SETS["wan_2022"], reset_conductance=1.0, retention_loss=0.0)
    low, high = parameters.reset_source_voltages
    top = parameters.set_conductances[1]
    for target in (10.0, 20.0, 30.0):
        chip = formed_chip(parameters)
        set_to(chip, top)
        reset(chip, low + (high - low) * math.log(target / top) / math.log(1.0 / top))
        for seconds, row in (
            (1.0, parameters.reset_relaxation_spread_1_s),
            (86_399.0, parameters.reset_relaxation_spread_1_day),
        ):
            chip.wait(seconds)
            stated = sum(c * (target / 40) ** power for power, c in enumerate(row))
            assert_normal(now(chip), target, stated)


def test_ten_years_at_75_degrees_take_the_stated_share_and_add_the_stated_spread() -> None:
    zeros = (0.0,) * 8
    parameters = deep(
        SETS["leti_hfo2_130nm"],
        set_spread=(0.0, 0.0),
        relaxation_shift_per_decade=zeros,
        relaxation_spread_at_60_s=zeros,
        relaxation_spread_per_decade=zeros,
    )
    chip = formed_chip(parameters)
    reset(chip)
    set_to(chip, 80.0)
    chip.wait(parameters.retention_reference_time, parameters.retention_reference_temperature)
    kept = (80.0 - parameters.reset_conductance) * (1 - parameters.retention_loss)
    assert_normal(now(chip), parameters.reset_conductance + kept, parameters.retention_spread)


@pytest.mark.parametrize("name", REAL)
def test_reads_scatter_by_the_stated_share(name: str) -> None:
    parameters = dataclasses.replace(deep(SETS[name]), telegraph_share=0.0)
    chip = formed_chip(parameters)
    reset(chip)
    set_to(chip, parameters.set_conductances[1])
    true = now(chip)
    assert_normal((chip.read(EVERY).double() - true) / true, 0.0, parameters.read_noise)


@pytest.mark.parametrize("name", REAL)
def test_cells_fail_by_the_stated_weibull_law(name: str) -> None:
    parameters = SETS[name]
    life = SimulatedCrossbar(parameters, Circuit(rows=100, columns=100), 1, [0]).state.cycles_to_failure.double()
    for quantile in (0.1, 0.5, 0.632):
        cycles = parameters.endurance_cycles * (-math.log1p(-quantile)) ** (1 / parameters.endurance_shape)
        error = 2 * math.sqrt(quantile * (1 - quantile)) * FOUR_ERRORS / 2
        assert float((life < cycles).double().mean()) == pytest.approx(quantile, abs=error)


def test_the_stated_shares_of_cells_are_stuck() -> None:
    parameters = dataclasses.replace(SETS["leti_hfo2_130nm"], stuck_low_share=0.05, stuck_high_share=0.02)
    chip = formed_chip(parameters)
    reset(chip)
    high = (now(chip) > 100).double().mean()
    set_to(chip, 117.0)
    low = (now(chip) < 1).double().mean()
    assert float(high) == pytest.approx(0.02, abs=math.sqrt(0.02) * FOUR_ERRORS)
    assert float(low) == pytest.approx(0.05, abs=math.sqrt(0.05) * FOUR_ERRORS)
