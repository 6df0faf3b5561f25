"""The compiled chip is the chip of before: its statistics against those that the old engine left behind.

Means of 2,000 chips each, compared by their standard errors. A quantity is told apart at 4.5 of them: with 440 of them
that is a false alarm in 1 of 300 runs, and a difference of a fifth of the spread from chip to chip is found with a
probability of 96 % (``Phi(0.2 / sqrt(2 / 2000) - 4.5)``). Spreads that are not of rare counts are compared likewise.
"""

import json
import math
from pathlib import Path

import pytest
from engine_statistics import CASES, accuracy_statistics, statistics_of

BEFORE: dict[str, list[float]] = json.loads((Path(__file__).parent / "statistics.json").read_text("utf-8"))
LIMIT = 4.5
SPREAD_LIMIT = 6.0
"""Spreads of quantities that are not normal vary more than their standard error says; missed cells of one in a thousand
chips say nothing."""


def differences(now: dict[str, list[float]]) -> list[str]:
    """What cannot be the same quantity, in words."""
    found = []
    for name, (mean, spread, count) in now.items():
        old_mean, old_spread, old_count = BEFORE[name]
        if min(spread, old_spread) <= 1e-6 * abs(old_mean):  # the same for every chip
            if mean != pytest.approx(old_mean, rel=1e-6, abs=0):
                found.append(f"{name}: {mean} instead of {old_mean}")
            continue
        z = (mean - old_mean) / math.hypot(spread / math.sqrt(count), old_spread / math.sqrt(old_count))
        if abs(z) > LIMIT:
            found.append(f"{name}: mean {mean:.6g} instead of {old_mean:.6g} ({z:.1f} standard errors)")
        z = math.log(spread / old_spread) / math.sqrt(0.5 / count + 0.5 / old_count)
        if abs(z) > SPREAD_LIMIT and old_mean > old_spread:
            found.append(f"{name}: spread {spread:.6g} instead of {old_spread:.6g} ({z:.1f} standard errors)")
    return found


def test_a_hundred_chips_are_the_chips_of_before() -> None:
    assert differences(statistics_of(100, 3, [("leti_hfo2_130nm", "hybrid"), ("pessimistic", "hybrid")])) == []


@pytest.mark.slow
def test_two_thousand_chips_by_every_strategy_and_technology_are_the_chips_of_before() -> None:
    now = {**statistics_of(2000, 4, CASES), **accuracy_statistics(2000, 4)}
    assert set(now) == set(BEFORE)
    assert differences(now) == []
