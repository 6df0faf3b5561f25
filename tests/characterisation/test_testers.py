"""Files as testers and other groups write them: synthetic ones of each form, and the raw files of two data sets."""

import gzip
import os
import zipfile
from pathlib import Path

import pytest

from ohmshot.characterisation.columns import read_as
from ohmshot.characterisation.form import Form, form_of, load_form, shipped_forms
from ohmshot.characterisation.measurements import load_measurements
from ohmshot.foundation.errors import MeasurementError
from workbooks import workbook

EASYEXPERT = """SetupTitle, RESET sweep
PrimitiveTest, I/V Sweep
TestParameter, Channel.UnitType, SMU, SMU
TestParameter, Channel.VName, V1, V2
MetaData, TestRecord.RecordTime, 06/01/2024 10:00:00
AnalysisSetup, Analysis.Setup.Title, Reset
Dimension1, 3, 3
DataName, V1, I1
DataValue, 0, 1E-12
DataValue, -0.5, -3E-05
DataValue, -1.0, -4E-05
SetupTitle, RESET sweep
TestParameter, Channel.VName, V1, V2
DataName, V1, I1
DataValue, -0.5, -2.5E-05
DataValue, -1.0, -2E-05
"""


RAMP = form_of(None, constants=["experiment=ramp"])


def test_an_easyexpert_export_is_read_block_by_block(tmp_path: Path) -> None:
    path = tmp_path / "W3 R1C2.csv"
    path.write_text(EASYEXPERT)
    found = load_measurements(path, RAMP)
    # 30 uA at 0.5 V are 60 uS; the current at 0 V tells no conductance.
    assert found.table["conductance_microsiemens"].to_list() == pytest.approx([60.0, 40.0, 50.0, 20.0])
    assert found.table["source_voltage_v"].to_list() == [0.5, 1.0, 0.5, 1.0]
    assert found.table["cycle"].to_list() == [0.0, 0.0, 1.0, 1.0]
    assert found.table["device"].to_list() == ["W3 R1C2"] * 4
    assert found.table["line"].to_list() == [10, 11, 15, 16]
    assert any("1 of 5 rows left out: less than 0.02 V" in note for note in found.notes)


def test_a_keithley_workbook_is_read_run_by_run_without_its_settings(tmp_path: Path) -> None:
    path = tmp_path / "cell 7.xlsx"
    head: list[str | float] = ["Time", "AI", "AV", "NORM_COND"]
    workbook(
        path,
        {
            "Run1": [head, [0.1, -3e-5, -0.5, "#REF"], [0.2, -4e-5, -1.0, ""]],
            "Run2": [head, [0.1, -2.5e-5, -0.5, ""]],
            "Calc": [["x"], [1.0]],
            "Settings": [["Formulas", ""], ["ID", 3.0]],
        },
    )
    found = load_measurements(path, RAMP).table
    assert found["conductance_microsiemens"].to_list() == pytest.approx([60.0, 40.0, 50.0])
    assert found["cycle"].to_list() == [0.0, 0.0, 1.0]
    assert found["line"].to_list() == [2, 3, 2]


def test_text_of_a_keithley_and_decimal_commas(tmp_path: Path) -> None:
    path = tmp_path / "cell7.txt"
    path.write_text("Time\tAI\tAV\n410.1377E-2\t-300.0000E-7\t-500.0000E-3\n458.5726E-2\t-400.0000E-7\t-100.0000E-2\n")
    said = form_of(None, constants=["experiment=ramp", "device=cell7", "cycle=0"])
    assert load_measurements(path, said).table["conductance_microsiemens"].to_list() == pytest.approx([60.0, 40.0])
    path.write_text("\ufeffTime;AI;AV\n4,1;-3,0E-5;-0,5\n4,5;-4,0E-5;-1,0\n", encoding="utf-8")
    assert load_measurements(path, said).table["conductance_microsiemens"].to_list() == pytest.approx([60.0, 40.0])


def test_a_pattern_testers_table_without_heads_is_named_by_a_form(tmp_path: Path) -> None:
    path = tmp_path / "reset.tsv"
    path.write_text(
        "1450.000\t0.5\t20000\t25000\n1450.000\t1.0\t25000\t50000\n1450.000\t0.5\t20000\t40000\n1451.000\t1.0\t1E4\t0\n"
    )
    form = Form(
        names=("address", "sl (V)", "resistance_before (Ohm)", "resistance (Ohm)"),
        constants={"experiment": "ramp"},
        ramp="source_voltage_v",
    )
    found = load_measurements(path, form)
    assert found.table["conductance_microsiemens"].to_list() == pytest.approx([40.0, 20.0, 25.0])
    assert found.table["conductance_before_microsiemens"].to_list() == pytest.approx([50.0, 40.0, 50.0])
    assert found.table["cycle"].to_list() == [1.0, 1.0, 2.0]
    assert found.notes == ("1 of 4 rows left out: the resistance is not above 0",)


