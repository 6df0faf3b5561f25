"""Data sets that do not come with the package: found on this machine or downloaded, read from a zip or a folder."""

import contextlib
import os
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pooch

from ohmshot.foundation.errors import DataError
from ohmshot.foundation.files import cache_folder
from ohmshot.foundation.foreign_files import MIB, left_by_a_system, reading

_ANSWER_WITHIN_S = 5
MOST_OF_ONE = 16 * MIB
"""Bytes of one file of a data set, unpacked: pictures and recordings have thousands."""


class DataUnavailableError(DataError):
    """A data set is not on this machine and cannot be downloaded now."""


@dataclass(frozen=True)
class DataSet:
    """Where a data set may lie, and where it comes from.

    Attributes:
        name: its folder in a folder of several sets ("omniglot").
        title: its name for people.
        archive: name of its zip file.
        folder: name of the folder that holds it where it is unpacked.
        address: from where the archive is downloaded.
        checksum: of that archive as ``md5:...``; None where nobody publishes one.
    """

    name: str
    title: str
    archive: str
    folder: str
    address: str
    checksum: str | None = None


def find_data(data: DataSet, location: Path | None = None) -> Path:
    """Return the zip file or the unpacked folder of a data set.

    Looked for in this order: ``location`` or else OHMSHOT_DATA, the folder of this set or one that holds it;
    ``../shared/data/NAME`` beside a checkout; the user's cache; a download. A place given by name must hold the data:
    there is no silent way round it.

    Raises:
        DataUnavailableError: nowhere found, and the download did not answer.
        DataError: not in the place that was named.
    """
    named = location or (Path(os.environ["OHMSHOT_DATA"]) if os.environ.get("OHMSHOT_DATA") else None)
    if named is not None:
        found = _inside(data, named) or _inside(data, named / data.name)
        if found is None:
            raise DataError(
                f"{named} does not hold {data.title}: expected {data.archive} or the folder {data.folder} in it. "
                "Correct --data or OHMSHOT_DATA, or leave both out."
            )
        return found
    for folder in (*_beside_checkouts(data), cache_folder()):
        if found := _inside(data, folder):
            return found
    return _download(data)


@contextlib.contextmanager
def members(data: DataSet, source: Path, suffix: str, depth: int) -> Iterator[dict[PurePosixPath, Callable[[], bytes]]]:
    """Give the files of a data set with a suffix: functions that read them, by the last ``depth`` parts of their path.

    Hidden files and what systems leave are no part of it.

    Only those in the set's folder count, where an archive has a folder of that name.

    Raises:
        DataError: the archive is damaged; also while one of its files is read.
    """
    if source.is_dir():
        pattern = "*/" * (depth - 1) + f"*{suffix}"
        files = ((PurePosixPath(file.relative_to(source).as_posix()), file) for file in source.glob(pattern))
        yield {path: file.read_bytes for path, file in files if not any(map(left_by_a_system, path.parts))}
        return

    def damaged(reason: str) -> DataError:
        return DataError(f"{source} is damaged: {reason}. Get it again from {data.address}.")

    with contextlib.ExitStack() as opened:
        with reading(damaged):
            archive = opened.enter_context(zipfile.ZipFile(source))
        # Parts of a path are looked at, and nothing is unpacked: a member leads to no place outside the archive.
        found = [(PurePosixPath(each.filename), each) for each in archive.infolist() if each.filename.endswith(suffix)]
        within = [(path, each) for path, each in found if data.folder in path.parts[:-depth]] or found
        yield {
            PurePosixPath(*path.parts[-depth:]): _reader(archive, each, damaged)
            for path, each in within
            if not any(map(left_by_a_system, path.parts))
        }


def _beside_checkouts(data: DataSet) -> Iterator[Path]:
    for folder in (Path(__file__).resolve().parents[3], Path.cwd()):
        if (folder / "pyproject.toml").is_file() and (folder / "src" / "ohmshot").is_dir():
            yield folder.parent / "shared" / "data" / data.name


def _inside(data: DataSet, folder: Path) -> Path | None:
    if folder.name == data.folder and folder.is_dir():
        return folder
    candidates = (folder / data.archive, folder / data.folder)
    return next((candidate for candidate in candidates if candidate.exists()), None)


def _download(data: DataSet) -> Path:
    try:
        downloaded = pooch.retrieve(
            data.address,
            known_hash=data.checksum,
            fname=data.archive,
            path=cache_folder(),
            downloader=pooch.HTTPDownloader(timeout=_ANSWER_WITHIN_S),
        )
    except Exception as error:  # requests and pooch raise many kinds; all mean the same here
        raise DataUnavailableError(
            f"{data.title} is not on this machine and could not be downloaded ({type(error).__name__}). "
            "Give its folder with --data or OHMSHOT_DATA."
        ) from error
    return Path(downloaded)


def _reader(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, damaged: Callable[[str], DataError]
) -> Callable[[], bytes]:
    def read() -> bytes:
        with reading(damaged):
            if member.file_size > MOST_OF_ONE:
                raise damaged(f"{member.filename} unpacks to {member.file_size} bytes; {MOST_OF_ONE} are taken")
            return archive.read(member)

    return read
