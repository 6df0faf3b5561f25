"""Packages that add a strategy, a data source and a parameter set by entry points."""

import importlib.resources
import sys
from pathlib import Path

import pytest

from ohmshot import cli
from ohmshot.cell.parameter_set import load_parameter_set, parameter_set_names, shipped_parameter_sets
from ohmshot.data.source import evaluation_examples, source_names
from ohmshot.foundation.errors import DataError, SettingsError
from ohmshot.host.strategies.registry import STRATEGIES, strategy_named, strategy_names

MODULE = """
import dataclasses
from pathlib import Path
import torch
from ohmshot.data.examples import Examples
from ohmshot.host.strategies.hybrid import STRATEGY as HYBRID

Path(__file__).with_name("imported").touch()
STRATEGY = dataclasses.replace(HYBRID, name="tiny-strategy")
CELL = Path(__file__).with_name("tiny_cell.toml")


def bars(location):
    if location is not None:
        raise RuntimeError("no bars there")
    images = torch.zeros(10, 20, 28, 28, dtype=torch.uint8)
    for bar in range(10):
        images[bar, :, 2 * bar + 2 : 2 * bar + 6, 4:24] = 255
    names = tuple(f"bar {bar}" for bar in range(10))
    return Examples("bars", images, torch.zeros(10, dtype=torch.int64), ("bars",), names, "drawn here")
"""
ENTRIES = """
[ohmshot.strategies]
tiny-strategy = tiny:STRATEGY
gone = tiny_that_is_not_there:STRATEGY
misnamed = tiny:STRATEGY

[ohmshot.sources]
bars = tiny:bars
no-function = tiny:CELL

[ohmshot.parameters]
tiny_cell = tiny:CELL
no_file = tiny:bars
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folder of an installed distribution, tiny 1.2."""
    installed(tmp_path, "tiny", ENTRIES)
    (tmp_path / "tiny.py").write_text(MODULE, "utf-8")
    leti = (importlib.resources.files("ohmshot.cell.parameters") / "leti_hfo2_130nm.toml").read_text("utf-8")
    (tmp_path / "tiny_cell.toml").write_text(
        leti.replace('name = "leti_hfo2_130nm"', 'name = "tiny_cell"').replace(
            'value = 1.0\nunit = "V"', 'value = 0.8\nunit = "V"'
        ),
        "utf-8",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "tiny", raising=False)
    return tmp_path


def installed(folder: Path, name: str, entries: str) -> None:
    information = folder / f"{name}-1.2.dist-info"
    information.mkdir()
    (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n", "utf-8")
    (information / "entry_points.txt").write_text(entries, "utf-8")


def test_names_are_known_and_nothing_is_imported_before_it_is_asked_for(package: Path) -> None:
    assert strategy_names() == (*STRATEGIES, "gone", "misnamed", "tiny-strategy")
    assert source_names()[-2:] == ("bars", "no-function")
    assert parameter_set_names() == (*shipped_parameter_sets(), "no_file", "tiny_cell")
    assert strategy_named("hybrid").name == "hybrid"
    assert not (package / "imported").exists()
    assert strategy_named("tiny-strategy").name == "tiny-strategy"
    assert (package / "imported").exists()


def test_what_a_package_adds_is_used_by_its_name(package: Path) -> None:
    assert evaluation_examples("bars").class_names[3] == "bar 3"
    cell = load_parameter_set("tiny_cell")
    assert cell.information.name == "tiny_cell"
    assert cell.values.compliance_per_conductance == 0.8


@pytest.mark.usefixtures("package")
def test_the_command_line_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--source", "bars", "--strategy", "tiny-strategy", "--parameters", "tiny_cell", "--episodes", "1")
    monkeypatch.setattr("sys.argv", ["ohmshot", "demo", *options, "--output", str(tmp_path / "out")])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert "tiny-strategy" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["ohmshot", "parameters", "show", "tiny_cell"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code


@pytest.mark.usefixtures("package")
def test_a_broken_package_is_named() -> None:
    with pytest.raises(
        SettingsError, match=r"'gone' of the package tiny 1\.2 cannot be loaded.*tiny_that_is_not_there"
    ):
        strategy_named("gone")
    with pytest.raises(SettingsError, match=r"'misnamed' of the package tiny 1\.2 .* with the name 'misnamed'"):
        strategy_named("misnamed")
    with pytest.raises(SettingsError, match=r"'no-function' of the package tiny 1\.2 .* is not a function"):
        evaluation_examples("no-function")
    with pytest.raises(SettingsError, match=r"'no_file' of the package tiny 1\.2 .* is not a TOML file"):
        load_parameter_set("no_file")
    with pytest.raises(DataError, match="'bars' failed: RuntimeError: no bars there"):
        evaluation_examples("bars", Path())


def test_a_name_of_ohmshot_and_one_of_another_package_are_not_taken_over(
    package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = (
        "[ohmshot.strategies]\nhybrid = tiny:STRATEGY\ntiny-strategy = tiny:STRATEGY\n"
        "[ohmshot.sources]\ninvented = tiny:bars\n[ohmshot.parameters]\nideal = tiny:CELL\n"
    )
    (package / "other").mkdir()
    installed(package / "other", "rival", entries)
    monkeypatch.syspath_prepend(str(package / "other"))
    with pytest.raises(SettingsError, match=r"rival 1\.2 adds 'hybrid' to ohmshot.strategies, a name that ohmshot has"):
        strategy_named("hybrid")
    with pytest.raises(SettingsError, match=r"rival 1\.2 and tiny 1\.2 all add 'tiny-strategy'"):
        strategy_named("tiny-strategy")
    with pytest.raises(SettingsError, match=r"adds 'invented' to ohmshot.sources"):
        evaluation_examples("invented")
    with pytest.raises(SettingsError, match=r"adds 'ideal' to ohmshot.parameters"):
        load_parameter_set("ideal")


@pytest.mark.usefixtures("package")
def test_an_unknown_name_is_answered_with_those_of_packages_too() -> None:
    with pytest.raises(SettingsError, match=r"hybrid.*tiny-strategy"):
        strategy_named("nonsense")
    with pytest.raises(DataError, match=r"invented.*bars"):
        evaluation_examples("nonsense")
