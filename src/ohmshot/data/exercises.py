"""Shoulder exercises of ten people, told by the accelerometer and the gyroscope of a watch.

Burns et al., Physiol. Meas. 39 (2018) 075007: an Apple Watch, 50 Hz, 20 repetitions of each of seven physiotherapy
exercises with either arm. Ten of the 20 people come inside the package seglearn (BSD-3-Clause; ``pip install
'ohmshot[exercises]'``), so that nothing is downloaded. Two people judge, the other eight are learned from; that makes
five folds.
"""

import hashlib
import importlib.util
import io
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from ohmshot.data.archive import DataUnavailableError
from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import DataError

EXERCISES = (
    "pendulum",
    "abduction",
    "forward elevation",
    "internal rotation",
    "external rotation",
    "trapezius row",
    "bent over row",
)
ARMS = ("left", "right")
PEOPLE = 10
FOLDS = ("1", "2", "3", "4", "5")
CHANNELS = 6
"""Acceleration along three axes in g, then the rate of turning about them in rad/s."""
LENGTH = 100
"""Samples of one window: 2 s at 50 Hz."""
SUPPORT_WINDOWS = 5
"""Windows to learn from, one every second of the first six."""
QUERY_WINDOWS = 15
"""Windows to be judged by, spread over what comes after `PAUSE_END`."""
PAUSE_END = 400
"""Sample from which the queries begin, two seconds after the last one learned from."""
CITATION = "Burns et al., Physiol. Meas. 39 (2018) 075007, doi:10.1088/1361-6579/aacfd9"
_CHECKSUM = "eb122f23cdf06ef6bd6c6c5312958ec5cf9d038e2e6d457b8081662c75a42537"
"""SHA-256 of the file in seglearn 1.2.5: a pickle runs what stands in it, so only the known one is opened."""


def load_exercises(fold: str, part: Literal["training", "evaluation"], location: Path | None = None) -> Examples:
    """Load the exercises of two people, to judge by, or those of the other eight, to learn from.

    A class is one exercise of one arm, a group an arm of a person, an example a window of two seconds. Every recording
    is of about 20 repetitions in a row: it is learned from in its first six seconds (recording 0) and judged from its
    ninth second on (recording 1), by windows that overlap where a recording is short.

    Args:
        fold: "1" judges by people 1 and 2, "2" by people 3 and 4, to "5".
        part: those to learn from, or those to judge by.
        location: the file ``watch_dataset.npy``, or a folder that holds it; None for that of the installed package.

    Returns:
        Examples of float32 [6, 100] in g and rad/s.

    Raises:
        DataUnavailableError: seglearn is not installed.
        DataError: no such fold, or not the file that is known.
    """
    if fold not in FOLDS:
        raise DataError(f"There is no fold '{fold}' of the exercises. Choose one of {', '.join(FOLDS)}.")
    content = _file(location).read_bytes()
    if hashlib.sha256(content).hexdigest() != _CHECKSUM:
        raise DataError("The exercises are not those of seglearn 1.2.5. Install it: pip install 'ohmshot[exercises]'.")
    return _examples(np.load(io.BytesIO(content), allow_pickle=True).item(), fold, part)


def windows(recording: Tensor) -> Tensor:
    """Cut a recording [samples, channels] into windows, [SUPPORT_WINDOWS + QUERY_WINDOWS, channels, LENGTH]."""
    step = LENGTH // 2
    support = [number * step for number in range(SUPPORT_WINDOWS)]
    query = torch.linspace(PAUSE_END, len(recording) - LENGTH, QUERY_WINDOWS).long().tolist()
    return torch.stack([recording[first : first + LENGTH].T for first in (*support, *query)]).float()


def _file(location: Path | None) -> Path:
    name = "watch_dataset.npy"
    if location is not None:
        found = location / name if location.is_dir() else location
        if found.is_file():
            return found
    package = importlib.util.find_spec("seglearn")  # found and not imported: of seglearn only the data are used
    if package is None or package.origin is None:
        raise DataUnavailableError("The exercises come inside seglearn. Install it: pip install 'ohmshot[exercises]'.")
    return Path(package.origin).parent / "data" / name


def _examples(content: dict[str, Any], fold: str, part: Literal["training", "evaluation"]) -> Examples:
    recordings = {
        (int(person), int(arm), int(exercise)): torch.from_numpy(recording)
        for recording, person, arm, exercise in zip(
            content["X"], content["subject"], content["side"], content["y"], strict=True
        )
    }
    judged = {2 * FOLDS.index(fold) + 1, 2 * FOLDS.index(fold) + 2}
    people = [person for person in range(1, PEOPLE + 1) if (person in judged) == (part == "evaluation")]
    groups = [(person, arm) for person in people for arm in range(len(ARMS))]
    names = tuple(f"person {person}, {ARMS[arm]} arm" for person, arm in groups)
    return Examples(
        name=f"exercises-{fold} {part}",
        values=torch.stack(
            [windows(recordings[*group, exercise]) for group in groups for exercise in range(len(EXERCISES))]
        ),
        group=torch.arange(len(groups)).repeat_interleave(len(EXERCISES)),
        group_names=names,
        class_names=tuple(f"{name}/{exercise}" for name in names for exercise in EXERCISES),
        citation=CITATION,
        references=("burns2018shoulder", "hudgins1993strategy"),
        kind="motion",
        recordings=torch.tensor([0] * SUPPORT_WINDOWS + [1] * QUERY_WINDOWS),
        support_recordings=(0,),
        query_recordings=(1,),
    )
