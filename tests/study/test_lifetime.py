import math

import pytest
import torch

from ohmshot.foundation.randomness import generator
from ohmshot.foundation.units import HOUR_S, YEAR_S
from ohmshot.study.lifetime import activation_energy, equivalent_time, falls_below


def test_twelve_hours_at_150_and_ten_years_at_75_give_the_stated_energy() -> None:
    assert activation_energy(12 * HOUR_S, 150.0, 10 * YEAR_S, 75.0) == pytest.approx(1.506, abs=5e-4)


def test_a_time_carried_to_another_temperature_and_back_is_the_same() -> None:
    there = equivalent_time(3600.0, 150.0, 85.0, 1.3)
    assert there > 3600.0
    assert equivalent_time(there, 85.0, 150.0, 1.3) == pytest.approx(3600.0)


def test_the_crossing_is_found_between_the_points_in_log_time() -> None:
    times = torch.tensor([1.0, 100.0, 10_000.0])
    curve = torch.tensor([1.0, 1.0, 0.8])[:, None].expand(3, 50)
    found = falls_below(times, curve, 0.9, generator(0, "test"))
    assert found.middle == pytest.approx(1000.0, rel=1e-4)
    assert [found.low, found.high] == pytest.approx([1000.0] * 2, rel=1e-4)


def test_a_curve_that_stays_above_never_crosses() -> None:
    found = falls_below(torch.tensor([1.0, 2.0]), torch.ones(2, 5), 0.9, generator(0, "test"))
    assert math.isinf(found.middle)


def test_the_interval_holds_the_middle_and_is_wide_where_episodes_differ() -> None:
    random = generator(0, "test")
    values = torch.tensor([1.0, 0.95, 0.85, 0.7])[:, None] + 0.1 * torch.randn(4, 40, generator=random)
    found = falls_below(torch.tensor([1.0, 10.0, 100.0, 1000.0]), values, 0.9, random)
    assert found.low < found.middle < found.high
