"""Features that a person computed: one table of numbers, one row an example, and a label for each row."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ohmshot.data.examples import Examples
from ohmshot.data.labelled_files import LabelledFiles, told_smallest
from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import reading, require_modest, text_of

FEATURES, LABELS = "features", "labels"
"""Names of the two arrays of an NPZ file."""
Array = np.typing.NDArray[Any]


def load_features(path: Path) -> Tensor:
    """Load features without labels: float32 [examples, features, 1].

    Args:
        path: an NPY file with an array [examples, features], or an NPZ file with one that is named ``features``.

    Raises:
        DataError: the file cannot be read, or it holds something else; the message says what was found.
    """
    return _values(path, _array(path, FEATURES) if _is_npz(path) else _npy(path))


def load_labelled_features(features: Path, labels: Path | None = None, fewest: int = 1) -> LabelledFiles:
    """Load features with their labels, which are whole numbers or words.

    Args:
        features: an NPY file with an array [examples, features] of finite real numbers; or an NPZ file with such an
            array named ``features`` and the labels, [examples], named ``labels``.
        labels: the labels beside an NPY file: NPY, or a text file with one label a line; None for an NPZ file.
        fewest: examples that each class must have.

    Returns:
        Values float32 [examples, features, 1]; an example's path is that of the file with the number of its row, from
        0, behind a colon.

    Raises:
        DataError: a file cannot be read, or it holds something else; the message says what was found and what would
            be right.
    """
    values = load_features(features)
    if labels is None and not _is_npz(features):
        raise DataError(
            f"{features} has no labels. Give them with --labels (NPY, or a text file with one a line), or make it an "
            f"NPZ file: numpy.savez('train.npz', {FEATURES}=..., {LABELS}=...)."
        )
    if labels is not None and _is_npz(features):
        raise DataError(f"{features} has its labels in itself. Leave --labels out, or give the features as NPY.")
    at, given = (features, _array(features, LABELS)) if labels is None else (labels, _given_labels(labels))
    names = _names(at, given)
    if len(names) != len(values):
        raise DataError(f"{features} has {len(values)} examples and {at} {len(names)} labels; give one for each.")
    classes = sorted(set(names), key=_in_order)
    for name in classes:
        if (found := names.count(name)) < fewest:
            raise DataError(f"The class '{name}' has {found} example{'s' * (found != 1)}; it needs {fewest}.")
    number = {name: place for place, name in enumerate(classes)}
    return LabelledFiles(
        tuple(classes),
        values,
        torch.tensor([number[name] for name in names]),
        tuple(Path(f"{features}:{row}") for row in range(len(values))),
    )


def load_feature_examples(path: Path | None) -> Examples:
    """Load features of many classes, from which tasks are drawn.

    Args:
        path: an NPZ file as of `load_labelled_features`. Of each class as many examples are taken as the smallest has,
            the first ones.

    Raises:
        DataError: no file is given, or as `load_labelled_features`.
    """
    if path is None or not _is_npz(path):
        raise DataError(
            f"The source features takes an NPZ file with the arrays {FEATURES} [examples, features] and {LABELS} "
            f"[examples]{'' if path is None else f', not {path}'}. Give it with --data FILE.npz."
        )
    read = load_labelled_features(path)
    rows = [torch.nonzero(read.labels == label).squeeze(1) for label in range(len(read.class_names))]
    counts = [len(of_class) for of_class in rows]
    each, smallest = min(counts), told_smallest(read.class_names, counts)
    return Examples(
        name=f"features of {path.name}",
        values=torch.stack([read.values[of_class[:each]] for of_class in rows]),
        group=torch.zeros(len(rows), dtype=torch.int64),
        group_names=(path.stem,),
        class_names=read.class_names,
        citation=f"features in {path.name}",
        kind="features",
        notes=() if smallest is None else (smallest,),
    )


def _is_npz(path: Path) -> bool:
    return path.suffix.lower() == ".npz"


def _npy(path: Path) -> Array:
    """The array of an NPY file; Python objects in it are never run."""
    _require_readable(path)
    with reading(
        lambda _: DataError(f"{path} is no NPY file of numbers. Write it with numpy.save of an array of numbers.")
    ):
        found = np.load(path, allow_pickle=False)
    if not isinstance(found, np.ndarray):
        raise DataError(f"{path} is an NPZ file by its content. Give it the ending .npz.")
    return found


def _require_readable(path: Path) -> None:
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error


def _array(path: Path, name: str) -> Array:
    """An array of an NPZ file by its name."""
    _require_readable(path)
    wanted = f"{path} is no NPZ file of numbers and words. Write it with numpy.savez."
    with reading(lambda _: DataError(wanted)), np.load(path, allow_pickle=False) as file:
        if isinstance(file, np.ndarray):
            raise DataError(f"{path} is an NPY file by its content. Give it the ending .npy.")
        if name not in file.files:
            raise DataError(
                f"{path} holds the arrays {', '.join(file.files) or 'none'}; it needs {FEATURES} and {LABELS}."
            )
        require_modest(file.zip)
        found: Array = file[name]
    if not isinstance(found, np.ndarray):  # a member that is no array comes as its bytes
        raise DataError(wanted)
    return found


def _values(path: Path, found: Array) -> Tensor:
    if not (np.issubdtype(found.dtype, np.floating) or np.issubdtype(found.dtype, np.integer)):
        raise DataError(f"The features in {path} are of the type {found.dtype}; give real numbers.")
    if found.ndim != 2 or not found.size:
        shape = " x ".join(map(str, found.shape)) or "a single number"
        raise DataError(f"The features in {path} are {shape}; give one row an example and one column a feature.")
    with np.errstate(over="ignore"):  # what is too large is told of below
        values = found.astype(np.float32)
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        raise DataError(
            f"Row {row}, column {column} of the features in {path} holds {found[row, column]} (rows and columns from 0)"
            "; give finite numbers of float32 only."
        )
    return torch.from_numpy(values)[..., None]


def _given_labels(path: Path) -> Array:
    if path.suffix.lower() != ".txt":
        return _npy(path)
    try:
        lines = text_of(path).splitlines()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file in UTF-8.") from error
    while lines and not lines[-1].strip():
        lines.pop()
    return np.array([line.strip() for line in lines], dtype=str)


def _names(path: Path, found: Array) -> list[str]:
    if found.ndim != 1:
        shape = " x ".join(map(str, found.shape)) or "a single one"
        raise DataError(f"The labels in {path} are {shape}; give one for each example, in one row.")
    if not (np.issubdtype(found.dtype, np.integer) or np.issubdtype(found.dtype, np.str_)):
        raise DataError(f"The labels in {path} are of the type {found.dtype}; give whole numbers or words.")
    names = [str(label) for label in found.tolist()]
    if "" in names:
        raise DataError(f"The label of row {names.index('')} (from 0) in {path} is empty; give every example one.")
    return names


def _in_order(name: str) -> tuple[bool, int, str]:
    """Numbers before words, 2 before 10."""
    is_number = name.removeprefix("-").isdecimal()
    return not is_number, int(name) if is_number else 0, name
