"""Electromyograms: a data set in miniature, the real one where it is, and invented ones."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from ohmshot.data import emg
from ohmshot.data.emg import load_emg
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.examples import Examples
from ohmshot.data.invented_emg import invented_emg
from ohmshot.data.source import evaluation_examples, training_examples
from ohmshot.foundation.errors import DataError
from ohmshot.meta.material import preprocessing_for, stored

REAL = next(
    (
        place
        for place in (Path(os.environ.get("OHMSHOT_DATA", "nowhere")), Path(__file__).parents[3] / "shared" / "data")
        if (place / "myo").is_dir()
    ),
    None,
)


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two people whose sample i of channel c in hold h of gesture g of session s is 100 s + 10 h + g, or c or i."""
    monkeypatch.setitem(emg.PEOPLE, "evaluation", 2)
    monkeypatch.setitem(emg.PEOPLE, "training", 2)
    monkeypatch.setenv("OHMSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OHMSHOT_DATA", raising=False)
    for part, sessions in (
        ("EvaluationDataset", ("training0", "Test0", "Test1")),
        ("PreTrainingDataset", ("training0",)),
    ):
        for person in ("Female0", "Male3"):
            for s, session in enumerate(sessions):
                place = tmp_path / "data" / "myo" / part / person / session
                place.mkdir(parents=True)
                for number in range(28):
                    samples = np.zeros((950, 8), dtype="<i2")
                    samples[:, 0] = 100 * s + 10 * (number // 7) + number % 7
                    samples[:, 6] = np.arange(950)
                    samples[:, 7] = 7
                    samples.tofile(place / f"classe_{number}.dat")
    return tmp_path / "data" / "myo"


def test_windows_of_a_hold_follow_one_another_and_holds_those_of_earlier_sessions(small: Path) -> None:
    examples = load_emg("evaluation", small)
    assert examples.kind == "emg"
    assert examples.values.shape == (14, 12 * 9, 8, 100)
    assert examples.values.dtype == torch.float32
    assert examples.group.tolist() == [0] * 7 + [1] * 7
    assert examples.group_names == ("Female0", "Male3")
    assert examples.class_names[8] == "Male3/radial deviation"
    assert examples.recordings is not None
    assert examples.recordings.tolist() == [hold for hold in range(12) for _ in range(9)]
    assert (examples.support_recordings, examples.query_recordings) == ((0,), (4, 5, 6, 7, 8, 9, 10, 11))
    # Gesture 4, hold 2 of the last session, window 3.
    window = examples.values[4, (8 + 2) * 9 + 3]
    assert window[0].tolist() == [224.0] * 100
    assert window[6].tolist() == [float(i) for i in range(300, 400)]
    assert window[7].tolist() == [7.0] * 100


def test_people_to_learn_from_have_one_session_and_any_hold_may_be_the_support(small: Path) -> None:
    examples = load_emg("training", small.parent)  # a folder that holds the folder of this set
    assert examples.values.shape == (14, 4 * 9, 8, 100)
    assert (examples.support_recordings, examples.query_recordings) == ((), ())
    assert torch.equal(load_emg("training", small).values, examples.values)  # from the cache
    assert load_emg("training", small).recordings is not None


def test_an_archive_with_a_folder_around_it_gives_the_same(small: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "myo-armband.zip", "w") as archive:
        for file in small.rglob("*.dat"):
            archive.write(file, Path("MyoArmbandDataset-master") / file.relative_to(small))
    zipped = load_emg("training", tmp_path)
    assert torch.equal(zipped.values, load_emg("training", small).values)


def test_who_has_a_short_hold_is_left_out_and_named(small: Path) -> None:
    hold = small / "PreTrainingDataset" / "Male3" / "training0" / "classe_5.dat"
    hold.write_bytes(hold.read_bytes()[: 899 * 16])
    examples = load_emg("training", small)
    assert examples.group_names == ("Female0",)
    assert examples.classes == 7
    assert examples.citation.endswith("left out, with short holds: Male3")


def test_what_is_missing_or_damaged_is_named(small: Path) -> None:
    hold = small / "PreTrainingDataset" / "Male3" / "training0" / "classe_5.dat"
    hold.write_bytes(hold.read_bytes()[:-6])
    with pytest.raises(DataError, match=r"Male3/training0/classe_5\.dat ends within a sample"):
        load_emg("training", small)
    hold.unlink()
    with pytest.raises(DataError, match=r"Male3/training0/classe_5\.dat is missing"):
        load_emg("training", small)
    for file in hold.parent.iterdir():
        file.unlink()
    with pytest.raises(DataError, match="1 people in its part for training, not 2"):
        load_emg("training", small)
    with pytest.raises(DataError, match=r"expected myo-armband\.zip or the folder PreTrainingDataset"):
        load_emg("training", small / "EvaluationDataset")


@pytest.mark.skipif(REAL is None, reason="the EMG data are not on this machine")
@pytest.mark.parametrize(("part", "people", "holds"), [("training", 20, 4), ("evaluation", 18, 12)])
def test_the_real_data_are_as_described(part: emg.EmgPart, people: int, holds: int) -> None:
    examples = load_emg(part, REAL)
    assert examples.values.shape == (7 * people, 9 * holds, 8, 100)
    assert float(examples.values.min()) >= -128
    assert float(examples.values.max()) <= 127
    at_rest, pulling = examples.values[::7].abs().mean(), examples.values[1::7].abs().mean()
    assert float(at_rest) < 3 < 6 < float(pulling)
    if part == "training":
        assert examples.citation.endswith("Female0, Female2")


def accuracy(training: Examples, evaluated: Examples) -> float:
    """Nearest class mean after the preprocessing, 7 ways and 5 shots of one hold, queries of later sessions."""
    material = stored(evaluated, preprocessing_for(training), torch.device("cpu"))
    features = material.inputs(material.values).flatten(2)
    shape = EpisodeShape(7, 5, 15, scope="one group")
    episodes = sample_episodes(evaluated, shape, 100, torch.Generator().manual_seed(0))
    means = episodes.support(features).unflatten(1, (7, 5)).mean(2)
    nearest = torch.cdist(episodes.query(features), means).argmin(-1)
    return float((nearest == episodes.query_labels).float().mean())


def test_invented_people_are_like_real_ones() -> None:
    training, evaluated = training_examples("invented-emg"), evaluation_examples("invented-emg")
    assert training.values.shape == (12 * 7, 36, 8, 100)
    assert evaluated.values.shape == (8 * 7, 108, 8, 100)
    assert (evaluated.kind, evaluated.support_recordings) == ("emg", (0,))
    preprocessing = preprocessing_for(training)
    standardised = stored(training, preprocessing, torch.device("cpu")).inputs(training.values)
    assert standardised.shape == (84, 36, 16, 1, 1)
    torch.testing.assert_close(standardised.mean((0, 1)), torch.zeros(16, 1, 1), rtol=0, atol=1e-4)
    torch.testing.assert_close(standardised.std((0, 1)), torch.ones(16, 1, 1), rtol=0, atol=1e-3)
    # Another day costs some accuracy, as with real people (0.89 by the same measure).
    assert 0.8 < accuracy(training, evaluated) < 0.97


def test_invented_electromyograms_depend_on_their_seed_and_fit_the_converter() -> None:
    first, again, other = (invented_emg(seed, 1, 1) for seed in (1, 1, 2))
    assert torch.equal(first.values, again.values)
    assert not torch.equal(first.values, other.values)
    assert torch.equal(first.values, first.values.round().clamp(-128, 127))
