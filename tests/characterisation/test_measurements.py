from pathlib import Path

import polars as pl
import pytest

from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.characterisation.measurements import load_measurements, write_measurements
from ohmshot.characterisation.wafer import WaferTest, simulated_wafer
from ohmshot.foundation.errors import MeasurementError

HEAD = "experiment,device,cycle,gate_voltage_v,conductance_microsiemens,time_s,temperature_celsius\n"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("experiment,device,cycle,gate_voltage_v\nset,a,0,1.4\n", "conductance_microsiemens is missing"),
        ("device,conductance_microsiemens\na,1\n", "experiment is missing"),
        (HEAD, "has no rows"),
        (HEAD + "set,a,0,1.4,60,,\nforming,a,1,1.4,60,,\n", "line 3: experiment must be one of set, reset"),
        (HEAD + "set,a,0,1.4,60,,\nset,a,1,1.4,sixty,,\n", "line 3: conductance_microsiemens is not a number"),
        (HEAD + "set,a,0,1.4,-60,,\n", "line 2: conductance_microsiemens must lie between"),
        (HEAD + "set,a,0,1.4,nan,,\n", "line 2: conductance_microsiemens is not a finite number"),
        (HEAD + "set,a,0,14,60,,\n", "line 2: gate_voltage_v must lie between 0 and 10"),
        (HEAD + "set,a,0.5,1.4,60,,\n", "line 2: cycle must be a whole number"),
        (HEAD + "set,a,0,,60,,\n", "line 2: gate_voltage_v is empty; a SET needs it, or compliance_ua"),
        (HEAD + "set, ,0,1.4,60,,\n", "line 2: device is empty"),
        (HEAD + "set,a,0,1.4,,,\n", "line 2: conductance_microsiemens is empty; experiment 'set' needs it"),
        (HEAD + "set,a,0,1.4,60,,\nset,a,0,1.5,60,,\n", "line 2: experiment 'set': another row has the same device"),
        (HEAD + "retention,a,0,,60,0,-300\n", "line 2: temperature_celsius must lie between -273.15"),
        (HEAD + "relaxation,a,0,,60,0,\n", "target_microsiemens is missing; experiment 'relaxation' needs it"),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_column(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "wafer.csv"
    path.write_text(content)
    with pytest.raises(MeasurementError, match=message) as refused:
        load_measurements(path)
    assert "wafer.csv" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_missing_or_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MeasurementError, match="There is no file"):
        load_measurements(tmp_path / "none.csv")
    (tmp_path / "broken.parquet").write_bytes(b"no parquet")
    with pytest.raises(MeasurementError, match="cannot be read as a table"):
        load_measurements(tmp_path / "broken.parquet")
    (tmp_path / "wafer.xlsx").write_bytes(b"")
    with pytest.raises(MeasurementError, match="is no workbook"):
        load_measurements(tmp_path / "wafer.xlsx")
    (tmp_path / "wafer.pdf").write_bytes(b"")
    with pytest.raises(MeasurementError, match=r"neither text \(\.csv, \.tsv, \.txt\) nor a workbook"):
        load_measurements(tmp_path / "wafer.pdf")


def test_csv_and_parquet_hold_the_same_and_other_columns_are_ignored(tmp_path: Path) -> None:
    test = WaferTest(experiments=("set", "read"), devices=3, cycles=1, amplitudes=2, reads=3)
    table = simulated_wafer(load_parameter_set("leti_hfo2_130nm").values, 1, test)
    write_measurements(table, tmp_path / "a.csv")
    write_measurements(table, tmp_path / "a.parquet")
    text, binary = load_measurements(tmp_path / "a.csv").table, load_measurements(tmp_path / "a.parquet").table
    assert text.drop("conductance_microsiemens", "line").equals(binary.drop("conductance_microsiemens", "line"))
    assert float((text["conductance_microsiemens"] / binary["conductance_microsiemens"] - 1).abs().max() or 0) < 1e-5  # type: ignore[arg-type]
    pl.read_csv(tmp_path / "a.csv").with_columns(pl.lit("W3").alias("wafer")).write_csv(tmp_path / "b.csv")
    assert load_measurements(tmp_path / "b.csv").table.equals(text)