@pytest.mark.parametrize(
    ("head", "factor"),
    [
        ("G (uS)", 1.0),
        ("Conductance [S]", 1e6),
        ("g_ms", 1e3),
        ("G/nS", 1e-3),
        ("R (k\u03a9)", 1e3),
        ("R [MOhm]", 1e6),
        ("Time (ms)", 1e-3),
        ("t/h", 3600.0),
        ("I (mA)", 1e3),
        ("V_WL (mV)", 1e-3),
    ],
)
def test_units_in_heads_become_ours(head: str, factor: float) -> None:
    found = read_as(head)
    assert found is not None
    assert found.factor == pytest.approx(factor)


def test_other_names_and_units_are_read_and_kelvin_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "bake.csv"
    path.write_text("test,cell,run,T (K),wait (h),R (kOhm)\nretention,a,0,423.15,0,20\nretention,a,0,423.15,2,25\n")
    with pytest.raises(
        MeasurementError, match=r"column time_s is missing.*The table has test, cell, run, T \(K\), wait"
    ):
        load_measurements(path)
    found = load_measurements(path, form_of(None, columns=["time_s=wait (h)"])).table
    assert found["conductance_microsiemens"].to_list() == pytest.approx([50.0, 40.0])
    assert found["temperature_celsius"].to_list() == pytest.approx([150.0, 150.0])
    assert found["time_s"].to_list() == [0.0, 7200.0]


@pytest.mark.parametrize(
    ("text", "columns", "says"),
    [
        ("experiment,device,time,timestamp,G\nread,a,0,1,60\n", [], "'time' and 'timestamp' both look like time_s"),
        (
            "experiment,device,time_s,G (kg)\nread,a,0,60\n",
            [],
            r"'G \(kg\)' has the unit 'kg', which is none of a conductance",
        ),
        (
            "experiment,device,time_s,G\nread,a,0,60\n",
            ["conductance_microsiemens=H"],
            "there is no column 'H'; the table has experiment",
        ),
        ("experiment,device,time_s,I\nread,a,0,1e-5\n", [], "a current tells a conductance only beside a voltage"),
        ("a,b\n1,2\n", [], "no column of it is known: a, b"),
    ],
)
def test_columns_that_cannot_be_told_are_named(tmp_path: Path, text: str, columns: list[str], says: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(MeasurementError, match=says):
        load_measurements(path, form_of(None, columns=columns))


def test_broken_files_of_each_form_are_refused_in_a_line(tmp_path: Path) -> None:
    for name, content in {
        "a.xlsx": b"PK\x03\x04 no workbook",
        "b.csv.gz": gzip.compress(b"experiment,device\n" * 100)[:40],
        "c.csv": b"DataName, V1\nDataValue, 1, 2, 3\n",
        "d.csv": b"DataValue, 1\nDataName, V1\n",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(MeasurementError) as refused:
            load_measurements(tmp_path / name)
        assert name in str(refused.value)
        assert "\n" not in str(refused.value)


def test_every_form_of_ours_can_be_read_and_an_unknown_field_is_named(tmp_path: Path) -> None:
    assert all(load_form(name).title for name in shipped_forms())
    (tmp_path / "own.toml").write_text('colums = { a = "b" }\n')
    with pytest.raises(MeasurementError, match=r"own.toml, colums"):
        load_form(str(tmp_path / "own.toml"))


DATA = Path(os.environ.get("OHMSHOT_DATA", "")) / "reram"


@pytest.mark.parametrize(
    ("archive", "member", "form", "experiment", "rows"),
    [
        ("radar-skywater-130nm.zip", "exptdata/sweeps/data/set-sweep-wl-inner-5-31-20.csv", "radar_set", "set", 20_000),
        (
            "radar-skywater-130nm.zip",
            "exptdata/sweeps/data/reset-sweep-sl-200ns-step-0.05-9-21-20.csv",
            "radar_reset_ramp",
            "ramp",
            10_000,
        ),
        ("relaxation-three-technologies.zip", "data/techC/relaxdata.min.tsv.gz", "relaxation_c", "relaxation", 60_000),
        ("relaxation-three-technologies.zip", "data/techB/bake.tsv.gz", "bake_b", "retention", 150_000),
        ("relaxation-three-technologies.zip", "data/techA/tsdata.min.tsv.gz", "reads_a", "read", 400_000),
    ],
)
def test_raw_files_are_read_as_they_come(
    tmp_path: Path, archive: str, member: str, form: str, experiment: str, rows: int
) -> None:
    if not (DATA / archive).is_file():
        pytest.skip(f"needs {archive} in the folder reram of OHMSHOT_DATA")
    with zipfile.ZipFile(DATA / archive) as file:
        path = Path(file.extract(member, tmp_path))
    table = load_measurements(path, load_form(form)).table
    assert set(table["experiment"]) == {experiment}
    assert table.height > rows
    assert table["device"].n_unique() >= 5
