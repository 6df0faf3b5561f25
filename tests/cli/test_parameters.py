from pathlib import Path

import pytest

from ohmshot import cli
from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names
from ohmshot.report.parameter_page import parameters_page


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["ohmshot", "parameters", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_list_and_show_name_sets_rows_and_sources(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "list") == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in parameter_set_names())
    assert run(monkeypatch, "show", "wan_2022") == 0
    shown = capsys.readouterr().out
    assert "relaxation_spread_at_60_s" in shown
    assert "borrowed" in shown


def test_check_accepts_a_good_file_and_names_what_is_wrong_with_a_bad_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.toml"
    head = '[set_information]\nname = "mine"\ntitle = "Mine"\ncitations = []\nbase = "ideal"\n'
    row = '[read_noise]\nvalue = 0.02\nunit = "1"\nstatus = "measured"\nsource = "our tester"\n'
    file.write_text(head + row)
    assert run(monkeypatch, "check", str(file)) == 0
    assert "1 measured" in capsys.readouterr().out
    file.write_text(head + row.replace("0.02", "-0.02"))
    assert run(monkeypatch, "check", str(file)) == 2
    assert f"{file}, line 7: read_noise is -0.02" in capsys.readouterr().err


def test_the_page_of_parameters_is_up_to_date() -> None:
    page = Path(__file__).parents[2] / "docs" / "parameters.md"
    assert page.read_text() == parameters_page([load_parameter_set(name) for name in parameter_set_names()]), (
        "run: ohmshot parameters document"
    )


def test_a_simulated_wafer_is_measured_fitted_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    measure = ("measure", "--parameters", "leti_hfo2_130nm", "--devices", "16", "--output", "wafer.csv")
    assert run(monkeypatch, *measure) == 0
    assert run(monkeypatch, "fit", "wafer.csv", "--name", "lot") == 0
    assert "Not measured" not in capsys.readouterr().out
    assert run(monkeypatch, "check", "lot.toml") == 0
    assert "measured" in capsys.readouterr().out
    assert (tmp_path / "lot.html").read_text().count("<svg") == 6
    (tmp_path / "bad.csv").write_text(
        "experiment,device,cycle,gate_voltage_v,conductance_microsiemens\nset,a,0,1.4,none\n"
    )
    assert run(monkeypatch, "fit", "bad.csv") == 2
    assert "bad.csv, line 2: conductance_microsiemens is not a number" in capsys.readouterr().err
    assert not (tmp_path / "my_wafer.toml").exists()
