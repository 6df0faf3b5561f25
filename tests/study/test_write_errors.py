import pytest

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.host.strategies import hybrid, single_shot_set
from ohmshot.study.write_errors import measured_write_errors

LETI = load_parameter_set("leti_hfo2_130nm").values


def test_levels_are_those_of_the_chip_and_spreads_are_in_proportion_to_the_tolerance() -> None:
    model = measured_write_errors(LETI, hybrid.STRATEGY, (1.0, 0.3), seed=1)
    window = LETI.level_conductances[-1] - LETI.reset_conductance
    assert model.levels[0] == 0
    assert model.levels[-1] == pytest.approx(1)
    assert model.levels[1] == pytest.approx((LETI.level_conductances[0] - LETI.reset_conductance) / window)
    assert isinstance(model.spread, tuple)
    assert all(1 / window < spread < 12 / window for spread in model.spread)


def test_a_bake_and_a_strategy_without_verification_spread_weights_more() -> None:
    verified = measured_write_errors(LETI, hybrid.STRATEGY, (1.0, 0.3), seed=1).spread
    baked = measured_write_errors(LETI, hybrid.STRATEGY, (1.0, 0.3), seed=1, bake=STANDARD_BAKE).spread
    blind = measured_write_errors(LETI, single_shot_set.STRATEGY, (1.0, 0.3), seed=1).spread
    assert isinstance(verified, tuple)
    assert isinstance(baked, tuple)
    assert isinstance(blind, tuple)
    assert sum(baked) > sum(verified)
    assert sum(blind) > 1.5 * sum(verified)
