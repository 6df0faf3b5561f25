"""What a run begins from is found by its name or its file, and refused in words."""

import sys
from pathlib import Path

import polars as pl
import pytest

import ohmshot as oh
from ohmshot.bundle.file import default_bundle
from ohmshot.foundation.errors import BundleError, ChipError, DataError, ParameterError, SettingsError
from ohmshot.foundation.frames import pandas_frame
from ohmshot.host.strategies.registry import strategy_named
from ohmshot.host.strategies.strategy import settings_of


def test_bundles_by_name_and_by_file(tmp_path: Path) -> None:
    assert oh.load_bundle().digest == oh.load_bundle("characters").digest == default_bundle().digest
    four = oh.load_bundle("four-convolutions")
    assert four.header.network.hidden == (38,)
    oh.save_bundle(four, str(tmp_path / "mine.safetensors"))
    assert oh.load_bundle(tmp_path / "mine.safetensors").digest == four.digest
    with pytest.raises(BundleError, match="caracters"):
        oh.load_bundle("caracters")


def test_an_unsigned_bundle_is_refused_where_keys_are_trusted(tmp_path: Path) -> None:
    file, keys = tmp_path / "mine.safetensors", tmp_path / "trusted.json"
    oh.save_bundle(oh.load_bundle(), file)
    with pytest.raises(BundleError, match=r"sign|key"):
        oh.load_bundle(file, trusted_keys=keys)


def test_parameters_by_name_and_by_file(tmp_path: Path) -> None:
    assert oh.load_parameters().information.name == "leti_hfo2_130nm"
    own = tmp_path / "lot7.toml"
    own.write_text('[set_information]\nname = "lot7"\ntitle = "Ours"\ncitations = []\nbase = "leti_hfo2_130nm"\n')
    loaded = oh.load_parameters(own)
    assert loaded.information.name == "lot7"
    assert set(loaded.borrowed.values()) == {"leti_hfo2_130nm"}
    with pytest.raises(ParameterError, match="nosuch"):
        oh.load_parameters("nosuch")


def test_a_strategy_with_its_settings() -> None:
    assert oh.strategy("hybrid") == strategy_named("hybrid")
    name, value = next((name, value) for name, value in settings_of(oh.strategy("closed-loop")).items() if value)
    assert settings_of(oh.strategy("closed-loop", **{name: value}))[name] == value
    with pytest.raises(SettingsError, match="no programming strategy 'hybird'"):
        oh.strategy("hybird")
    with pytest.raises(SettingsError, match="no setting 'colour'"):
        oh.strategy("closed-loop", colour=1)


def test_examples_and_chips_that_are_not_there() -> None:
    with pytest.raises(DataError, match="no data source 'nosuch'"):
        oh.load_examples("nosuch")
    with pytest.raises(SettingsError, match="no kind of chip 'nowhere'"):
        oh.connect("nowhere")
    with pytest.raises(ChipError):
        oh.connect("tcp://127.0.0.1:1")


def test_a_chip_behind_the_protocol_learns_as_one_in_this_process() -> None:
    task = oh.draw_tasks(oh.load_examples("digits"), oh.EpisodeShape(5, 2, 5))
    bundle = oh.load_bundle()
    with oh.connect("sim") as chip:
        remote = oh.adapt(bundle, task.support, task.support_labels, chips=chip)
    here = oh.adapt(bundle, task.support, task.support_labels, chips=oh.SimulatedChips(seed=0))
    assert remote.accuracy_by_update.tolist() == here.accuracy_by_update.tolist()
    assert remote.energy.tolist() == here.energy.tolist()


def test_without_pandas_a_frame_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.DataFrame({"chip": [0, 1]})
    assert pandas_frame(frame)["chip"].tolist() == [0, 1]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SettingsError, match="pandas is not installed"):
        pandas_frame(frame)


@pytest.mark.parametrize("size", ["tiny", ""])
def test_a_study_of_no_size_is_refused(size: str) -> None:
    with pytest.raises(SettingsError, match=f"no size '{size}'"):
        oh.run_study("energy", size=size)


def test_a_run_is_saved_and_cited(tmp_path: Path) -> None:
    table = tmp_path / "run[1]" / "fleet.parquet"  # a name, no pattern
    table.parent.mkdir()
    run = oh.run_fleet(2, "digits", workers=1, table=table)
    run.save_json(tmp_path / "fleet.json")
    assert type(run.result).model_validate_json((tmp_path / "fleet.json").read_text("utf-8")) == run.result
    assert pl.read_parquet(table, glob=False).equals(run.tables["chips"])
    assert list(run.figures()) == ["distribution"]
