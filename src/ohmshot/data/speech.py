"""Spoken digits of six people, each with a microphone and an accent of their own.

Free Spoken Digit Dataset (Jackson et al., doi:10.5281/zenodo.1342401): ten digits, 50 recordings of each, 8 kHz, cut
to the word. One speaker judges, the other five are learned from; that makes six folds. The data are under CC BY-SA 4.0
and do not come with the package.
"""

import io
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import numpy.typing
import torch
from torch import Tensor

from ohmshot.data.archive import DataSet, find_data, members
from ohmshot.data.decoded import decoded_once
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import bytes_of, reading

SPEAKERS = ("george", "jackson", "lucas", "nicolas", "theo", "yweweler")
RECORDINGS = 50
"""Of each digit by each speaker."""
RATE_HZ = 8000
LENGTH = 8000
"""Samples that every recording is cut or padded to: one second."""
CITATION = "Jackson et al., Free Spoken Digit Dataset, doi:10.5281/zenodo.1342401"
_FULL_SCALE = 32768
_DIGITS = 10
_DATA = DataSet(
    "fsdd",
    "the Free Spoken Digit Dataset",
    "free-spoken-digits.zip",
    "recordings",
    "https://github.com/Jakobovski/free-spoken-digit-dataset/archive/26eb9aaf76e81b692f806f9140c2d2777410d7a1.zip",
)
_DECODING = "int16 at 8 kHz, one second around the middle, version 1"


def load_speech(
    held_out_speaker: str, part: Literal["training", "evaluation"], location: Path | None = None
) -> Examples:
    """Load the digits of one speaker, to judge by, or those of the other five, to learn from.

    A class is one digit of one speaker, a group a speaker, an example a recording. There is no checksum of the archive,
    which GitHub packs from a commit when it is asked for; every recording must be there, at 8 kHz with one channel of
    16 bits.

    Returns:
        Examples of float32 [1, 8000] from -1 to 1.

    Raises:
        DataUnavailableError: nowhere found, and the download did not answer; see `ohmshot.data.archive.find_data`.
        DataError: no such speaker, or found, but something is missing or damaged; the message says what.
    """
    if held_out_speaker not in SPEAKERS:
        raise DataError(f"There is no speaker '{held_out_speaker}'. Choose one of {', '.join(SPEAKERS)}.")
    source = find_data(_DATA, location)

    def decode() -> Examples:
        with members(_DATA, source, ".wav", 1) as files:
            return _decode(source, files)

    everyone = decoded_once("speech", source, _DECODING, decode)
    chosen = [
        number for number, speaker in enumerate(SPEAKERS) if (speaker == held_out_speaker) == (part == "evaluation")
    ]
    examples = everyone.of_groups(chosen)
    return replace(
        examples,
        name=f"speech-{held_out_speaker} {part}",
        values=examples.values.float() / _FULL_SCALE,
        group=torch.arange(len(chosen)).repeat_interleave(_DIGITS),
        group_names=tuple(SPEAKERS[number] for number in chosen),
    )


def load_recording(path: Path) -> Tensor:
    """Load one WAV file, 8 kHz and one channel of 16 bits: float32 [1, 8000] from -1 to 1, the second in its middle.

    Raises:
        DataError: the file cannot be read or is of another kind.
    """
    try:
        content = bytes_of(path)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    return torch.from_numpy(_samples(str(path), content).astype(np.float32))[None] / _FULL_SCALE


def _decode(source: Path, files: dict[PurePosixPath, Callable[[], bytes]]) -> Examples:
    """All recordings, int16 [speakers * digits, RECORDINGS, 1, LENGTH]."""
    names = [f"{digit}_{speaker}" for speaker in SPEAKERS for digit in range(_DIGITS)]
    values = np.empty((len(names), RECORDINGS, 1, LENGTH), dtype=np.int16)
    for place, name in enumerate(names):
        for number in range(RECORDINGS):
            path = PurePosixPath(f"{name}_{number}.wav")
            if path not in files:
                raise DataError(f"{source} is not whole: {path} is missing. Get it again from {_DATA.address}.")
            values[place, number, 0] = _samples(f"{source}: {path}", files[path]())
    return Examples(
        name="speech",
        values=torch.from_numpy(values),
        group=torch.arange(len(SPEAKERS)).repeat_interleave(_DIGITS),
        group_names=SPEAKERS,
        class_names=tuple(f"{speaker}/{digit}" for speaker in SPEAKERS for digit in range(_DIGITS)),
        citation=CITATION,
        references=("jackson2018fsdd", "davis1980comparison", "oshaughnessy1987speech"),
        kind="speech",
    )


def _samples(named: str, content: bytes) -> np.typing.NDArray[np.int16]:
    """The second in the middle of a WAV file, int16 [LENGTH]; a shorter one between zeros."""
    wrong = f"{named} is not a WAV file that can be read. Give one of 16 bits at {RATE_HZ} Hz."
    with reading(lambda _: DataError(wrong)), wave.open(io.BytesIO(content)) as recording:
        form = recording.getframerate(), recording.getnchannels(), 8 * recording.getsampwidth()
        samples = np.frombuffer(recording.readframes(recording.getnframes()), dtype="<i2")
    if form != (RATE_HZ, 1, 16):
        rate, channels, bits = form
        raise DataError(
            f"{named} has {rate} Hz, {channels} channels and {bits} bits; give {RATE_HZ} Hz, one channel and 16 bits."
        )
    if not samples.any():
        raise DataError(f"{named} is silent. Record it again.")
    if len(samples) >= LENGTH:
        first = (len(samples) - LENGTH) // 2
        return samples[first : first + LENGTH]
    lacking = LENGTH - len(samples)
    return np.pad(samples, (lacking // 2, lacking - lacking // 2))
