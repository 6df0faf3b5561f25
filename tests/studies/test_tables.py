"""The columns that a study writes down are those of its stored result, table by table."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from ohmshot.studies.cloud import tables as cloud
from ohmshot.studies.endurance import tables as endurance
from ohmshot.studies.energy import tables as energy
from ohmshot.studies.retention import tables as retention
from ohmshot.studies.strategies import tables as strategies
from ohmshot.studies.users import tables as users
from ohmshot.study.study_result import read_study_result

RESULTS = Path(__file__).parents[2] / "docs" / "studies"
COLUMNS: dict[tuple[str, str], Iterable[str]] = {
    ("cloud", "acts"): cloud.ACTS_COLUMNS,
    ("cloud", "day"): cloud.DAY,
    ("cloud", "uses"): cloud.USES,
    ("cloud", "processor"): cloud.PROCESSOR,
    ("cloud", "break_even"): cloud.BREAK_EVEN,
    ("cloud", "chip"): cloud.CHIP,
    ("endurance", "learning"): endurance.LEARNING,
    ("endurance", "writes"): endurance.WRITES,
    ("endurance", "wear"): endurance.WEAR,
    ("endurance", "life"): endurance.LIFE,
    ("endurance", "worn"): endurance.WORN,
    ("endurance", "stuck"): endurance.STUCK,
    ("energy", "split"): energy.SPLIT,
    ("energy", "totals"): energy.TOTALS,
    ("energy", "sensitivity"): energy.SENSITIVITY,
    ("energy", "standby"): energy.STANDBY,
    ("retention", "accuracy"): retention.ACCURACY,
    ("retention", "levels"): retention.LEVELS,
    ("retention", "equivalence"): retention.EQUIVALENCE,
    ("retention", "lifetime"): retention.LIFETIME,
    ("retention", "sensitivity"): retention.SENSITIVITY,
    ("retention", "repair"): retention.REPAIR,
    ("users", "years"): users.YEARS,
    ("users", "battery"): users.BATTERY,
    ("users", "wear"): users.WEAR,
}


@pytest.mark.parametrize(("study", "table"), COLUMNS)
def test_a_table_has_the_columns_that_are_written_down(study: str, table: str) -> None:
    assert read_study_result(RESULTS / f"{study}.json").tables[table].columns == list(COLUMNS[study, table])


def test_columns_by_moment_are_named_after_the_moment() -> None:
    assert strategies.WEIGHT_ERROR["after the bake"] == "weight_error_after_the_bake_microsiemens"
    stored = read_study_result(RESULTS / "strategies.json").tables
    assert set(strategies.WEIGHT_ERROR.values()) <= set(stored["front"].columns)
    for columns in (strategies.LEVEL_ERROR, strategies.WEIGHT_ERROR, strategies.MISREAD, strategies.USABLE_BITS):
        assert set(columns.values()) <= set(stored["strategies"].columns)
