import math
from collections import Counter

import pytest

from ohmshot.foundation.errors import SettingsError
from ohmshot.sweep.axis import AxisTable, axis
from ohmshot.sweep.design import grid, latin_hypercube
from ohmshot.sweep.parameters import parameter_named


def along(key: str, **table: object):
    return axis(parameter_named(key), AxisTable.model_validate(table))


def test_a_grid_is_every_combination_the_last_axis_fastest() -> None:
    axes = [along("strategy.tolerance", values=[1, 2]), along("learner.levels", values=["datasheet", 9])]
    assert grid(axes) == [(1.0, "datasheet"), (1.0, 9), (2.0, "datasheet"), (2.0, 9)]


def test_steps_reach_from_end_to_end() -> None:
    assert along("strategy.tolerance", low=1, high=4, steps=4).choices == (1.0, 2.0, 3.0, 4.0)
    assert along("strategy.tolerance", low=1, high=100, steps=3, log=True).choices == pytest.approx((1, 10, 100))
    assert along("strategy.most_cycles", low=2, high=20, steps=3).choices == (2, 11, 20)
    assert along("cell.set_spread", low_factor=0.5, high_factor=2, steps=3, log=True).choices == pytest.approx(
        (0.5, 1, 2)
    )


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


@pytest.mark.parametrize(
    ("key", "table", "message"),
    [
        ("strategy.tolerance", {"values": [1, 1.0]}, "the same value twice"),
        ("strategy.most_cycles", {"low": 1, "high": 3, "steps": 9}, "the same value twice"),
        ("learner.strategy", {"low": 1, "high": 3}, "must be a text"),
        ("learner.strategy", {"factors": [1.0]}, "cannot be multiplied"),
        ("cell.read_noise", {"factors": [-1.0]}, "factor of cell.read_noise must be a number of at least 0"),
    ],
)
def test_axes_that_make_no_sense_are_refused(key: str, table: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        along(key, **table)
