import dataclasses
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cells_by_law import by_law, traps_of
from ohmshot.cell import noise
from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.noise import TRAP, is_noisy
from ohmshot.cell.technology import technology
from ohmshot.foundation.compiled import F32
from ohmshot.foundation.randomness import generator
from random_cells import SETS, conductances, technologies

LETI, CMO = SETS["leti_hfo2_130nm"], SETS["cmo_hfox"]
TRAPPED = dataclasses.replace(LETI, telegraph_share=0.1)


def flicker_spread(conductance: torch.Tensor, seconds: torch.Tensor, parameters: CellParameters) -> torch.Tensor:
    return by_law(noise.flicker_spread, parameters)(conductance, seconds)


def read_spread(conductance: torch.Tensor, seconds: torch.Tensor, parameters: CellParameters) -> torch.Tensor:
    return by_law(noise.read_spread, parameters)(conductance, seconds)


def drop_of(conductance: float, amplitude: float, filled: bool, parameters: CellParameters = LETI) -> float:
    """What a trap takes from a cell, uS."""
    trap = traps_of(amplitude, 1.0, 1.0, is_filled=filled).view(np.recarray)[0]
    return float(noise.telegraph_drop(F32(conductance), trap, technology(parameters)))


def made_traps(normals: torch.Tensor, uniforms: torch.Tensor, parameters: CellParameters) -> np.ndarray:
    """Traps by three normal numbers [3, n] and one uniform number [n] each."""
    traps, p = np.zeros(normals.shape[1], TRAP), technology(parameters)
    for trap, n, u in zip(traps.view(np.recarray), normals.T.numpy(), uniforms.numpy(), strict=True):
        noise.fabricated_trap(trap, *(F32(each) for each in n), F32(u), F32(0.5), p)
    return traps


def looked_at(traps: np.ndarray, clock: float, uniforms: torch.Tensor) -> np.ndarray:
    """Whether traps are filled at a time."""
    for trap, u in zip(traps.view(np.recarray), uniforms.numpy(), strict=True):
        noise.looked_at(trap, clock, F32(u))
    return traps["filled"].copy()


@pytest.mark.parametrize("seconds", [1e-3, 1.0, 86_400.0, 3.15e8])
def test_the_flicker_noise_of_cmo_hfox_is_the_published_formula(seconds: float) -> None:
    published = 0.0277 * math.log10(50.0) * math.sqrt(math.log((seconds + 1e-6) / 2e-6))
    spread = flicker_spread(torch.tensor([50.0]), torch.tensor([seconds]), CMO)
    assert float(spread) == pytest.approx(published, rel=1e-5)


@settings(max_examples=50, deadline=None)
@given(technologies(), st.floats(0, 1e9), st.floats(1, 10))
def test_flicker_noise_grows_with_time_and_never_below_zero(
    parameters: CellParameters, seconds: float, later: float
) -> None:
    g = conductances(parameters, 50)
    first = flicker_spread(g, torch.full_like(g, seconds), parameters)
    assert bool((first >= 0).all())
    assert bool((flicker_spread(g, torch.full_like(g, seconds * later), parameters) >= first).all())


def test_there_is_no_flicker_noise_at_the_moment_of_programming() -> None:
    assert float(flicker_spread(torch.tensor([50.0]), torch.tensor([0.0]), CMO)) == 0


@settings(max_examples=20, deadline=None)
@given(technologies(), st.floats(-4, 4))
def test_a_filled_trap_never_takes_more_than_its_share(parameters: CellParameters, normal: float) -> None:
    trapped = dataclasses.replace(parameters, telegraph_share=1.0)
    trap = made_traps(torch.full((3, 1), normal), torch.full((1,), 0.5), trapped)
    for g in conductances(parameters, 10).tolist():
        drop = drop_of(g, float(trap["amplitude"][0]), True, parameters)
        assert 0 <= drop <= parameters.telegraph_limit * g * (1 + 1e-6)
        assert drop_of(g, float(trap["amplitude"][0]), False, parameters) == 0


def test_shares_and_medians_of_traps_are_those_of_the_set() -> None:
    count = 10_000
    random = generator(4, "traps")
    made = made_traps(torch.randn(3, count, generator=random), torch.rand(count, generator=random), TRAPPED)
    there = made["amplitude"] > 0
    assert there.mean() == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / count))
    spread = TRAPPED.telegraph_log_spread
    error = 4 * 1.25 * spread / math.sqrt(there.sum())
    amplitudes = np.log(made["amplitude"][there])
    assert np.median(amplitudes) == pytest.approx(math.log(TRAPPED.telegraph_amplitude), abs=error)
    assert amplitudes.std() == pytest.approx(spread, rel=0.1)
    assert np.median(np.log(made["empty_time"])) == pytest.approx(
        math.log(TRAPPED.telegraph_dwell_times[0]), abs=4 * 1.25 * 3 * spread / math.sqrt(count)
    )


