import math
from collections import Counter

import pytest

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.bundle.file import shipped_bundle
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies import closed_loop
from ohmshot.host.strategies.strategy import settings_of, with_settings
from ohmshot.sweep.configuration import default_configuration
from ohmshot.sweep.plan import configured, grid, latin_hypercube
from small_sweep import LETI, along, plan

BASELINE = default_configuration(LETI.values, "hybrid", STANDARD_BAKE)


def test_values_go_where_they_belong_and_nothing_else_changes() -> None:
    axes = [
        along("cell.set_spread", factors=[2.0]),
        along("circuit.input_bits", values=["none"]),
        along("learner.levels", values=[9]),
        along("strategy.tolerance", values=[1.5]),
    ]
    found = configured(BASELINE, axes, (2.0, None, 9, 1.5))
    assert found.cell.set_spread == tuple(2 * each for each in LETI.values.set_spread)
    assert found.cell.set_width == LETI.values.set_width
    assert found.circuit.input_bits is None
    assert found.learner.levels == 9
    assert found.learner.strategy == with_settings(BASELINE.learner.strategy, {"tolerance": 1.5})
    assert configured(BASELINE, [], ()) == BASELINE


def test_the_settings_of_a_swept_strategy_begin_from_its_own() -> None:
    axes = [along("strategy.tolerance", values=[1.5]), along("learner.strategy", values=["closed-loop"])]
    found = configured(BASELINE, axes, (1.5, "closed-loop"))
    assert found.learner.strategy == with_settings(closed_loop.STRATEGY, {"tolerance": 1.5})
    assert settings_of(found.learner.strategy)["most_cycles"] == 8
    assert settings_of(BASELINE.learner.strategy)["most_cycles"] == 20


@pytest.mark.parametrize(
    ("axis", "value", "message"),
    [
        (along("cell.reset_conductance", values=[200.0]), 200.0, "cell.reset_conductance must lie between"),
        (along("cell.set_device_share", factors=[3.0]), 3.0, "cell.set_device_share is 1.5"),
        (along("strategy.tolerance", values=[-1]), -1.0, "must not be negative"),
        (along("strategy.damping", values=[0.5]), 0.5, "hybrid has no setting 'damping'. Its settings are"),
        (along("bake.hours", values=[-1]), -1.0, "takes 0 to 10,000,000 hours"),
        (along("circuit.rows", values=[0]), 0, "at least 1"),
        (along("learner.strategy", values=["best"]), "best", "no programming strategy 'best'"),
        (along("learner.levels", factors=[2.0]), 2.0, "learner.levels is datasheet, which has no factors"),
    ],
)
def test_what_cannot_be_is_refused(axis: object, value: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        configured(BASELINE, [axis], (value,))  # type: ignore[list-item, arg-type]


def test_the_baseline_point_is_what_the_run_has_with_the_numbers_of_its_bundle() -> None:
    axes = [
        along("cell.set_spread", factors=[2.0]),
        along("strategy.tolerance", values=[1]),
        along("learner.strategy", values=["closed-loop"]),
        along("bundle.updates", values=[3]),
        along("bundle.second_full_scale", values=[1.0]),
    ]
    full_scale = shipped_bundle("four-convolutions").header.mapping.weight_full_scale[1]
    assert plan(axes).baseline_point == (1.0, 2.5, "hybrid", 5, full_scale)


def test_a_baseline_without_a_setting_that_is_swept_is_refused() -> None:
    with pytest.raises(SettingsError, match="hybrid has no setting 'damping'"):
        _ = plan([along("strategy.damping", values=[0.5])]).baseline_point


def test_a_grid_is_every_combination_the_last_axis_fastest() -> None:
    axes = [along("strategy.tolerance", values=[1, 2]), along("learner.levels", values=["datasheet", 9])]
    assert grid(axes) == [(1.0, "datasheet"), (1.0, 9), (2.0, "datasheet"), (2.0, 9)]


def test_a_latin_hypercube_has_one_point_in_every_stratum_of_every_axis() -> None:
    points = 12
    axes = [
        along("strategy.tolerance", low=1, high=9, log=True),
        along("cell.read_noise", low=0.0, high=0.1),
        along("strategy.most_cycles", low=1, high=12),
        along("learner.strategy", values=["hybrid", "closed-loop", "iterative-set"]),
    ]
    found = latin_hypercube(axes, points, seed=3)
    tolerance, noise, cycles, strategies = zip(*found, strict=True)
    assert sorted(int(points * math.log(each) / math.log(9)) for each in tolerance) == list(range(points))
    assert sorted(int(points * each / 0.1) for each in noise) == list(range(points))
    assert sorted(cycles) == list(range(1, 13))
    assert set(Counter(strategies).values()) == {4}
    assert found == latin_hypercube(axes, points, seed=3)
    assert found != latin_hypercube(axes, points, seed=4)
