"""What one pulse does to cells whose random numbers are known."""

import dataclasses
import math

import pytest
import torch
from torch import Tensor

import cells_by_law as switching
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import CellState, Health
from ohmshot.chip.circuit import Circuit
from ohmshot.chip.simulated import SimulatedCrossbar
from ohmshot.foundation.randomness import generator

LETI = load_parameter_set("leti_hfo2_130nm").values


def median_cells(count: int, parameters: CellParameters = LETI) -> CellState:
    """Formed cells without any offset from the median, float64 [count]."""
    fresh = switching.fresh_cells(
        torch.zeros(2, count, dtype=torch.float64), torch.full((2, count), 0.5, dtype=torch.float64), parameters
    )
    return switching.form_pulse(fresh, torch.zeros(3, count, dtype=torch.float64), parameters)


def reset(cells: CellState, volts: float, parameters: CellParameters = LETI) -> CellState:
    """A RESET that draws the median."""
    g = cells.conductance
    return switching.reset_pulse(cells, torch.full_like(g, volts), torch.zeros(1, *g.shape, dtype=g.dtype), parameters)


def correlation(a: Tensor, b: Tensor) -> float:
    return float(torch.corrcoef(torch.stack([a, b]))[0, 1])


def test_what_a_reset_reaches_is_independent_of_the_set_before_it() -> None:
    count, random = 10_000, generator(2, "independence")

    def normals(rows: int) -> Tensor:
        return torch.randn(rows, count, generator=random)

    cells = switching.fresh_cells(normals(2), torch.full((2, count), 0.5), LETI)
    cells = switching.form_pulse(cells, normals(3), LETI)
    cells = switching.reset_pulse(cells, torch.full((count,), 2.6), normals(1), LETI)
    after_set = switching.set_pulse(cells, torch.full((count,), 1.8), normals(3), LETI)
    after_reset = switching.reset_pulse(after_set, torch.full((count,), 2.6), normals(1), LETI)
    assert abs(correlation(after_set.conductance, after_reset.conductance.log())) < 0.05  # 5 standard errors


def test_each_reset_of_one_cycle_shares_that_cycles_draw() -> None:
    # Shares of variance: device 0.5, pulse 0.1, so cycle 0.4. Without devices, two RESETs of one cycle correlate by
    # 0.4 / (0.4 + 0.1) = 0.8.
    count, random = 10_000, generator(3, "cycle")
    cells = switching.fresh_cells(torch.zeros(2, count), torch.full((2, count), 0.5), LETI)
    cells = switching.form_pulse(cells, torch.randn(3, count, generator=random), LETI)
    cells = cells.changed(conductance=torch.full((count,), 150.0))
    full = torch.full((count,), 2.6)
    reached = [
        switching.reset_pulse(cells, full, torch.randn(1, count, generator=random), LETI).conductance.log()
        for _ in range(2)
    ]
    assert correlation(*reached) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(
    ("cycles", "floor"),
    [
        # From 1e6 to 1e8 cycles the floor climbs from 0.5 to 45 uS, linearly in the logarithm of the cycles.
        (1, 0.5),
        (10**6, 0.5),
        (10**7, 0.5 + 0.5 * 44.5),
        (10**8, 45.0),
        (10**9, 45.0),
    ],
)
def test_the_window_closes_from_below_as_a_cell_wears(cycles: int, floor: float) -> None:
    low = dataclasses.replace(LETI, reset_conductance=0.5)
    worn = median_cells(1, low).changed(cycles=torch.tensor([cycles], dtype=torch.int32))
    assert float(reset(worn, 2.6, low).conductance) == pytest.approx(floor, rel=1e-6)


def test_a_reset_lowers_by_equal_factors_for_equal_steps_of_amplitude() -> None:
    # From 117 uS at the onset of 1.0 V to 5 uS at 2.6 V; half way, at 1.8 V, the geometric mean.
    cells = median_cells(4).changed(conductance=torch.full((4,), 150.0, dtype=torch.float64))
    volts = torch.tensor([1.0, 1.8, 2.6, 3.0], dtype=torch.float64)
    reached = switching.reset_pulse(cells, volts, torch.zeros(1, 4, dtype=torch.float64), LETI).conductance
    assert reached.tolist() == pytest.approx([150.0, math.sqrt(117 * 5), 5.0, 5.0], rel=1e-6)


def test_a_set_reaches_a_line_through_its_two_ends_and_no_more_than_the_window() -> None:
    cells = reset(median_cells(4), 2.6)
    gates = torch.tensor([1.4, 1.8, 2.2, 4.0], dtype=torch.float64)
    reached = switching.set_pulse(cells, gates, torch.zeros(3, 4, dtype=torch.float64), LETI).conductance
    assert reached.tolist() == pytest.approx([45.0, 81.0, 117.0, 150.0], rel=1e-6)


