import dataclasses
import math

import pytest

from ohmshot.cell.equivalence import equivalent_seconds, loses_as_long, relaxes_as_long
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.foundation.units import HOUR_S, YEAR_S

LETI, SKYWATER = (load_parameter_set(name).values for name in ("leti_hfo2_130nm", "skywater_130nm"))
BAKE = 12 * HOUR_S


def test_the_bake_of_the_demonstration_is_ten_years() -> None:
    assert equivalent_seconds(BAKE, 150, 75, LETI) == pytest.approx(10 * YEAR_S, rel=0.01)


def test_relaxation_in_log_time_by_hand() -> None:
    # t0 = 1 s: log10(1 + 999) = 3 decades at 25 degrees (298.15 K), which is 298.15 / 596.30 of that at twice the
    # temperature: 10^1.5 - 1 s there.
    cells = dataclasses.replace(SKYWATER, log_relaxation_start=1.0)
    assert relaxes_as_long(999, 25, 2 * 298.15 - 273.15, cells) == pytest.approx(10**1.5 - 1)
    assert relaxes_as_long(10**1.5 - 1, 2 * 298.15 - 273.15, 25, cells) == pytest.approx(999)


def test_loss_by_hand() -> None:
    energy = 8.617333e-5 * math.log(100) / (1 / 348.15 - 1 / 423.15)  # a hundred times as fast at 150 as at 75
    cells = dataclasses.replace(SKYWATER, loss_activation_energy=energy)
    assert loses_as_long(HOUR_S, 150, 75, cells) == pytest.approx(100 * HOUR_S)
    without = dataclasses.replace(SKYWATER, loss_rate=None, loss_activation_energy=None, loss_temperature=None)
    assert loses_as_long(HOUR_S, 150, 75, without) == math.inf


def test_a_bake_stands_for_the_shorter_of_both_and_for_itself_at_its_own_temperature() -> None:
    both = (relaxes_as_long(BAKE, 150, 75, SKYWATER), loses_as_long(BAKE, 150, 75, SKYWATER))
    assert equivalent_seconds(BAKE, 150, 75, SKYWATER) == min(both)
    assert BAKE < min(both) < max(both) < 10 * YEAR_S
    assert equivalent_seconds(BAKE, 150, 150, SKYWATER) == pytest.approx(BAKE)
