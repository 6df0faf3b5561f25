"""A person's own examples: files in one folder a class."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ohmshot.data.pictures import load_picture
from ohmshot.data.signal_files import load_signal
from ohmshot.foundation.errors import DataError


@dataclass(frozen=True)
class FileKind:
    """A kind of file that holds examples.

    Attributes:
        named: name of the kind, for messages ("pictures (PNG or JPEG)").
        suffixes: endings of their names, in small letters.
        read: reads one file into a tensor of the shape of one example.
    """

    named: str
    suffixes: tuple[str, ...]
    read: Callable[[Path], Tensor]


@dataclass(frozen=True)
class LabelledFiles:
    """Examples read from one folder a class; classes may differ in number.

    Attributes:
        class_names: names of the folders, sorted.
        values: [n, *shape of one example].
        labels: int64 [n].
        paths: paths of the files.
    """

    class_names: tuple[str, ...]
    values: Tensor
    labels: Tensor
    paths: tuple[Path, ...]


PICTURES = FileKind("pictures (PNG or JPEG)", (".png", ".jpg", ".jpeg"), load_picture)


def signals_of(channels: int, length: int) -> FileKind:
    """Signals in CSV or NPY files, one row an instant and one column a channel; see `load_signal`."""
    return FileKind("signals (CSV or NPY)", (".csv", ".npy"), lambda path: load_signal(path, channels, length))


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
    paths: list[Path] = []
    labels: list[int] = []
    for label, place in enumerate(classes):
        found = example_files(place, kind)
        if len(found) < fewest:
            raise DataError(f"The class '{place.name}' has {len(found)} {kind.named}; it needs {fewest}.")
        paths += found
        labels += [label] * len(found)
    values = torch.stack([kind.read(path) for path in paths])
    return LabelledFiles(tuple(place.name for place in classes), values, torch.tensor(labels), tuple(paths))


def class_folders(folder: Path) -> list[Path]:
    """Folders of the classes in a folder, sorted by name; hidden ones are left out.

    Raises:
        DataError: the folder is missing, not to be read, or holds no folders.
    """
    if not folder.is_dir():
        raise DataError(f"There is no folder {folder}. Give a folder that holds one folder of examples a class.")
    try:
        found = sorted(entry for entry in folder.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    except OSError as error:
        raise DataError(f"{folder} cannot be read: {error.strerror}. Correct its permissions.") from error
    if not found:
        raise DataError(f"{folder} holds no folders. Put the examples of each class into a folder of its own in it.")
    return found


def example_files(place: Path, kind: FileKind) -> list[Path]:
    """Files of a kind in the folder of one class, sorted by name."""
    return sorted(
        entry for entry in place.iterdir() if entry.suffix.lower() in kind.suffixes and not entry.name.startswith(".")
    )