def test_forming_is_a_cycle_and_leaves_the_forming_conductance() -> None:
    cells = median_cells(1)
    assert (float(cells.conductance), int(cells.cycles), int(cells.health)) == (63.0, 1, Health.OK)


def test_a_cell_fails_in_the_cycle_that_its_life_ends_with_and_then_conducts_for_good() -> None:
    cells = median_cells(1).changed(cycles_to_failure=torch.tensor([3.0]))
    gate, normals = torch.tensor([1.4], dtype=torch.float64), torch.zeros(3, 1, dtype=torch.float64)
    seen = []
    for _ in range(3):
        cells = switching.set_pulse(reset(cells, 2.6), gate, normals, LETI)
        seen.append((int(cells.cycles), int(cells.health), round(float(cells.conductance), 3)))
    assert seen == [(2, Health.OK, 45.0), (3, Health.STUCK_HIGH, 117.0), (3, Health.STUCK_HIGH, 117.0)]


@pytest.mark.parametrize(("share", "which"), [("set_device_share", 0), ("set_pulse_share", 2)])
def test_a_source_of_spread_moves_a_set_by_the_root_of_its_share(share: str, which: int) -> None:
    # One standard deviation at 45 uS is 12 uS; a source with a quarter of the variance moves it by half of that.
    shares = {"set_device_share": 0.0, "set_pulse_share": 0.0, share: 0.25}
    parameters = dataclasses.replace(LETI, **shares)
    cells = reset(median_cells(1, parameters), 2.6, parameters)
    normals = torch.zeros(3, 1, dtype=torch.float64)
    if share == "set_device_share":
        cells = cells.changed(set_device_offset=torch.ones(1, dtype=torch.float64))
    else:
        normals[which] = 1.0
    gate = torch.tensor([1.4], dtype=torch.float64)
    assert float(switching.set_pulse(cells, gate, normals, parameters).conductance) == pytest.approx(51.0)
    cycle = torch.tensor([[1.0], [0.0], [0.0]], dtype=torch.float64)  # what is left of the variance, three quarters
    cells = reset(median_cells(1, parameters), 2.6, parameters)
    moved = float(switching.set_pulse(cells, gate, cycle, parameters).conductance)
    assert moved == pytest.approx(45.0 + 12 * math.sqrt(0.75))


SHORT_LIVED = dataclasses.replace(load_parameter_set("leti_hfo2_130nm").values, endurance_cycles=1000.0)


def _formed() -> SimulatedCrossbar:
    crossbar = SimulatedCrossbar(SHORT_LIVED, Circuit(), 5, [0])
    crossbar.form(torch.arange(2048))
    return crossbar


def test_the_share_of_worn_cells_follows_weibull() -> None:
    crossbar = _formed()
    crossbar.wear_in(torch.full((1, 2048), 500.0))
    failed = float((crossbar.state.health == int(Health.STUCK_HIGH)).double().mean())
    assert abs(failed - (1 - 2.718281828 ** -(0.5**2))) < 0.03


def test_a_cell_worn_in_to_its_last_cycle_has_failed_and_one_cycle_before_it_has_not() -> None:
    cells = median_cells(3).changed(cycles=torch.tensor([0, 0, 0], dtype=torch.int32))
    cells = cells.changed(cycles_to_failure=torch.full((3,), 100.0))
    after = switching.worn(cells, torch.tensor([99.0, 100.0, 101.0]), LETI)
    assert after.health.tolist() == [Health.OK, Health.STUCK_HIGH, Health.STUCK_HIGH]
    assert after.cycles.tolist() == [99, 100, 101]


def test_wear_in_two_steps_is_wear_in_one() -> None:
    once, twice = _formed(), _formed()
    once.wear_in(torch.full((1, 2048), 600.0))
    for _ in range(2):
        twice.wear_in(torch.full((1, 2048), 300.0))
    alive = once.state.health == int(Health.OK)
    assert torch.equal(once.state.health, twice.state.health)
    assert torch.equal(once.state.cycles[alive], twice.state.cycles[alive])


def test_a_worn_cell_conducts_and_no_longer_resets() -> None:
    crossbar = _formed()
    crossbar.wear_in(torch.full((1, 2048), 1e6))
    cells = torch.arange(2048)
    crossbar.reset(cells, torch.full((2048,), 2.6))
    assert float(crossbar.true_conductances().min()) >= SHORT_LIVED.set_conductances[1]
