import pytest

from ohmshot.adapt.bake import STANDARD_BAKE
from ohmshot.bundle.file import default_bundle
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies import closed_loop
from ohmshot.host.strategies.strategy import settings_of, with_settings
from ohmshot.sweep.bundle_changes import BundleChanges, what_it_has
from ohmshot.sweep.setting import changed, stated, stated_point
from small_sweep import LETI, along, swept

STATED = stated(LETI.values, "hybrid", STANDARD_BAKE)


def test_values_go_where_they_belong_and_nothing_else_changes() -> None:
    axes = [
        along("cell.set_spread", factors=[2.0]),
        along("circuit.input_bits", values=["none"]),
        along("learner.levels", values=[9]),
        along("strategy.tolerance", values=[1.5]),
    ]
    setting = changed(STATED, axes, (2.0, None, 9, 1.5))
    assert setting.cell.set_spread == tuple(2 * each for each in LETI.values.set_spread)
    assert setting.cell.set_width == LETI.values.set_width
    assert setting.circuit.input_bits is None
    assert setting.learner.levels == 9
    assert setting.learner.strategy == with_settings(STATED.learner.strategy, {"tolerance": 1.5})
    assert changed(STATED, [], ()) == STATED


def test_the_settings_of_a_swept_strategy_begin_from_its_own() -> None:
    axes = [along("strategy.tolerance", values=[1.5]), along("learner.strategy", values=["closed-loop"])]
    setting = changed(STATED, axes, (1.5, "closed-loop"))
    assert setting.learner.strategy == with_settings(closed_loop.STRATEGY, {"tolerance": 1.5})
    assert settings_of(setting.learner.strategy)["most_cycles"] == 8
    assert settings_of(STATED.learner.strategy)["most_cycles"] == 20


def test_the_stated_point_is_what_the_run_has() -> None:
    axes = [
        along("cell.set_spread", factors=[2.0]),
        along("strategy.tolerance", values=[1]),
        along("bundle.updates", values=[3]),
    ]
    assert stated_point(STATED, axes) == (1.0, 2.5, None)


@pytest.mark.parametrize(
    ("axis", "value", "message"),
    [
        (along("cell.reset_conductance", values=[200.0]), 200.0, "cell.reset_conductance must lie between"),
        (along("cell.set_device_share", factors=[3.0]), 3.0, "cell.set_device_share is 1.5"),
        (along("strategy.tolerance", values=[-1]), -1.0, "must not be negative"),
        (along("strategy.damping", values=[0.5]), 0.5, "hybrid has no setting 'damping'. Its settings are"),
        (along("bake.hours", values=[-1]), -1.0, "at least 0 hours"),
        (along("circuit.rows", values=[0]), 0, "at least 1"),
        (along("learner.strategy", values=["best"]), "best", "no programming strategy 'best'"),
        (along("learner.levels", factors=[2.0]), 2.0, "learner.levels is datasheet, which has no factors"),
    ],
)
def test_what_cannot_be_is_refused(axis: object, value: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        changed(STATED, [axis], (value,))  # type: ignore[list-item, arg-type]


def test_a_bundle_takes_fewer_or_more_updates_other_rates_and_another_scale() -> None:
    bundle = default_bundle()
    rates = bundle.header.rates
    assert BundleChanges(updates=2).of(bundle).header.rates == rates[:2]
    assert BundleChanges(updates=7).of(bundle).header.rates == rates + rates[-1:] * 2
    assert BundleChanges(rate_factor=0.5).of(bundle).rates[0, 1] == bundle.rates[0, 1] / 2
    scaled = BundleChanges(second_full_scale=0.5).of(bundle).header.mapping
    assert scaled.weight_full_scale == (bundle.header.mapping.weight_full_scale[0], 0.5)
    assert BundleChanges().of(bundle).digest == what_it_has(bundle).of(bundle).digest == bundle.digest


def test_the_stated_point_of_a_run_has_the_numbers_of_its_bundle() -> None:
    axes = [along("bundle.updates", values=[3]), along("bundle.second_full_scale", values=[1.0])]
    assert swept(axes).stated_point == (5, default_bundle().header.mapping.weight_full_scale[1])
