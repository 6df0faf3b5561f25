"""Electromyograms (EMG) of hand gestures: what eight electrodes around the forearm measure, of 40 people.

Côté-Allard et al., SMC 2017 and IEEE TNSRE 27 (2019) 760: a Myo armband, 8 channels at 200 Hz of an 8-bit converter.
Every person holds seven gestures four times for about five seconds, 18 of the 40 in two later sessions again. A
person's gestures are a task of its own: the same gesture looks different on another arm. The data are under GPL-3.0
and do not come with the package.
"""

from collections.abc import Callable, Sequence
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

EmgPart = Literal["training", "evaluation"]
GESTURES = (
    "neutral",
    "radial deviation",
    "wrist flexion",
    "ulnar deviation",
    "wrist extension",
    "hand close",
    "hand open",
)
CHANNELS = 8
LENGTH = 100
"""Samples of one window: 0.5 s at 200 Hz."""
HOLDS = 4
"""Holds of each gesture in a session."""
WINDOWS = 9
"""Windows of each hold; 900 of about 1,000 samples, since most recordings miss a few."""
CITATION = (
    "Côté-Allard et al., IEEE Trans. Neural Syst. Rehabil. Eng. 27 (2019) 760-771, doi:10.1109/TNSRE.2019.2896269"
)
REFERENCES = ("cote2017transfer", "cote2019deep", "hudgins1993strategy")
_ADDRESS = "https://github.com/UlysseCoteAllard/MyoArmbandDataset/archive/4de3efef85356fbf565d96a150f386d99165cfee.zip"
_DECODING = "windows of 100 samples of 8 channels, 9 a hold, version 1"
_FOLDERS = {"training": "PreTrainingDataset", "evaluation": "EvaluationDataset"}
_SESSIONS = {"training": ("training0",), "evaluation": ("training0", "Test0", "Test1")}
PEOPLE = {"training": 22, "evaluation": 18}

Hold = np.typing.NDArray[np.int16]
"""[samples, channels]."""


def load_emg(part: EmgPart, location: Path | None = None) -> Examples:
    """Load the people to learn from (one session) or other ones to judge by (three sessions).

    A class is one gesture of one person, a group a person, a recording a hold: 0 to 3 of the first session, 4 to 7 and
    8 to 11 of the later ones. Evaluation learns from the first hold and is judged by the later sessions. People of whom
    a hold has not `WINDOWS` whole windows are left out; ``citation`` names them. There is no checksum of the archive,
    which GitHub packs from a commit when it is asked for; there must be 22 or 18 people with a file for every hold.

    Returns:
        Examples of [8, 100] counts of the converter (-128 to 127), windows of a hold one after another.

    Raises:
        DataUnavailableError: nowhere found, and the download did not answer; see `ohmshot.data.archive.find_data`.
        DataError: found, but something is missing or damaged; the message says what.
    """
    data = DataSet("myo", "the Myo armband's EMG", "myo-armband.zip", _FOLDERS[part], _ADDRESS)
    source = find_data(data, location)

    def decode() -> Examples:
        with members(data, source, ".dat", 3) as files:
            return _decode(part, source, files)

    return decoded_once(f"emg-{part}", source, _DECODING, decode)


def examples_of_holds(
    name: str, holds: Tensor, people: Sequence[str], citation: str, references: tuple[str, ...] = ()
) -> Examples:
    """Cut holds into windows.

    Args:
        name: the source.
        holds: counts, [people, gestures, holds, channels, samples], the holds of a session one after another; what a
            whole number of windows leaves over is not used.
        people: names of the people.
        citation: where the holds come from, in one line.
        references: the same as citation keys.
    """
    count, gestures, recordings, channels, samples = holds.shape
    windows = samples // LENGTH
    cut = holds[..., : windows * LENGTH].float().reshape(*holds.shape[:4], windows, LENGTH).movedim(-2, 3)
    later = tuple(range(HOLDS, recordings))
    return Examples(
        name=name,
        values=cut.reshape(count * gestures, recordings * windows, channels, LENGTH),
        group=torch.arange(count).repeat_interleave(gestures),
        group_names=tuple(people),
        class_names=tuple(f"{person}/{gesture}" for person in people for gesture in GESTURES),
        citation=citation,
        references=references,
        kind="emg",
        recordings=torch.arange(recordings).repeat_interleave(windows),
        support_recordings=(0,) if later else (),
        query_recordings=later,
    )


def samples_of(content: bytes) -> Hold:
    """Samples of a recording as the armband gives them: int16, little-endian, channel fastest, to [samples, 8].

    Raises:
        ValueError: the content ends within a sample.
    """
    return np.frombuffer(content, dtype="<i2").reshape(-1, CHANNELS)


def _decode(part: EmgPart, source: Path, files: dict[PurePosixPath, Callable[[], bytes]]) -> Examples:
    people = sorted({path.parts[0] for path in files})
    if len(people) != PEOPLE[part]:
        raise DataError(
            f"{source} is not whole: {len(people)} people in its part for {part}, not {PEOPLE[part]}. Get it again."
        )
    holds = {person: _holds_of(person, part, source, files) for person in people}
    used = [person for person in people if holds[person] is not None]
    left_out = [person for person in people if holds[person] is None]
    citation = f"{CITATION}; left out, with short holds: {', '.join(left_out)}" if left_out else CITATION
    values = torch.from_numpy(np.stack([each for each in holds.values() if each is not None]))
    return examples_of_holds(f"emg {part}", values, used, citation, REFERENCES)


def _holds_of(
    person: str, part: EmgPart, source: Path, files: dict[PurePosixPath, Callable[[], bytes]]
) -> np.typing.NDArray[np.int16] | None:
    """Holds of a person, [gestures, holds, channels, WINDOWS * LENGTH]; None where one is too short."""
    sessions = []
    for session in _SESSIONS[part]:
        read = []
        for number in range(HOLDS * len(GESTURES)):
            path = PurePosixPath(person, session, f"classe_{number}.dat")
            if path not in files:
                raise DataError(f"{source} is not whole: {path} is missing. Get it again.")
            try:
                hold = samples_of(files[path]())
            except ValueError as error:
                raise DataError(f"{source}: {path} ends within a sample. Get it again.") from error
            if len(hold) < WINDOWS * LENGTH:
                return None
            read.append(hold[: WINDOWS * LENGTH].T)
        sessions.append(np.stack(read).reshape(HOLDS, len(GESTURES), CHANNELS, -1).swapaxes(0, 1))
    return np.concatenate(sessions, axis=1)
