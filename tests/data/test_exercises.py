"""Exercises with a watch: a data set in miniature, and the real one where the package that brings it is installed."""

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from ohmshot.bundle.header import MotionPreprocessing
from ohmshot.data import exercises
from ohmshot.data.archive import DataUnavailableError
from ohmshot.data.episodes import EpisodeShape, sample_episodes
from ohmshot.data.exercises import EXERCISES, FOLDS, load_exercises, windows
from ohmshot.data.source import PERSONAL, evaluation_examples, training_examples
from ohmshot.foundation.errors import DataError
from ohmshot.meta.material import preprocessing_for, stored

REAL = pytest.mark.skipif(importlib.util.find_spec("seglearn") is None, reason="seglearn is not installed")


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Recordings that hold the person, the arm, the exercise and the time in their first four channels."""
    recordings, person, arm, exercise = [], [], [], []
    for number in range(140):
        of = (number % 10 + 1, number // 10 % 2, number // 20)
        samples = np.zeros((947, 6))
        samples[:, :3] = of
        samples[:, 3] = np.arange(947)
        recordings.append(samples)
        for each, value in zip((person, arm, exercise), of, strict=True):
            each.append(value)
    content = {"X": recordings, "subject": np.array(person), "side": np.array(arm, float), "y": np.array(exercise)}
    np.save(tmp_path / "watch_dataset.npy", content, allow_pickle=True)
    checksum = hashlib.sha256((tmp_path / "watch_dataset.npy").read_bytes()).hexdigest()
    monkeypatch.setattr(exercises, "_CHECKSUM", checksum)
    return tmp_path


def test_two_people_are_judged_and_the_other_eight_learned_from(small: Path) -> None:
    judged, learned = (load_exercises("2", part, small) for part in ("evaluation", "training"))
    assert judged.values.shape == (28, 20, 6, 100)
    assert judged.values.dtype == torch.float32
    assert judged.group_names == tuple(f"person {n}, {arm} arm" for n in (3, 4) for arm in ("left", "right"))
    assert judged.values[8, 0, :3, 0].tolist() == [3, 1, 1]
    assert judged.class_names[8] == "person 3, right arm/abduction"
    assert learned.values[:, 0, 0, 0].unique().tolist() == [1, 2, 5, 6, 7, 8, 9, 10]
    assert len(learned.group_names) == 16


def test_queries_begin_two_seconds_after_what_was_learned_from(small: Path) -> None:
    first = load_exercises("1", "evaluation", small).values[0, :, 3, 0].tolist()
    assert first[:5] == [0, 50, 100, 150, 200]
    assert first[5] == 400
    assert first[-1] == 947 - 100
    assert first[5:] == sorted(set(first[5:]))
    ramp = torch.arange(2000.0)[:, None].expand(-1, 6)
    assert windows(ramp)[-1, 0].tolist() == list(range(1900, 2000))
    shape = EpisodeShape(7, 5, 15, "one group")
    episodes = sample_episodes(load_exercises("1", "evaluation", small), shape, 20, torch.Generator().manual_seed(0))
    assert int(episodes.support_drawings.max()) == 4
    assert int(episodes.query_drawings.min()) == 5


def test_what_is_not_the_known_file_is_refused(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DataError, match="no fold '6' of the exercises"):
        load_exercises("6", "training", small)
    (small / "watch_dataset.npy").write_bytes(b"another pickle")
    with pytest.raises(DataError, match=r"not those of seglearn 1\.2\.5"):
        load_exercises("1", "training", small)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(DataUnavailableError, match=r"pip install 'ohmshot\[exercises\]'"):
        load_exercises("1", "training")


def test_features_are_logarithms_of_strength_and_speed(small: Path) -> None:
    examples = load_exercises("1", "training", small)
    made = preprocessing_for(examples)
    assert isinstance(made, MotionPreprocessing)
    assert (made.channels, made.length, made.input) == (6, 100, (12, 1, 1))
    assert made.mean[4] == pytest.approx(np.log(0.01))  # a channel of zeros stands at the floor
    assert made.mean[9] == pytest.approx(0)  # the time moves by one a sample
    assert stored(examples, made, torch.device("cpu")).shape == (12, 1, 1)


@REAL
@pytest.mark.parametrize("fold", FOLDS)
def test_the_real_exercises_are_read_and_no_one_is_on_both_sides(fold: str) -> None:
    source = f"exercises-{fold}"
    assert PERSONAL[source] == "exercises"
    judged, learned = evaluation_examples(source), training_examples(source)
    assert not set(judged.group_names) & set(learned.group_names)
    assert (judged.classes, learned.classes) == (4 * len(EXERCISES), 16 * len(EXERCISES))
    still = judged.values[:, :, :3].mean(-1).norm(dim=-1).median()
    assert float(still) == pytest.approx(1, abs=0.15)  # an arm that does not fly off feels the earth's 1 g
