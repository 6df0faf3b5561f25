"""The commands as a person types them."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import torch

from ohmshot import __version__, cli
from ohmshot.adapt import source
from ohmshot.adapt.result import AdaptationResult
from ohmshot.study.registry import STUDIES


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["ohmshot", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def demo(monkeypatch: pytest.MonkeyPatch, folder: Path, *more: str) -> dict[str, object]:
    arguments = ("--source", "invented", "--episodes", "6", "--chips", "2", "--seed", "7", "--output", str(folder))
    assert run(monkeypatch, "demo", *arguments, *more) == 0
    result: dict[str, object] = json.loads((folder / "result.json").read_text())
    return result


def test_the_version_is_printed_without_importing_torch() -> None:
    command = [sys.executable, "-X", "importtime", "-m", "ohmshot", "--version"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == f"ohmshot {__version__}\n"
    imported = {line.rsplit("|", 1)[-1].strip() for line in ended.stderr.splitlines()}
    assert "ohmshot.cli" in imported
    assert "torch" not in imported


def test_studies_are_listed_with_their_questions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "study") == 0
    listed = capsys.readouterr().out
    for name in STUDIES:
        assert f"\n{name} " in f"\n{listed}"
    assert "How long does an adapted chip keep its accuracy" in " ".join(listed.split())
    assert run(monkeypatch, "study", "list") == 0
    assert capsys.readouterr().out == listed


def test_the_demo_learns_and_says_the_same_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, again = demo(monkeypatch, tmp_path / "a"), demo(monkeypatch, tmp_path / "b")
    jsonschema.validate(first, AdaptationResult.model_json_schema())
    assert first.pop("wall_seconds") != again.pop("wall_seconds")
    assert first == again
    accuracy = first["accuracy"]
    assert isinstance(accuracy, list)
    assert len(accuracy) == 6
    assert accuracy[0] < 0.4
    assert accuracy[5] > 0.9
    energy = first["energy_joules"]["adaptation"]  # type: ignore[index]
    assert energy["total"] == pytest.approx(sum(v for k, v in energy.items() if k != "total"))
    assert 0 < energy["total"] < 10e-6
    page = (tmp_path / "a" / "report.html").read_text()
    assert page.count("<svg") == 4
    assert "http" not in page.replace("http://www.w3.org", "").replace("http://purl.org", "").replace(
        "http://creativecommons.org", ""
    ).replace("https://matplotlib.org", "")


def test_chunks_of_a_study_do_not_change_its_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = demo(monkeypatch, tmp_path / "a")
    monkeypatch.setattr(source, "ADAPTATIONS_AT_ONCE", 4)
    parts = demo(monkeypatch, tmp_path / "b")
    assert torch.tensor(whole["accuracy"]).allclose(torch.tensor(parts["accuracy"]), atol=0.03)
    assert whole["energy_joules"]["initialisation"] == pytest.approx(parts["energy_joules"]["initialisation"])  # type: ignore[index]


def test_a_result_is_cited_and_its_page_ends_with_the_references(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    demo(monkeypatch, tmp_path)
    capsys.readouterr()
    assert run(monkeypatch, "cite", str(tmp_path / "result.json")) == 0
    printed = capsys.readouterr().out
    for work in ("pallo2025vlsi", "esmanhotto2022multilevel", "snell2017prototypical"):
        assert f"{{{work}," in printed
    assert "esmanhotto2022multilevel" in (tmp_path / "report.html").read_text().split('id="references"')[1]
    assert run(monkeypatch, "cite", str(tmp_path / "report.html")) == 2


def test_a_checkout_that_was_never_installed_can_be_imported() -> None:
    program = (
        "import importlib.metadata as m\n"
        "def version(name): raise m.PackageNotFoundError(name)\n"
        "m.version = version\n"
        "import ohmshot; print(ohmshot.__version__)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "0+unknown\n"
