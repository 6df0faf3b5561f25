"""The comparison that the golden runs rest on must see a wrong number."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from golden.compare import DERIVED, UNIT, differences, reduced

STORED = {"accuracy": [0.2, 0.98], "energy": {"set": 40.0}, "name": "hybrid", "table": {"us": [1.0, 2.0]}}


@pytest.mark.parametrize("exactly", [True, False])
def test_the_same_result_has_no_difference(exactly: bool) -> None:
    assert differences(STORED, STORED, exactly) == []


@pytest.mark.parametrize("exactly", [True, False])
def test_a_doubled_energy_is_seen_and_named(exactly: bool) -> None:
    found = STORED | {"energy": {"set": 80.0}}
    assert differences(STORED, found, exactly) == [".energy.set: 80.0, stored 40.0"]


def test_the_last_bit_counts_on_the_same_machine_and_not_on_another() -> None:
    found = STORED | {"table": {"us": [1.0, 2.0000000000000004]}}
    assert differences(STORED, found, True) == [".table.us[1]: 2.0000000000000004, stored 2.0"]
    assert differences(STORED, found, False) == []


@pytest.mark.parametrize("exactly", [True, False])
def test_a_missing_field_and_a_missing_row_are_seen(exactly: bool) -> None:
    assert "fields ['name']" in differences(STORED, {k: v for k, v in STORED.items() if k != "name"}, exactly)[0]
    assert ".accuracy: 1 entries, stored 2" in differences(STORED, STORED | {"accuracy": [0.2]}, exactly)


def test_times_are_left_out_and_a_long_column_is_seen_as_a_whole() -> None:
    column = [0.1 * i for i in range(200)]
    stored = reduced({"seconds": 1.0, "column": column})
    assert "seconds" not in stored
    assert stored["column"]["sum"] == pytest.approx(1990.0)
    changed = reduced({"seconds": 2.0, "column": [*column[:50], 5.1, *column[51:]]})
    assert {line.split(":")[0] for line in differences(stored, changed, True)} == {".column.sum", ".column.checksum"}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict | list):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        for name, part in parts:
            yield from leaves(part, f"{path}.{name}")
    else:
        yield path, value


@pytest.mark.parametrize("exactly", [True, False])
def test_every_stored_energy_is_seen_when_it_doubles(exactly: bool) -> None:
    energies = [
        (path, number)
        for file in sorted(Path(__file__).parent.glob("*.json"))
        for path, number in leaves(json.loads(file.read_text("utf-8"))["result"], file.stem)
        if UNIT.search(path) and not DERIVED.search(path) and isinstance(number, float) and number
    ]
    assert len(energies) > 500
    unseen = [path for path, number in energies if not differences(number, 2 * number, exactly, path)]
    assert unseen == []


def test_on_another_machine_words_count_and_the_numbers_among_them_may_round() -> None:
    stored = '4.083200000337683E-09,3;-222,"Data out of range"'
    assert differences(stored, stored.replace("337683", "337684"), False) == []
    assert differences(stored, stored.replace("4.08", "8.16"), False) != []
    assert differences(stored, stored.replace("Data", "Date"), False) != []
