import pytest

from ohmshot.foundation.errors import SettingsError
from small_sweep import along


def test_steps_reach_from_end_to_end() -> None:
    assert along("strategy.tolerance", low=1, high=4, steps=4).choices == (1.0, 2.0, 3.0, 4.0)
    assert along("strategy.tolerance", low=1, high=100, steps=3, log=True).choices == pytest.approx((1, 10, 100))
    assert along("strategy.most_cycles", low=2, high=20, steps=3).choices == (2, 11, 20)
    assert along("cell.set_spread", low_factor=0.5, high_factor=2, steps=3, log=True).choices == pytest.approx(
        (0.5, 1, 2)
    )


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
