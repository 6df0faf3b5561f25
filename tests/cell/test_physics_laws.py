"""Laws that hold for every cell, whatever its history: small examples found by hypothesis."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import cells_by_law
from ohmshot.cell import ageing
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.cell.state import CellState
from ohmshot.foundation.randomness import generator

LETI = load_parameter_set("leti_hfo2_130nm").values
IDEAL = load_parameter_set("ideal").values
CELLS = 200
seeds = st.integers(0, 2**31)
pulses = st.lists(st.tuples(st.sampled_from(["set", "reset", "wait"]), st.floats(0, 1)), max_size=6)


def apply(cells: CellState, kind: str, strength: float, random: torch.Generator) -> CellState:
    normals = torch.randn(3, CELLS, generator=random)
    if kind == "set":
        low, high = LETI.set_gate_voltages
        return cells_by_law.set_pulse(cells, torch.full((CELLS,), low + strength * (high - low)), normals, LETI)
    if kind == "reset":
        return cells_by_law.reset_pulse(cells, torch.full((CELLS,), 0.8 + 1.8 * strength), normals, LETI)
    return cells_by_law.wait(cells, 1e5 * strength, 150 * strength, normals, LETI)


def used_cells(seed: int, history: list[tuple[str, float]]) -> tuple[CellState, torch.Generator]:
    random = generator(seed, "cells")
    normals, uniforms = torch.randn(2, CELLS, generator=random), torch.rand(2, CELLS, generator=random)
    cells = cells_by_law.fresh_cells(normals, uniforms, LETI)
    cells = cells_by_law.form_pulse(cells, torch.randn(3, CELLS, generator=random), LETI)
    for kind, strength in history:
        cells = apply(cells, kind, strength, random)
    return cells, random


@settings(max_examples=40, deadline=None)
@given(seeds, pulses, st.floats(0, 1))
def test_set_never_lowers_and_reset_never_raises(seed: int, history: list[tuple[str, float]], strength: float) -> None:
    cells, random = used_cells(seed, history)
    before = cells.conductance
    assert bool((apply(cells, "set", strength, random).conductance >= before - 1e-4).all())
    assert bool((apply(cells, "reset", strength, random).conductance <= before + 1e-4).all())


@settings(max_examples=40, deadline=None)
@given(seeds, pulses)
def test_no_conductance_leaves_the_window(seed: int, history: list[tuple[str, float]]) -> None:
    now = used_cells(seed, history)[0].conductance
    assert float(now.min()) >= LETI.minimum_conductance
    assert float(now.max()) <= LETI.maximum_conductance


@pytest.mark.parametrize("kind", ["set", "reset"])
def test_ageing_composes_in_mean_and_spread(kind: str) -> None:
    count = 40_000
    random = generator(3, "compose")
    fresh = cells_by_law.fresh_cells(
        torch.randn(2, count, generator=random), torch.rand(2, count, generator=random), LETI
    )
    cells = cells_by_law.form_pulse(fresh, torch.randn(3, count, generator=random), LETI)
    cells = cells_by_law.reset_pulse(cells, torch.full((count,), 2.6), torch.randn(1, count, generator=random), LETI)
    cells = cells_by_law.set_pulse(cells, torch.full((count,), 1.8), torch.randn(3, count, generator=random), LETI)
    if kind == "reset":
        cells = cells_by_law.reset_pulse(
            cells, torch.full((count,), 1.6), torch.randn(1, count, generator=random), LETI
        )

    def bake(start: CellState, seconds: float) -> CellState:
        return cells_by_law.wait(start, seconds, 150, torch.randn(2, count, generator=random), LETI)

    before = cells.conductance
    at_once = bake(cells, 5e4).conductance - before
    in_parts = bake(bake(bake(cells, 30), 2e4), 5e4 - 2e4 - 30).conductance - before
    assert float(at_once.mean()) == pytest.approx(float(in_parts.mean()), abs=0.25)
    assert float(at_once.std()) == pytest.approx(float(in_parts.std()), rel=0.03)


def test_twelve_hours_at_150_degrees_stand_for_ten_years_at_75() -> None:
    assert 12 * 3600 * ageing.acceleration(150, LETI) == pytest.approx(10 * 365.25 * 86400, rel=0.01)


@settings(deadline=None)
@given(st.floats(0, 149), st.floats(0.1, 50))
def test_a_hotter_bake_never_ages_less(celsius: float, more: float) -> None:
    assert ageing.acceleration(celsius + more, LETI) > ageing.acceleration(celsius, LETI)


def test_a_repeated_set_hardly_moves_a_cell_and_a_set_after_reset_draws_anew() -> None:
    cells, random = used_cells(5, [("reset", 1.0), ("set", 0.5)])
    before = cells.conductance
    repeated = apply(cells, "set", 0.5, random).conductance - before
    anew = apply(apply(cells, "reset", 1.0, random), "set", 0.5, random).conductance - before
    assert float(repeated.std()) < 0.3 * float(anew.std())


def test_the_spread_of_a_single_set_is_what_the_parameter_set_states() -> None:
    count = 10_000
    random = generator(1, "spread")
    fresh = cells_by_law.fresh_cells(
        torch.randn(2, count, generator=random), torch.rand(2, count, generator=random), LETI
    )
    fresh = cells_by_law.form_pulse(fresh, torch.randn(3, count, generator=random), LETI)
    fresh = cells_by_law.reset_pulse(fresh, torch.full((count,), 2.6), torch.randn(1, count, generator=random), LETI)
    for end in (0, 1):
        gate = torch.full((count,), LETI.set_gate_voltages[end])
        reached = cells_by_law.set_pulse(fresh, gate, torch.randn(3, count, generator=random), LETI).conductance
        assert float(reached.mean()) == pytest.approx(LETI.set_conductances[end], abs=0.5)
        assert float(reached.std()) == pytest.approx(LETI.set_spread[end], rel=0.05)


def test_worn_cells_are_stuck_and_count_their_cycles() -> None:
    cells, random = used_cells(9, [])
    start = cells.cycles.clone()
    cells.cycles_to_failure.fill_(2)
    for _ in range(2):
        cells = apply(apply(cells, "reset", 1.0, random), "set", 0.5, random)
    assert bool((cells.cycles > start).all())
    stuck = cells.conductance
    assert torch.equal(apply(cells, "reset", 1.0, random).conductance, stuck)


def test_the_ideal_cell_is_exact_and_never_drifts() -> None:
    fresh = cells_by_law.fresh_cells(torch.zeros(2, 3), torch.full((2, 3), 0.5), IDEAL)
    cells = cells_by_law.form_pulse(fresh, torch.randn(3, 3), IDEAL)
    cells = cells_by_law.reset_pulse(cells, torch.full((3,), 2.6), torch.randn(1, 3), IDEAL)
    cells = cells_by_law.set_pulse(cells, torch.tensor([0.1, 0.5, 1.0]), torch.randn(3, 3), IDEAL)
    baked = cells_by_law.wait(cells, 1e6, 150, torch.randn(2, 3), IDEAL)
    torch.testing.assert_close(baked.conductance, torch.tensor([10.0, 50.0, 100.0]))
