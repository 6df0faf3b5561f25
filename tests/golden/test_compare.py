"""The comparison that the golden runs rest on must see a wrong number."""

import pytest

from golden.compare import differences, reduced

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
    column = [0.1 * i for i in range(100)]
    stored = reduced({"seconds": 1.0, "column": column})
    assert "seconds" not in stored
    assert stored["column"]["sum"] == pytest.approx(495.0)
    changed = reduced({"seconds": 2.0, "column": [*column[:50], 5.1, *column[51:]]})
    assert len(differences(stored, changed, True)) == 2  # sum and checksum
