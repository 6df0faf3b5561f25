"""Spoken digits: a data set in miniature, and the real one where it is."""

import os
import wave
from pathlib import Path

import numpy as np
import pytest
import torch

from ohmshot.data import speech
from ohmshot.data.labelled_files import SPEECH, load_labelled_files
from ohmshot.data.source import evaluation_examples, training_examples
from ohmshot.data.speech import SPEAKERS, load_recording, load_speech
from ohmshot.foundation.errors import DataError
from ohmshot.meta.material import preprocessing_for, stored

REAL = next(
    (
        place
        for place in (Path(os.environ.get("OHMSHOT_DATA", "nowhere")), Path(__file__).parents[3] / "shared" / "data")
        if (place / "fsdd").is_dir()
    ),
    None,
)


def write(path: Path, samples: list[int], rate: int = 8000, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as recording:
        recording.setparams((channels, 2, rate, 0, "NONE", ""))
        recording.writeframes(np.array(samples, dtype="<i2").tobytes())


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two recordings of three samples of each digit: the number of the speaker, the digit + 1, the recording."""
    monkeypatch.setattr(speech, "RECORDINGS", 2)
    monkeypatch.setenv("OHMSHOT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("OHMSHOT_DATA", raising=False)
    place = tmp_path / "data" / "fsdd" / "recordings"
    place.mkdir(parents=True)
    for number, speaker in enumerate(SPEAKERS):
        for digit in range(10):
            for recording in range(2):
                write(place / f"{digit}_{speaker}_{recording}.wav", [number, digit + 1, recording])
    return tmp_path / "data"


def test_one_speaker_is_judged_by_and_the_others_are_learned_from(small: Path) -> None:
    judged, learned = (load_speech("lucas", part, small) for part in ("evaluation", "training"))
    assert (judged.name, judged.kind, judged.group_names) == ("speech-lucas evaluation", "speech", ("lucas",))
    assert judged.values.shape == (10, 2, 1, 8000)
    assert judged.values.dtype == torch.float32
    assert judged.class_names[3] == "lucas/3"
    assert learned.values.shape == (50, 2, 1, 8000)
    assert learned.group_names == ("george", "jackson", "nicolas", "theo", "yweweler")
    assert learned.group.tolist() == [speaker for speaker in range(5) for _ in range(10)]
    # Three samples in the middle of a second: 3998 zeros before them, 3999 behind.
    theo = 32768 * learned.values[30 + 7, 1, 0]
    assert theo[3998:4001].tolist() == [4.0, 8.0, 1.0]
    assert int(theo.count_nonzero()) == 3
    assert torch.equal(load_speech("lucas", "evaluation", small).values, judged.values)  # from the cache


def test_what_is_missing_or_wrong_is_named(small: Path) -> None:
    with pytest.raises(DataError, match=r"no speaker 'nobody'\. Choose one of george"):
        load_speech("nobody", "training", small)
    victim = small / "fsdd" / "recordings" / "4_theo_1.wav"
    victim.write_bytes(b"no sound")
    with pytest.raises(DataError, match=r"4_theo_1\.wav is not a WAV file"):
        load_speech("theo", "training", small)
    victim.unlink()
    with pytest.raises(DataError, match=r"not whole: 4_theo_1\.wav is missing"):
        load_speech("theo", "training", small)


def test_a_recording_of_ones_own_is_cut_to_the_second_in_its_middle(tmp_path: Path) -> None:
    write(tmp_path / "long.wav", [0] * 100 + list(range(1, 8001)) + [0] * 101)
    sound = load_recording(tmp_path / "long.wav")
    assert sound.shape == (1, 8000)
    assert (32768 * sound[0, [0, -1]]).tolist() == [1.0, 8000.0]
    (tmp_path / "words" / "yes").mkdir(parents=True)
    (tmp_path / "long.wav").rename(tmp_path / "words" / "yes" / "1.wav")
    assert torch.equal(load_labelled_files(tmp_path / "words", SPEECH, 1).values, sound[None])


def test_a_recording_of_another_kind_is_told(tmp_path: Path) -> None:
    write(tmp_path / "fast.wav", [1, 2], rate=16000)
    with pytest.raises(DataError, match="has 16000 Hz, 1 channels and 16 bits; give 8000 Hz"):
        load_recording(tmp_path / "fast.wav")
    write(tmp_path / "stereo.wav", [1, 2], channels=2)
    with pytest.raises(DataError, match="2 channels"):
        load_recording(tmp_path / "stereo.wav")
    write(tmp_path / "silent.wav", [0, 0])
    with pytest.raises(DataError, match="is silent"):
        load_recording(tmp_path / "silent.wav")
    with pytest.raises(DataError, match="cannot be read"):
        load_recording(tmp_path / "none.wav")


@pytest.mark.skipif(REAL is None, reason="the spoken digits are not on this machine")
def test_the_real_digits_can_be_told_apart_by_their_images() -> None:
    learned, judged = training_examples("speech-jackson", REAL), evaluation_examples("speech-jackson", REAL)
    assert learned.values.shape == (50, 50, 1, 8000)
    assert judged.values.shape == (10, 50, 1, 8000)
    material = stored(judged, preprocessing_for(learned), torch.device("cpu"))
    assert material.shape == (20, 1, 12)
    images = material.inputs(material.values).flatten(2)
    means = images[:, :25].mean(1)
    nearest = torch.cdist(images[:, 25:].flatten(0, 1), means).argmin(-1)
    assert float((nearest == torch.arange(10).repeat_interleave(25)).float().mean()) > 0.9
