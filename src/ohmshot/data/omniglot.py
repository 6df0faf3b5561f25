"""Omniglot: found on this machine or downloaded, checked, and decoded once to a compact cache."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import numpy.typing
import torch
from PIL import Image

from ohmshot.data.archive import DataSet, find_data, members
from ohmshot.data.decoded import decoded_once
from ohmshot.data.examples import IMAGE_SIDE, Examples
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import reading

Part = Literal["background", "evaluation"]
CITATION = "Lake, Salakhutdinov, Tenenbaum, Science 350 (2015) 1332-1338, doi:10.1126/science.aab3050"
REFERENCES = ("lake2015omniglot",)
_ADDRESS = "https://github.com/brendenlake/omniglot/raw/master/python/"
_DECODING = "area average of 105 x 105 to 28 x 28, ink 255, version 1"


@dataclass(frozen=True)
class Contents:
    """Required counts of an archive, and the checksum of the original one."""

    alphabets: int
    characters: int
    drawings: int
    md5: str


CONTENTS: dict[str, Contents] = {
    "background": Contents(30, 964, 20, "68d2efa1b9178cc56df9314c21c6e718"),
    "evaluation": Contents(20, 659, 20, "6b91aef0f799c5bb55b94e3f2daec811"),
}


def load_omniglot(part: Part, location: Path | None = None) -> Examples:
    """Load the background (30 alphabets) or the evaluation part (20 alphabets).

    Raises:
        DataUnavailableError: nowhere found, and the download did not answer; see `ohmshot.data.archive.find_data`.
        DataError: found, but something is missing or damaged; the message says what.
    """
    folder = f"images_{part}"
    archive = f"{folder}.zip"
    data = DataSet("omniglot", "Omniglot", archive, folder, _ADDRESS + archive, f"md5:{CONTENTS[part].md5}")
    source = find_data(data, location)

    def decode() -> Examples:
        with members(data, source, ".png", 3) as files:
            return _decode_members(part, source, files)

    return decoded_once(f"omniglot-{part}", source, f"{_DECODING}|{CONTENTS}", decode)


def _decode_members(part: Part, source: Path, files: dict[PurePosixPath, Callable[[], bytes]]) -> Examples:
    characters: dict[tuple[str, str], list[PurePosixPath]] = {}
    for path in sorted(files):
        if len(path.parts) == 3:
            characters.setdefault((path.parts[0], path.parts[1]), []).append(path)
    _require_whole(part, source, characters)
    alphabets = sorted({alphabet for alphabet, _ in characters})
    images = [[_picture(source, path, files[path]) for path in paths] for paths in characters.values()]
    return Examples(
        name=f"omniglot {part}",
        values=torch.from_numpy(np.array(images, dtype=np.uint8)),
        group=torch.tensor([alphabets.index(alphabet) for alphabet, _ in characters]),
        group_names=tuple(alphabets),
        class_names=tuple(f"{alphabet}/{character}" for alphabet, character in characters),
        citation=CITATION,
        references=REFERENCES,
    )


def _require_whole(part: Part, source: Path, characters: dict[tuple[str, str], list[PurePosixPath]]) -> None:
    wanted = CONTENTS[part]
    for (alphabet, character), paths in characters.items():
        if len(paths) != wanted.drawings:
            raise DataError(
                f"{source} is not whole: {alphabet}/{character} has {len(paths)} drawings, not {wanted.drawings}."
            )
    alphabets = len({alphabet for alphabet, _ in characters})
    if (alphabets, len(characters)) != (wanted.alphabets, wanted.characters):
        raise DataError(
            f"{source} is not whole: {alphabets} alphabets with {len(characters)} characters, "
            f"not {wanted.alphabets} with {wanted.characters}. Get it again from the Omniglot repository."
        )


def _picture(source: Path, path: PurePosixPath, read: Callable[[], bytes]) -> np.typing.NDArray[np.uint8]:
    with (
        reading(lambda _: DataError(f"{source}: the picture {path} is damaged. Get the archive again.")),
        Image.open(io.BytesIO(read()), formats=("PNG",)) as image,
    ):
        grey = image.convert("L").resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.BOX)
    return 255 - np.asarray(grey, dtype=np.uint8)
