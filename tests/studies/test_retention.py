"""What a bake equals at 75 degrees, worked out by hand."""

import pytest

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.studies.retention.technologies import equivalent_years


def test_on_leti_cells_the_bake_stands_for_the_stated_ten_years() -> None:
    energy, low, high, years, fewest, most, relaxed = equivalent_years(load_parameter_set("leti_hfo2_130nm"))
    assert (energy, low, high) == (1.506, 1.0, 1.8)
    assert years == pytest.approx(10.0, rel=0.01)
    # 12 h exp(E / k (1 / 348.15 K - 1 / 423.15 K)), 5.908 / eV.
    assert (fewest, most) == pytest.approx((0.504, 56.9), rel=0.01)
    assert relaxed is None


def test_on_measured_cells_loss_and_relaxation_stand_for_different_times() -> None:
    energy, low, high, years, fewest, most, relaxed = equivalent_years(load_parameter_set("skywater_130nm"))
    assert (energy, low, high) == (0.8694, 0.84303, 0.89285)
    assert years == pytest.approx(0.2329, rel=0.005)
    assert (fewest, most) == pytest.approx((0.1994, 0.2676), rel=0.005)
    # t0 ((1 + 43,200 s / t0)^(423.15 / 348.15) - 1) with t0 = 1.6079 ms: 1.722e6 s.
    assert relaxed == pytest.approx(0.05457, rel=0.005)


def test_without_bakes_no_loss_is_said() -> None:
    *loss, relaxed = equivalent_years(load_parameter_set("neurram_40us"))
    assert loss == [None] * 6
    assert relaxed is not None
