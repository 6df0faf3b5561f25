"""Which numbers a technology may have, row by row and together."""

import dataclasses
import math

import pytest

from ohmshot.cell.cell_parameters import CellParameters, RowRule, disagreement
from ohmshot.cell.parameter_set import row_rules
from random_cells import SETS

LETI = SETS["leti_hfo2_130nm"]
SHARE = RowRule("1", None, 0.0, 1.0)
PAIR = RowRule("V", 2, 0.0)
LIST = RowRule("uS", -1, 0.0)


@pytest.mark.parametrize(
    ("rule", "value", "wrong"),
    [
        (SHARE, 0.0, None),
        (SHARE, 1.0, None),
        (SHARE, 1.5, "is 1.5 1; it must lie between 0 and 1"),
        (SHARE, math.nan, "is nan 1; it must lie between 0 and 1"),
        (SHARE, (0.5,), "must be one number"),
        (PAIR, (0.0, 3.0), None),
        (PAIR, (1.0, -2.0), "is -2.0 V; it must lie between 0 and inf"),
        (PAIR, (1.0,), "has 1 numbers; it must have 2"),
        (PAIR, 1.0, "must be a list of numbers"),
        (LIST, (1.0,), None),
        (LIST, (1.0, 2.0, 3.0), None),
        (LIST, (1.0, -1.0), "is -1.0 uS; it must lie between 0 and inf"),
    ],
)
def test_a_row_says_what_is_wrong_with_a_value(
    rule: RowRule, value: float | tuple[float, ...], wrong: str | None
) -> None:
    assert rule.violation(value) == wrong


def test_every_row_has_a_rule_and_its_unit() -> None:
    rules = row_rules()
    assert list(rules) == [each.name for each in dataclasses.fields(CellParameters)]
    assert rules["read_noise"] == RowRule("1", None, 0, math.inf)
    assert rules["set_gate_voltages"] == RowRule("V", 2, 0)
    assert rules["relaxation_shift_per_decade"] == RowRule("uS", -1)
    assert rules["retention_loss"] == RowRule("1", None, 0, 0.999)


WINDOW = "must lie between minimum_conductance and maximum_conductance"
LEVELS = "must rise, above the reset state and inside the window"


@pytest.mark.parametrize(
    ("changes", "row", "wrong"),
    [
        ({"minimum_conductance": 6.0}, "reset_conductance", WINDOW),
        ({"reset_conductance": 151.0}, "reset_conductance", WINDOW),
        ({"reset_conductance": 150.0}, "reset_conductance", WINDOW),  # nothing is left above it
        ({"level_conductances": ()}, "level_conductances", LEVELS),
        ({"level_conductances": (50.0, 45.0)}, "level_conductances", LEVELS),
        ({"level_conductances": (50.0, 50.0)}, "level_conductances", LEVELS),
        ({"level_conductances": (5.0, 50.0)}, "level_conductances", LEVELS),
        ({"level_conductances": (50.0, 150.5)}, "level_conductances", LEVELS),
        ({"relaxation_conductances": ()}, "relaxation_conductances", "must rise"),
        ({"relaxation_conductances": (2.0, 1.0)}, "relaxation_conductances", "must rise"),
        ({"relaxation_conductances": (1.0, 1.0)}, "relaxation_conductances", "must rise"),
        (
            {"relaxation_shift_per_decade": (0.0,)},
            "relaxation_shift_per_decade",
            "must have one number for each of 8 relaxation_conductances",
        ),
        (
            {"relaxation_spread_at_60_s": (0.1,) * 9},
            "relaxation_spread_at_60_s",
            "must have one number for each of 8 relaxation_conductances",
        ),
        (
            {"relaxation_spread_per_decade": ()},
            "relaxation_spread_per_decade",
            "must have one number for each of 8 relaxation_conductances",
        ),
        ({"set_gate_voltages": (2.0, 2.0)}, "set_gate_voltages", "must rise"),
        ({"set_conductances": (117.0, 45.0)}, "set_conductances", "must rise"),
        ({"reset_source_voltages": (2.6, 1.0)}, "reset_source_voltages", "must rise"),
        ({"reset_relaxation_blend": (60.0, 60.0)}, "reset_relaxation_blend", "must rise"),
        ({"set_conductances": (45.0, 150.5)}, "set_conductances", "must lie inside the window"),
        (
            {"set_device_share": 0.9, "set_pulse_share": 0.2},
            "set_device_share",
            "and set_pulse_share add up to more than 1",
        ),
        (
            {"reset_device_share": 0.9, "reset_pulse_share": 0.2},
            "reset_device_share",
            "and reset_pulse_share add up to more than 1",
        ),
        (
            {"stuck_low_share": 0.6, "stuck_high_share": 0.6},
            "stuck_low_share",
            "and stuck_high_share add up to more than 1",
        ),
        (
            {"telegraph_share": 0.1, "telegraph_dwell_times": (0.0, 1.0)},
            "telegraph_dwell_times",
            "must be above 0 s",
        ),
    ],
)
def test_rows_that_cannot_be_together_are_named(changes: dict[str, object], row: str, wrong: str) -> None:
    assert disagreement(dataclasses.replace(LETI, **changes)) == (row, wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"minimum_conductance": 5.0},
        {"level_conductances": (5.1, 150.0)},
        {"level_conductances": (60.0,)},
        {"set_conductances": (45.0, 150.0)},
        {"set_device_share": 0.75, "set_pulse_share": 0.25},
        {"reset_device_share": 0.5, "reset_pulse_share": 0.5},
        {"stuck_low_share": 0.5, "stuck_high_share": 0.5},
        {"telegraph_share": 0.0, "telegraph_dwell_times": (0.0, 0.0)},
    ],
)
def test_rows_may_go_to_their_bounds(changes: dict[str, object]) -> None:
    assert disagreement(dataclasses.replace(LETI, **changes)) is None  # type: ignore[arg-type]
