import dataclasses
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.noise import (
    Traps,
    filled_after,
    flicker_spread,
    has_trap,
    is_noisy,
    noisy_read,
    read_spread,
    telegraph_drop,
    traps,
)
from ohmshot.cell.state import fresh_cells
from ohmshot.foundation.randomness import generator
from random_cells import SETS, conductances, technologies

LETI, CMO = SETS["leti_hfo2_130nm"], SETS["cmo_hfox"]
TRAPPED = dataclasses.replace(LETI, telegraph_share=0.1)


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


@settings(max_examples=50, deadline=None)
@given(technologies(), st.integers(0, 2**31))
def test_a_filled_trap_never_takes_more_than_its_share(parameters: CellParameters, seed: int) -> None:
    g = conductances(parameters, 100)
    made = traps(torch.randn(3, 100, generator=generator(seed, "traps")), parameters)
    drop = telegraph_drop(g, torch.ones(100, dtype=torch.bool), made, parameters)
    assert bool(((drop >= 0) & (drop <= parameters.telegraph_limit * g)).all())
    assert not bool(telegraph_drop(g, torch.zeros(100, dtype=torch.bool), made, parameters).any())


def test_shares_and_medians_of_traps_are_those_of_the_set() -> None:
    count = 10_000
    random = generator(4, "traps")
    share = has_trap(torch.rand(count, generator=random), TRAPPED).double().mean()
    assert float(share) == pytest.approx(0.1, abs=4 * math.sqrt(0.09 / count))
    made = traps(torch.randn(3, count, generator=random), TRAPPED)
    spread = TRAPPED.telegraph_log_spread
    error = 4 * 1.25 * spread / math.sqrt(count)
    assert float(made.amplitude.log().median()) == pytest.approx(math.log(TRAPPED.telegraph_amplitude), abs=error)
    assert float(made.amplitude.log().std()) == pytest.approx(spread, rel=0.03)
    assert float(made.empty_time.log().median()) == pytest.approx(
        math.log(TRAPPED.telegraph_dwell_times[0]), abs=3 * error
    )


def test_a_trap_that_is_watched_stays_for_its_dwell_times_and_is_filled_for_its_share() -> None:
    count, step = 4_000, 1e-4
    random = generator(5, "watched")
    of = Traps(torch.ones(count), torch.full((count,), 3e-3), torch.full((count,), 1e-3))
    filled = torch.rand(count, generator=random) < of.filled_share
    left = stayed = 0
    shares = []
    for _ in range(100):
        after = filled_after(filled, torch.full((count,), step), torch.rand(count, generator=random), of)
        left += int((filled & ~after).sum())
        stayed += int(filled.sum())
        shares.append(float(after.double().mean()))
        filled = after
    assert sum(shares) / len(shares) == pytest.approx(0.25, abs=0.02)
    # Left within a step and not come back: 1 - exp(-step / dwell time) to first order.
    assert left / stayed == pytest.approx(-math.expm1(-step / 1e-3), rel=0.05)


def test_telegraph_steps_compose() -> None:
    of = Traps(torch.ones(1), torch.tensor([2.0]), torch.tensor([5.0]))
    grid = (torch.arange(1000) + 0.5) / 1000

    def chance(filled: bool, seconds: float) -> float:
        many = Traps(*(t.expand(1000) for t in (of.amplitude, of.empty_time, of.filled_time)))
        return float(
            filled_after(torch.full((1000,), filled), torch.full((1000,), seconds), grid, many).double().mean()
        )

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
    seconds = torch.tensor([(2 * math.exp(4) - 1) * 1e-6], dtype=torch.float64)
    g = torch.tensor([100.0], dtype=torch.float64)
    assert float(flicker_spread(g, seconds, parameters)) == pytest.approx(4.0)
    assert float(read_spread(g, seconds, parameters)) == pytest.approx(5.0)
    assert float(read_spread(g, seconds, dataclasses.replace(parameters, read_noise=0.0))) == pytest.approx(4.0)
    cells = fresh_cells(torch.zeros(2, 1), torch.full((2, 1), 0.5), LETI).changed(relaxation_time=seconds)
    assert float(noisy_read(cells, g, torch.tensor([-2.0]), parameters)) == pytest.approx(90.0)


def test_below_a_microsiemens_flicker_noise_has_no_logarithm_left() -> None:
    parameters = dataclasses.replace(LETI, flicker_noise_per_decade=0.5)
    assert float(flicker_spread(torch.tensor([0.5]), torch.tensor([1.0]), parameters)) == 0.0


def test_a_trap_of_one_standard_deviation_is_lognormal_and_its_times_spread_thrice_as_much() -> None:
    # Medians 1.5 uS and 1 ms both; log spread 0.7, of dwell times 2.1.
    made = traps(torch.tensor([[1.0], [-1.0], [2.0]], dtype=torch.float64), LETI)
    assert float(made.amplitude) == pytest.approx(1.5 * math.exp(0.7))
    assert float(made.empty_time) == pytest.approx(1e-3 * math.exp(-2.1), rel=1e-9)
    assert float(made.filled_time) == pytest.approx(1e-3 * math.exp(4.2), rel=1e-9)
    assert [float(part) for part in vars(made.at(torch.tensor([0]))).values()] == [
        float(made.amplitude),
        float(made.empty_time),
        float(made.filled_time),
    ]


def test_a_filled_trap_takes_its_amplitude_or_half_of_the_cell() -> None:
    of = Traps(torch.tensor([2.0, 2.0, 2.0]), torch.ones(3), torch.ones(3))
    drop = telegraph_drop(torch.tensor([100.0, 3.0, 100.0]), torch.tensor([True, True, False]), of, LETI)
    assert drop.tolist() == [2.0, 1.5, 0.0]


def test_the_chance_of_a_filled_trap_is_the_markov_formula() -> None:
    # Empty for 3 s and filled for 1 s in the mean: a quarter of the time. Memory: exp(-t (1/3 + 1)): 1/e at 3/4 s.
    of = Traps(*(torch.full((2,), value, dtype=torch.float64) for value in (1.0, 3.0, 1.0)))
    assert of.filled_share.tolist() == [0.25, 0.25]
    chances = [0.25 + 0.75 / math.e, 0.25 - 0.25 / math.e]
    for shift, after in ((-1e-6, True), (1e-6, False)):
        uniforms = torch.tensor(chances, dtype=torch.float64) + shift
        found = filled_after(torch.tensor([True, False]), torch.full((2,), 0.75), uniforms, of)
        assert found.tolist() == [after, after]


def test_a_share_of_nothing_has_no_trap_and_a_trap_that_never_fills_stays_empty() -> None:
    assert not bool(has_trap(torch.tensor([0.0]), LETI).any())
    of = Traps(torch.ones(1), torch.ones(1), torch.zeros(1))
    assert not bool(filled_after(torch.tensor([False]), torch.tensor([1.0]), torch.tensor([0.0]), of))
