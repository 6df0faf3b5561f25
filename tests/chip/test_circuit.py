import pytest

from ohmshot.chip.circuit import Circuit
from ohmshot.foundation.errors import SettingsError


def test_arrays_side_by_side_are_one_with_more_columns() -> None:
    two = Circuit(rows=8, columns=10).arrays(2)
    assert (two.rows, two.columns, two.side_by_side) == (8, 20, 2)
    six = two.arrays(3)
    assert (six.columns, six.side_by_side, six.width) == (60, 6, 10)


@pytest.mark.parametrize(("columns", "arrays"), [(64, 3), (64, 0), (64, -1), (1, 2)])
def test_bit_lines_make_whole_arrays(columns: int, arrays: int) -> None:
    with pytest.raises(SettingsError, match="arrays of equal width"):
        Circuit(columns=columns, side_by_side=arrays)


@pytest.mark.parametrize("smallest", [{"rows": 1}, {"columns": 1}, {"input_bits": 1}, {"output_bits": None}])
def test_one_of_each_is_enough(smallest: dict[str, int | None]) -> None:
    Circuit(**smallest)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["rows", "columns", "input_bits", "output_bits"])
def test_no_array_and_no_bit_is_refused(field: str) -> None:
    with pytest.raises(SettingsError, match="at least 1"):
        Circuit(**{field: 0})  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["line_resistance_ohm", "conversion_energy_j", "conversion_s"])
@pytest.mark.parametrize("value", [-1e-12, float("nan")])
def test_nothing_is_negative_and_nothing_no_number(field: str, value: float) -> None:
    Circuit(**{field: 0.0})  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="nothing in it is negative"):
        Circuit(**{field: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_a_converter_has_a_range(value: float) -> None:
    with pytest.raises(SettingsError, match="output range above 0"):
        Circuit(output_range_ua=value)
