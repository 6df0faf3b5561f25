"""Two parameter sets side by side."""

from pathlib import Path

import pytest

from ohmshot import cli
from ohmshot.cell.parameter_set import load_parameter_set
from ohmshot.report.parameter_comparison import differing_rows

ROW = '[{name}]\nvalue = {value}\nunit = "1"\nstatus = "measured"\nsource = "our tester"\n{interval}\n'


def fitted(path: Path, noise: float, interval: tuple[float, float]) -> Path:
    head = f'[set_information]\nname = "{path.stem}"\ntitle = "Mine"\ncitations = []\nbase = "leti_hfo2_130nm"\n'
    path.write_text(head + ROW.format(name="read_noise", value=noise, interval=f"interval = {list(interval)}"))
    return path


def test_only_what_differs_is_shown_with_ratio_intervals_and_sources(tmp_path: Path) -> None:
    one = load_parameter_set(str(fitted(tmp_path / "one.toml", 0.02, (0.015, 0.025))))
    near = load_parameter_set(str(fitted(tmp_path / "near.toml", 0.024, (0.021, 0.027))))
    far = load_parameter_set(str(fitted(tmp_path / "far.toml", 0.05, (0.04, 0.06))))
    (row,) = differing_rows(one, near)
    assert (row.name, row.values, row.ratio, row.chance) == ("read_noise", ("0.02", "0.024"), "1.2", "overlap")
    assert "our tester" in row.sources[0]
    assert differing_rows(one, far)[0].chance == "apart"
    assert differing_rows(one, one) == []


def test_the_command_says_how_many_rows_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = fitted(tmp_path / "one.toml", 0.02, (0.015, 0.025))
    monkeypatch.setattr("sys.argv", ["ohmshot", "parameters", "compare", "leti_hfo2_130nm", str(file)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    said = capsys.readouterr().out
    assert "read_noise" in said
    assert f"1 of {len(load_parameter_set('leti_hfo2_130nm').quantities)} rows differ." in said