def test_a_trap_that_is_watched_stays_for_its_dwell_times_and_is_filled_for_its_share() -> None:
    count, step = 4_000, 1e-4
    random = generator(5, "watched")
    of = traps_of(1.0, 3e-3, 1e-3, count)
    of["filled"] = torch.rand(count, generator=random).numpy() < 0.25
    left = stayed = 0
    shares = []
    for k in range(50):
        before = of["filled"].copy()
        after = looked_at(of, (k + 1) * step, torch.rand(count, generator=random))
        left += int((before & ~after).sum())
        stayed += int(before.sum())
        shares.append(float(after.mean()))
    assert sum(shares) / len(shares) == pytest.approx(0.25, abs=0.02)
    # Left within a step and not come back: 1 - exp(-step / dwell time) to first order.
    assert left / stayed == pytest.approx(-math.expm1(-step / 1e-3), rel=0.05)


def test_telegraph_steps_compose() -> None:
    grid = (torch.arange(1000) + 0.5) / 1000

    def chance(filled: bool, seconds: float) -> float:
        return float(looked_at(traps_of(1.0, 2.0, 5.0, 1000, filled), seconds, grid).mean())

    half = chance(True, 1.5)
    in_two = half * chance(True, 2.5) + (1 - half) * chance(False, 2.5)
    assert in_two == pytest.approx(chance(True, 4.0), abs=3e-3)


def test_a_read_is_noisy_where_any_of_its_noises_is() -> None:
    quiet = dataclasses.replace(LETI, read_noise=0.0)
    assert not is_noisy(quiet)
    for row in ("read_noise", "flicker_noise_share", "flicker_noise_per_decade"):
        assert is_noisy(dataclasses.replace(quiet, **{row: 1e-6}))


def test_white_and_flicker_noise_add_in_their_variance() -> None:
    # White: 3 % of 100 uS. Flicker: 1 % and 0.5 uS x log10(100), 2 uS together, times the root of a logarithm:
    # at t = (2 e^4 - 1) t_read it is 4 and its root 2, so 4 uS. Together 5 uS.
    parameters = dataclasses.replace(
        LETI, read_noise=0.03, flicker_noise_share=0.01, flicker_noise_per_decade=0.5, read_width=1e-6
    )
    seconds = torch.tensor([(2 * math.exp(4) - 1) * 1e-6])
    g = torch.tensor([100.0])
    assert float(flicker_spread(g, seconds, parameters)) == pytest.approx(4.0)
    assert float(read_spread(g, seconds, parameters)) == pytest.approx(5.0)
    assert float(read_spread(g, seconds, dataclasses.replace(parameters, read_noise=0.0))) == pytest.approx(4.0)


def test_below_a_microsiemens_flicker_noise_has_no_logarithm_left() -> None:
    parameters = dataclasses.replace(LETI, flicker_noise_per_decade=0.5)
    assert float(flicker_spread(torch.tensor([0.5]), torch.tensor([1.0]), parameters)) == 0.0


def test_a_trap_of_one_standard_deviation_is_lognormal_and_its_times_spread_thrice_as_much() -> None:
    # Medians 1.5 uS and 1 ms both; log spread 0.7, of dwell times 2.1.
    made = made_traps(torch.tensor([[1.0], [-1.0], [2.0]]), torch.zeros(1), TRAPPED)[0]
    assert made["amplitude"] == pytest.approx(1.5 * math.exp(0.7))
    assert made["empty_time"] == pytest.approx(1e-3 * math.exp(-2.1), rel=1e-5, abs=0)
    assert made["filled_time"] == pytest.approx(1e-3 * math.exp(4.2), rel=1e-5, abs=0)


def test_a_filled_trap_takes_its_amplitude_or_half_of_the_cell() -> None:
    assert [drop_of(100.0, 2.0, True), drop_of(3.0, 2.0, True), drop_of(100.0, 2.0, False)] == [2.0, 1.5, 0.0]


@pytest.mark.parametrize(("filled", "chance"), [(True, 0.25 + 0.75 / math.e), (False, 0.25 - 0.25 / math.e)])
def test_the_chance_of_a_filled_trap_is_the_markov_formula(filled: bool, chance: float) -> None:
    # Empty for 3 s and filled for 1 s in the mean: a quarter of the time. Memory: exp(-t (1/3 + 1)): 1/e at 3/4 s.
    for shift, after in ((-1e-6, True), (1e-6, False)):
        of = traps_of(1.0, 3.0, 1.0, is_filled=filled)
        assert looked_at(of, 0.75, torch.tensor([chance + shift])).tolist() == [after]
        assert (of["seen_at"][0], of["events"][0]) == (0.75, 2)


def test_a_share_of_nothing_has_no_trap_and_a_trap_that_never_fills_stays_empty() -> None:
    assert made_traps(torch.zeros(3, 1), torch.full((1,), 1e-9), LETI)["amplitude"].tolist() == [0.0]
    assert not looked_at(traps_of(1.0, 1.0, 1e-12), 1.0, torch.tensor([1e-6]))[0]
