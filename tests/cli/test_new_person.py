"""`ohmshot demo` on people: their own initialisation, tasks of one person, gestures by name."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ohmshot.bundle.file import SHIPPED, load_bundle, named_bundle, save_bundle, shipped_bundle
from ohmshot.cli import app, main
from ohmshot.foundation.errors import BundleError
from ohmshot.meta.settings import preset

GESTURES = [
    "neutral",
    "radial deviation",
    "wrist flexion",
    "ulnar deviation",
    "wrist extension",
    "hand close",
    "hand open",
]


def test_a_person_s_gestures_are_learned_and_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OHMSHOT_CACHE", str(tmp_path / "cache"))
    quick = preset("emg").model_copy(update={"head_iterations": 2, "check_every": 2, "held_out_episodes": 10})
    monkeypatch.setattr("ohmshot.meta.personal.preset", lambda name: quick)
    asked = ["demo", "--source", "invented-emg", "--shots", "1", "--queries", "2", "--episodes", "6"]
    ended = CliRunner().invoke(app, [*asked, "--output", str(tmp_path)])
    assert not ended.exit_code, ended.output
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["ways"], result["scope"], result["class_names"]) == (7, "one group", GESTURES)
    assert sum(map(sum, result["confusion"])) == 6 * 7 * 2
    assert result["accuracy"][-1] > 2 / 7  # a head that has learned nothing is right in one answer of seven
    page = (tmp_path / "report.html").read_text()
    assert "hand open" in page
    assert len(list((tmp_path / "cache").glob("bundle-emg-*"))) == 1


def test_shipped_bundles_go_by_their_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert [named_bundle(Path(name)).header.network.features for name in SHIPPED] == [29, 19]
    assert shipped_bundle("characters").header.provenance.head == "hand-made"
    save_bundle(shipped_bundle("four-convolutions"), tmp_path / "characters")
    assert named_bundle(Path("characters")).digest == load_bundle(tmp_path / "characters").digest  # a file goes first
    with pytest.raises(BundleError, match=r"No bundle 'letters' comes with ohmshot\. Name characters or"):
        shipped_bundle("letters")
    with pytest.raises(BundleError, match="There is no bundle letters"):
        named_bundle(Path("letters"))


@pytest.mark.parametrize("study", ["hardware-aware", "endurance"])
def test_a_study_of_two_layers_refuses_another_head(
    study: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["study", study, "--bundle", "characters", "--source", "invented", "--size", "small", "--episodes", "2"]
    monkeypatch.setattr("sys.argv", ["ohmshot", *asked, "--chips", "1"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    told = " ".join(capsys.readouterr().err.split())
    assert told.startswith("ohmshot: ")
    assert "needs a head of two layers with one pair of cells a weight; characters has another" in told
