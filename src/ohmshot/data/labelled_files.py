"""A person's own examples: files in one folder a class."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.data.pictures import PICTURE_SUFFIXES, load_picture
from ohmshot.data.signal_files import load_signal, load_windows
from ohmshot.data.speech import load_recording
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import left_by_a_system
from ohmshot.foundation.text import one_line


@dataclass(frozen=True)
class FileKind:
    """A kind of file that holds examples.

    Attributes:
        named: name of the kind, for messages ("pictures (PNG or JPEG)").
        suffixes: endings of their names, in small letters.
        read: reads one file into its examples, [n, *shape of one example]; most kinds hold one a file.
    """

    named: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Tensor]


@dataclass(frozen=True)
class LabelledFiles:
    """Examples read from one folder a class; classes may differ in number.

    Attributes:
        class_names: names of the folders, sorted, fit to be shown.
        values: [n, *shape of one example].
        labels: int64 [n].
        paths: for each example the path of its file.
        left_out: what else lies in the folder and in those of the classes, hidden things not counted: files of no kind
            that is read here, files beside the classes, folders in those of the classes.
    """

    class_names: tuple[str, ...]
    values: Tensor
    labels: Tensor
    paths: tuple[Path, ...]
    left_out: tuple[Path, ...] = ()


PICTURES = FileKind("pictures (PNG or JPEG)", PICTURE_SUFFIXES, lambda path: load_picture(path)[None])

SPEECH = FileKind("recordings (WAV)", (".wav",), lambda path: load_recording(path)[None])


def signals_of(channels: int, length: int) -> FileKind:
    """Signals in CSV or NPY files, one row an instant and one column a channel; see `load_signal`."""
    return FileKind("signals (CSV or NPY)", (".csv", ".npy"), lambda path: load_signal(path, channels, length)[None])


def recordings_of(channels: int, length: int) -> FileKind:
    """Recordings in CSV, NPY or raw files, each cut into as many examples as it holds; see `load_windows`."""
    named = "recordings (CSV, NPY, or raw int16 as DAT or RAW)"
    return FileKind(named, (".csv", ".npy", ".dat", ".raw"), lambda path: load_windows(path, channels, length))


def load_labelled_files(folder: Path, kind: FileKind, fewest: int) -> LabelledFiles:
    """Load one folder a class.

    Args:
        folder: holds the folders of the classes.
        kind: kind of the files.
        fewest: examples that each class must have.

    Raises:
        DataError: the folder is missing or holds no classes, a class has too few examples, or a file is none.
    """
    classes = class_folders(folder)
    values: list[Tensor] = []
    paths: list[Path] = []
    labels: list[int] = []
    left_out = sorted(other for other in folder.iterdir() if not other.is_dir() and not left_by_a_system(other.name))
    for label, place in enumerate(classes):
        files = example_files(place, kind)
        others = _other_files(place, files)
        held = [(path, kind.read(path)) for path in files]
        found = sum(len(examples) for _, examples in held)
        if found < fewest:
            what = kind.named if found == len(held) else f"examples in {len(held)} {kind.named}"
            instead = f" The folder holds {others[0].name} and the like." if others else ""
            raise DataError(f"The class '{place.name}' has {found} {what}; it needs {fewest}.{instead}")
        left_out += others
        values += [examples for _, examples in held]
        paths += [path for path, examples in held for _ in examples]
        labels += [label] * found
    names = _names_of(classes)
    return LabelledFiles(names, torch.cat(values), torch.tensor(labels), tuple(paths), tuple(left_out))


def _names_of(classes: Sequence[Path]) -> tuple[str, ...]:
    """Names of classes as they are shown.

    Raises:
        DataError: two look alike, since they differ in how their letters are put together (Unicode's NFC and NFD) or in
            signs that are not shown as they are.
    """
    names = [unicodedata.normalize("NFC", one_line(place.name)) for place in classes]
    for number, name in enumerate(names):
        if name in names[:number]:
            raise DataError(f"Two classes in {classes[0].parent} are shown as '{name}'. Rename one of the folders.")
    return tuple(names)


def told_left_out(files: LabelledFiles, where: str) -> str | None:
    """One sentence on the files that are of no kind that is read, ``where`` ("the support set"); None without any."""
    if not files.left_out:
        return None
    return (
        f"Not read in {where}: {and_more(files.left_out)}. Examples are files of one kind in the folder of their class."
    )


def and_more(paths: Sequence[Path]) -> str:
    """The first of some files, and how many more there are."""
    return f"{paths[0]}{f' and {len(paths) - 1} more' if len(paths) > 1 else ''}"


def told_smallest(class_names: Sequence[str], counts: Sequence[int]) -> str | None:
    """One sentence where classes are cut to as many examples as the smallest has; None where all have as many."""
    fewest, most = min(counts), max(counts)
    if fewest == most:
        return None
    return (
        f"Its class '{class_names[counts.index(fewest)]}' has {fewest} of up to {most} examples, and each class gives "
        "as many as the smallest has."
    )


def _other_files(place: Path, files: list[Path]) -> list[Path]:
    """What lies in the folder of a class and is not among its files, sorted by name, without what is hidden."""
    others = set(place.iterdir()) - set(files)
    return sorted(other for other in others if not left_by_a_system(other.name))


def class_folders(folder: Path) -> list[Path]:
    """Folders of the classes in a folder, sorted by name; hidden ones and those that systems leave are left out.

    Raises:
        DataError: the folder is missing, not to be read, or holds no folders.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Give a folder that holds one folder of examples a class.")
    try:
        found = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not left_by_a_system(entry.name))
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}. Correct its permissions.") from error
    if not found:
        raise DataError(f"{folder} holds no folders. Put the examples of each class into a folder of its own in it.")
    return found


def read_file(path: Path, kind: FileKind) -> Tensor:
    """Read one file that a person named.

    Raises:
        DataError: there is no such file, or it is none of this kind.
    """
    _require_file(path)
    return kind.read(path)


def _require_file(path: Path) -> None:
    """See that a path leads to a file, which can be read without waiting for anybody to write it."""
    if path.is_file():
        return
    if path.is_dir():
        raise DataError(f"{path} is a folder. Give files.")
    if path.is_symlink():
        raise DataError(f"{path} is a link that leads to no file.")
    raise DataError(
        f"{path} is a device, a pipe or a socket. Give a file." if path.exists() else f"There is no file {path}."
    )


def read_files(paths: Sequence[Path], kind: FileKind) -> tuple[list[tuple[Path, Tensor]], list[DataError]]:
    """Read the files that a person named, and what is wrong with those that cannot be read.

    Raises:
        DataError: none can be read; what is wrong with the first.
    """
    read: list[tuple[Path, Tensor]] = []
    refused: list[DataError] = []
    for path in paths:
        try:
            read.append((path, read_file(path, kind)))
        except DataError as error:
            refused.append(error)
    if refused and not read:
        raise refused[0]
    return read, refused


def example_files(place: Path, kind: FileKind) -> list[Path]:
    """Files of a kind in the folder of one class, sorted by name.

    Raises:
        DataError: the folder cannot be read, or what is named as such a file is none.
    """
    try:
        found = sorted(entry for entry in place.iterdir() if entry.suffix.lower() in kind.suffixes)
    except OSError as error:
        raise DataError(f"{place} cannot be read: {error.strerror}. Correct its permissions.") from error
    files = [entry for entry in found if not left_by_a_system(entry.name) and not entry.is_dir()]
    for file in files:
        _require_file(file)
    return files
