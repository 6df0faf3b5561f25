import dataclasses

import pytest

from ohmshot.cell.parameter_set import row_rules
from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named
from ohmshot.host.strategies.strategy import settings_of
from ohmshot.sweep.parameters import parameter_named, parameters


def test_every_row_and_every_field_can_be_swept() -> None:
    known = parameters()
    assert {f"cell.{row}" for row in row_rules()} <= set(known)
    assert {f"circuit.{field.name}" for field in dataclasses.fields(Circuit)} <= set(known)
    for name in STRATEGIES:
        assert {f"strategy.{setting}" for setting in settings_of(strategy_named(name))} <= set(known)
    assert {"learner.levels", "learner.strategy"} <= set(known)
    assert not any(key in known for key in ("learner.limits", "strategy.policy", "strategy.write", "strategy.name"))


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("cell.set_sprad", "cell.set_spread"),
        ("set_spread", "cell.set_spread"),
        ("learner.tolerance", "strategy.tolerance"),
        ("circut.input_bits", "circuit.input_bits"),
    ],
)
def test_an_unknown_name_is_told_the_nearest(key: str, nearest: str) -> None:
    with pytest.raises(SettingsError, match=rf"no parameter '{key}'. Did you mean {nearest}"):
        parameter_named(key)


def test_a_name_like_no_other_is_told_where_the_names_are() -> None:
    with pytest.raises(SettingsError, match="`ohmshot sweep list`"):
        parameter_named("weather.rain")


@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("strategy.tolerance", 2, 2.0),
        ("circuit.input_bits", "none", None),
        ("learner.levels", 9, 9),
        ("learner.levels", "continuous", "continuous"),
        ("learner.levels", [5, 40.5, 90], (5.0, 40.5, 90.0)),
        ("cell.set_spread", [10, 4], (10.0, 4.0)),
    ],
)
def test_values_are_taken_as_the_type_says(key: str, given: object, value: object) -> None:
    found = parameter_named(key).checked(given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("key", "given", "message"),
    [
        ("strategy.tolerance", "wide", "strategy.tolerance must be a number, not 'wide'"),
        ("strategy.most_cycles", 2.5, "must be a whole number"),
        ("strategy.most_cycles", True, "must be a whole number"),
        ("circuit.output_bits", 7.5, 'a whole number or "none"'),
        ("learner.forward", "guess", '"multiply" or "read-back"'),
        ("cell.read_noise", -0.1, "cell.read_noise is -0.1 1; it must lie between 0 and inf"),
        ("cell.set_spread", [1.0, 2.0, 3.0], "has 3 numbers; it must have 2"),
        ("cell.set_spread", 3.0, "a list of numbers"),
        ("cell.read_noise", float("inf"), "must be finite"),
    ],
)
def test_other_values_are_refused_with_what_would_be_right(key: str, given: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parameter_named(key).checked(given)
