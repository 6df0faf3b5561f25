import dataclasses
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ohmshot.cell.cell_parameters import CellParameters
from ohmshot.cell.noise import Traps, filled_after, flicker_spread, has_trap, telegraph_drop, traps
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