def test_equal_seeds_give_equal_wafers() -> None:
    values, test = load_parameter_set("leti_hfo2_130nm").values, WaferTest(experiments=("reset",), devices=4, cycles=1)
    first, again, other = (simulated_wafer(values, seed, test) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


HEAD = "experiment,device,time_s,conductance_microsiemens"
READS = "read,d0,0,60\nread,d0,1,61"


@pytest.mark.parametrize("units", ["-,-,s,uS", ",,s,µS", ",,(s),[uS]"])
def test_a_row_of_units_is_passed_over_and_lines_still_count(tmp_path: Path, units: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{HEAD.upper()}\n{units.replace('-', '')}\n{READS.replace('read', 'Read')}\n")
    assert load_measurements(path).table["conductance_microsiemens"].to_list() == [60.0, 61.0]
    path.write_text(f"{HEAD}\n{units.replace('-', '')}\n{READS}x\n")
    with pytest.raises(MeasurementError, match=r"line 4: conductance_microsiemens is not a number"):
        load_measurements(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{HEAD}\n,,ms,uS\n{READS}\n", "line 2: the unit 'ms' for time_s"),
        (f"{HEAD}\nread,d0,0,6.1e-5\n", "line 2: conductance_microsiemens looks like siemens"),
        (f"{HEAD},temperature_celsius\nread,d0,0,60,298.15\n", "line 2: temperature_celsius looks like kelvin"),
        (f"{HEAD.replace('_microsiemens', ' (kg)')}\n{READS}\n", r"the unit 'kg', which is none of a conductance"),
        (f"{HEAD},time_s\n{READS}\n", "the column time_s is there twice"),
        (f"{HEAD}\n{READS}\nread,d0,2,60,7,8\n", "line 4: 6 columns, where the first row has 4"),
    ],
)
def test_what_cannot_be_read_is_named_with_its_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(MeasurementError, match=says):
        load_measurements(path)


def test_a_name_with_brackets_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "lot[1].csv").write_text(f"{HEAD}\n{READS}\n")
    (tmp_path / "lot1.csv").write_text(f"{HEAD}\nread,d0,0,10\n")
    assert load_measurements(tmp_path / "lot[1].csv").table["conductance_microsiemens"].to_list() == [60.0, 61.0]
    load_measurements(tmp_path / "lot[1].csv").table.write_parquet(tmp_path / "lot[2].parquet")
    assert load_measurements(tmp_path / "lot[2].parquet").table.height == 2


@pytest.mark.parametrize("none", ["-", "\u2013", "[]", "n/a"])
def test_a_row_of_units_may_say_that_a_column_has_none(tmp_path: Path, none: str) -> None:
    head = "experiment,device,cycle,gate_voltage_v,conductance_microsiemens"
    (tmp_path / "m.csv").write_text(f"{head}\n{none},{none},{none},V,uS\nset,a,1,1.5,50\n", encoding="utf-8")
    assert load_measurements(tmp_path / "m.csv").table["conductance_microsiemens"].to_list() == [50.0]


@pytest.mark.parametrize(
    ("conductance", "celsius", "doubt"),
    [
        (0.05, 150, "the median of conductance_microsiemens is 0.05: these look like millisiemens or siemens"),
        (50_000, 150, "the median of conductance_microsiemens is 5e+04: these look like nanosiemens"),
        (50, 423, "the median of temperature_celsius is 423: these look like kelvin"),
        (50, 150, ""),
    ],
)
def test_numbers_that_look_like_another_unit_are_told(
    tmp_path: Path, conductance: float, celsius: float, doubt: str
) -> None:
    head = "experiment,device,cycle,temperature_celsius,time_s,conductance_microsiemens"
    rows = [f"retention,a,1,{celsius},{time},{conductance}" for time in (0, 3600)]
    (tmp_path / "m.csv").write_text("\n".join([head, *rows, ""]))
    assert "; ".join(load_measurements(tmp_path / "m.csv").notes).startswith(doubt)
    assert bool(doubt) == bool(load_measurements(tmp_path / "m.csv").notes)
