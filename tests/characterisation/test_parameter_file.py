from pathlib import Path

import pytest

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.fit import WaferFit, fit_wafer
from ohmshot.characterisation.measurements import validated
from ohmshot.characterisation.parameter_file import (
    base_beside,
    fit_to_file,
    parameter_toml,
    write_parameter_file,
)
from ohmshot.characterisation.wafer import WaferTest, simulated_wafer
from ohmshot.foundation.errors import ParameterError

LETI = load_parameter_set("leti_hfo2_130nm")


@pytest.fixture(scope="module")
def fit() -> WaferFit:
    test = WaferTest(experiments=("set", "read"), devices=20, cycles=2)
    return fit_wafer(validated(simulated_wafer(LETI.values, 2, test), "wafer.csv"), LETI)


def test_the_file_is_a_parameter_set_with_intervals_and_borrowed_rows(fit: WaferFit, tmp_path: Path) -> None:
    path = tmp_path / "lot.toml"
    text = parameter_toml(fit, "lot", 'Lot "7"', base_beside("leti_hfo2_130nm", path), "wafer.csv")
    write_parameter_file(text, path)
    loaded = load_parameter_set(str(path))
    row = loaded.quantities["set_spread"]
    assert row.status == "measured"
    assert "wafer.csv" in row.source
    assert "20 devices" in str(row.conditions)
    assert row.value == pytest.approx(fit.value("set_spread"), rel=1e-5)
    assert row.interval is not None
    assert all(low < value < high for value, (low, high) in zip(row.value, row.interval, strict=True))  # type: ignore[arg-type, misc]
    assert isinstance(loaded.quantities["read_noise"].interval[0], float)  # type: ignore[index]
    assert loaded.quantities["level_conductances"].status == "derived"
    assert loaded.borrowed["retention_loss"] == "leti_hfo2_130nm"
    assert "not measured: reset, relaxation, retention" in text


def test_a_set_that_cannot_be_is_not_written_and_no_line_of_it_is_named(fit: WaferFit, tmp_path: Path) -> None:
    text = parameter_toml(fit, "lot", "Lot", "leti_hfo2_130nm", "wafer.csv")
    first = text.index("value = [", text.index("[level_conductances]")) + len("value = [")
    wrong = text[:first] + "999.0, " + text[first:]
    with pytest.raises(ParameterError, match=r"nothing is written to .*\): level_conductances must") as refused:
        write_parameter_file(wrong, tmp_path / "lot.toml")
    assert ", line" not in str(refused.value)
    assert not (tmp_path / "lot.toml").exists()


def test_a_name_that_no_set_can_have_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="'lot-7' cannot name a set"):
        fit_to_file(tmp_path / "none.csv", tmp_path / "lot.toml", base="none", name="lot-7", title="Lot 7")


def test_a_fitted_set_can_be_the_base_of_another(fit: WaferFit, tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "first.toml", tmp_path / "b" / "second.toml"
    write_parameter_file(parameter_toml(fit, "first", "First", "leti_hfo2_130nm", "wafer.csv"), first)
    write_parameter_file(parameter_toml(fit, "second", "Second", base_beside(str(first), second), "wafer.csv"), second)
    assert load_parameter_set(str(second)).values == load_parameter_set(str(first)).values
