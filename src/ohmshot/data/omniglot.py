"""Omniglot: found on this machine or downloaded, checked, and decoded once to a compact cache."""

import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import numpy as np
import numpy.typing
import pooch
import safetensors
import torch
from PIL import Image, UnidentifiedImageError

from ohmshot.data.examples import IMAGE_SIDE, Examples
from ohmshot.foundation.errors import DataError, OhmshotError
from ohmshot.foundation.files import cache_folder
from ohmshot.foundation.tensor_files import read_tensors, write_tensors

Part = Literal["background", "evaluation"]
CITATION = "Lake, Salakhutdinov, Tenenbaum, Science 350 (2015) 1332-1338, doi:10.1126/science.aab3050"
REFERENCES = ("lake2015omniglot",)
_ADDRESS = "https://github.com/brendenlake/omniglot/raw/master/python/"
_DECODING = "area average of 105 x 105 to 28 x 28, ink 255, version 1"
_ANSWER_WITHIN_S = 5


class OmniglotUnavailableError(DataError):
    """Omniglot is not on this machine and cannot be downloaded now."""


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

    Looked for in this order: ``location`` or else OHMSHOT_DATA; ``../shared/data/omniglot`` beside a checkout; the
    user's cache; a download. A place given by name must hold the data: there is no silent way round it.

    Raises:
        OmniglotUnavailableError: nowhere found, and the download did not answer.
        DataError: found, but something is missing or damaged; the message says what.
    """
    source = find_omniglot(part, location)
    kept = cache_folder() / f"omniglot-{part}-{_fingerprint(source)}.safetensors"
    cached = _read_cache(kept)
    if cached is not None:
        return cached
    drawings = _decode(part, source)
    _write_cache(kept, drawings)
    return drawings


def find_omniglot(part: Part, location: Path | None = None) -> Path:
    """Return the zip file or the folder of a part; see `load_omniglot`."""
    named = location or (Path(os.environ["OHMSHOT_DATA"]) if os.environ.get("OHMSHOT_DATA") else None)
    if named is not None:
        found = _inside(part, named)
        if found is None:
            raise DataError(
                f"{named} does not hold Omniglot: expected images_{part}.zip or the folder images_{part} in it. "
                "Correct --data or OHMSHOT_DATA, or leave both out."
            )
        return found
    for folder in (*_beside_checkouts(), cache_folder()):
        if found := _inside(part, folder):
            return found
    return _download(part)


def _beside_checkouts() -> Iterator[Path]:
    for folder in (Path(__file__).resolve().parents[3], Path.cwd()):
        if (folder / "pyproject.toml").is_file() and (folder / "src" / "ohmshot").is_dir():
            yield folder.parent / "shared" / "data" / "omniglot"


def _inside(part: Part, folder: Path) -> Path | None:
    if folder.name == f"images_{part}" and folder.is_dir():
        return folder
    candidates = (folder / f"images_{part}.zip", folder / f"images_{part}")
    return next((candidate for candidate in candidates if candidate.exists()), None)


def _download(part: Part) -> Path:
    name = f"images_{part}.zip"
    try:
        downloaded = pooch.retrieve(
            _ADDRESS + name,
            known_hash=f"md5:{CONTENTS[part].md5}",
            fname=name,
            path=cache_folder(),
            downloader=pooch.HTTPDownloader(timeout=_ANSWER_WITHIN_S),
        )
    except Exception as error:  # requests and pooch raise many kinds; all mean the same here
        raise OmniglotUnavailableError(
            f"Omniglot is not on this machine and could not be downloaded ({type(error).__name__}). "
            "Give its folder with --data or OHMSHOT_DATA."
        ) from error
    return Path(downloaded)


def _fingerprint(source: Path) -> str:
    entry = source.stat()
    text = f"{source.resolve()}|{entry.st_size}|{entry.st_mtime_ns}|{_DECODING}|{CONTENTS}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _read_cache(path: Path) -> Examples | None:
    try:
        tensors, names = read_tensors(path)
        return Examples(
            name=names["name"],
            values=tensors["images"],
            group=tensors["alphabet"],
            group_names=tuple(names["alphabets"].split("\n")),
            class_names=tuple(names["characters"].split("\n")),
            citation=CITATION,
            references=REFERENCES,
        )
    except (OSError, safetensors.SafetensorError, KeyError):
        return None  # not there, or damaged: it is decoded anew


def _write_cache(path: Path, drawings: Examples) -> None:
    names = {
        "name": drawings.name,
        "alphabets": "\n".join(drawings.group_names),
        "characters": "\n".join(drawings.class_names),
    }
    try:
        write_tensors(path, {"images": drawings.values, "alphabet": drawings.group}, names)
    except OhmshotError:
        return  # an unwritable cache only costs the next run a few seconds


def _decode(part: Part, source: Path) -> Examples:
    if source.is_dir():
        members = {
            PurePosixPath(file.relative_to(source).as_posix()): file.read_bytes for file in source.glob("*/*/*.png")
        }
        return _decode_members(part, source, members)
    try:
        with zipfile.ZipFile(source) as archive:
            members = {
                PurePosixPath(*PurePosixPath(name).parts[-3:]): _reader(archive, name)
                for name in archive.namelist()
                if name.endswith(".png") and "__MACOSX" not in name
            }
            return _decode_members(part, source, members)
    except (zipfile.BadZipFile, EOFError) as error:
        raise DataError(f"{source} is damaged: {error}. Get it again from the Omniglot repository.") from error


def _reader(archive: zipfile.ZipFile, name: str) -> Callable[[], bytes]:
    return lambda: archive.read(name)


def _decode_members(part: Part, source: Path, members: dict[PurePosixPath, Callable[[], bytes]]) -> Examples:
    characters: dict[tuple[str, str], list[PurePosixPath]] = {}
    for path in sorted(members):
        if len(path.parts) == 3:
            characters.setdefault((path.parts[0], path.parts[1]), []).append(path)
    _require_whole(part, source, characters)
    alphabets = sorted({alphabet for alphabet, _ in characters})
    images = [[_picture(source, path, members[path]) for path in paths] for paths in characters.values()]
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
    try:
        with Image.open(io.BytesIO(read())) as image:
            grey = image.convert("L").resize((IMAGE_SIDE, IMAGE_SIDE), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{source}: the picture {path} is damaged. Get the archive again.") from error
    return 255 - np.asarray(grey, dtype=np.uint8)
