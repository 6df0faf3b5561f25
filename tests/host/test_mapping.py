"""Weights as pairs of conductances, by hand: a window of 5 to 105 uS and weights up to 2."""

import pytest
import torch

from ohmshot.chip.datasheet import Datasheet
from ohmshot.foundation.errors import SettingsError
from ohmshot.host.mapping import mapping_for

SHEET = Datasheet(
    rows=1,
    columns=2,
    reset_conductance=5.0,
    level_conductances=(45.0, 105.0),
    set_gate_voltages=(1.4, 2.2),
    set_conductances=(45.0, 117.0),
    reset_source_voltages=(1.0, 2.6),
    read_voltage=0.2,
)
WEIGHTS = torch.tensor([-3.0, -2.0, -0.5, 0.0, 1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("policy", "plus", "minus"),
    [
        # 100 uS stand for the weight 2; weights beyond it are held there.
        ("one-sided", [5, 5, 5, 5, 55, 105, 105], [105, 105, 30, 5, 5, 5, 5]),
        # The minus cell stays at 55 uS, so 50 uS stand for the weight 2.
        ("one-fixed", [5, 5, 42.5, 55, 80, 105, 105], [55] * 7),
        # Half the difference each way from 55 uS.
        ("balanced", [5, 5, 42.5, 55, 80, 105, 105], [105, 105, 67.5, 55, 30, 5, 5]),
    ],
)
def test_a_weight_is_a_difference_of_two_cells(policy: str, plus: list[float], minus: list[float]) -> None:
    mapping = mapping_for(SHEET, 2.0, "continuous", policy)
    found = mapping.targets(WEIGHTS)
    assert found[0].tolist() == pytest.approx(plus)
    assert found[1].tolist() == pytest.approx(minus)
    assert mapping.weights(*found).tolist() == pytest.approx(WEIGHTS.clamp(-2, 2).tolist())
    assert mapping.clipped(WEIGHTS).tolist() == WEIGHTS.clamp(-2, 2).tolist()


@pytest.mark.parametrize(
    ("levels", "states"),
    [("datasheet", [5, 45, 105]), (2, [5, 105]), (5, [5, 30, 55, 80, 105]), ((7.0, 9.0), [7, 9]), ("continuous", None)],
)
def test_a_cell_is_written_to_the_states_that_are_asked_for(levels: object, states: list[float] | None) -> None:
    mapping = mapping_for(SHEET, 2.0, levels)  # type: ignore[arg-type]
    assert (None if mapping.levels is None else mapping.levels.tolist()) == states


def test_each_cell_goes_to_its_nearest_state() -> None:
    plus, minus = mapping_for(SHEET, 2.0, "datasheet").targets(torch.tensor([0.3, 0.5, -1.4, -1.5]))
    assert plus.tolist() == [5.0, 45.0, 5.0, 5.0]
    assert minus.tolist() == [5.0, 5.0, 45.0, 105.0]


@pytest.mark.parametrize("levels", [2, 1024])
def test_a_cell_has_two_to_1024_levels(levels: int) -> None:
    mapping_for(SHEET, 1.0, levels)


@pytest.mark.parametrize(
    ("levels", "message"),
    [
        (1, "2 to 1024 levels, not 1"),
        (1025, "2 to 1024 levels, not 1025"),
        ((5.0,), "rising conductances"),
        ((5.0, 5.0), "rising conductances"),
        ((9.0, 5.0), "rising conductances"),
        ("many", "rising conductances, not 'many'"),
    ],
)
def test_levels_that_no_cell_can_have_are_named(levels: object, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        mapping_for(SHEET, 1.0, levels)  # type: ignore[arg-type]
