"""A person's own arrays, or any data set with labels, as examples of many classes."""

from collections.abc import Hashable, Sequence
from typing import Any, Literal, Protocol

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from ohmshot.data.examples import Examples
from ohmshot.foundation.errors import DataError

KINDS: dict[int, Literal["features", "signal", "image"]] = {2: "features", 3: "signal", 4: "image"}
"""Kinds of floating numbers, by the dimensions of their array."""
Arrays = tuple[Tensor | ArrayLike, Tensor | ArrayLike]
"""Examples and their labels."""


class LabelledDataset(Protocol):
    """A data set in the manner of `torch.utils.data.Dataset`: item i is an example and its label."""

    def __len__(self) -> int:
        """Return the number of examples."""

    def __getitem__(self, index: int, /) -> tuple[Any, Any]:
        """Return an example and its label."""


def examples_from(
    data: LabelledDataset | Tensor | ArrayLike,
    labels: Tensor | ArrayLike | None = None,
    groups: Sequence[Hashable] | None = None,
    name: str = "own examples",
) -> Examples:
    """Return arrays, or a data set in the manner of torch, as examples of many classes.

    Every class gives as many examples as the smallest has: its first ones. ``Examples.citation`` says how many were
    there.

    Args:
        data: features float [n, features], signals float [n, channels, length], images float [n, channels, height,
            width] prepared for their network, or drawings uint8 [n, side, side], 0 paper and 255 ink; or a data set
            whose item i is (one of these, its label).
        labels: label of each example, [n]: numbers or names; left out for a data set.
        groups: for each example a group, [n], such as an alphabet or a person; a class lies in one. Whole groups are
            held out. Each class is a group of its own where left out.
        name: what reports call the data.

    Raises:
        DataError: shapes or numbers that do not fit, or fewer than two classes.

    Examples:
        >>> import numpy as np, ohmshot as oh
        >>> examples = oh.examples_from(np.random.rand(10, 64), ["a"] * 6 + ["b"] * 4)
        >>> examples.kind, tuple(examples.values.shape), examples.class_names
        ('features', (2, 4, 64, 1), ('a', 'b'))
    """
    if labels is None:
        data, labels = _of_dataset(data)
    values, kind = _typed(torch.as_tensor(np.asarray(data)))
    known, label = np.unique(np.asarray(labels), return_inverse=True)
    if label.ndim != 1 or len(label) != len(values):
        raise DataError(f"{len(values)} examples need as many labels; there are {label.size}.")
    if len(known) < 2:
        raise DataError(f"{name} has {len(known)} class. Give at least two to tell apart.")
    counts = np.bincount(label)
    fewest = int(counts.min())
    order = np.argsort(label, kind="stable")
    first = torch.from_numpy(order[(np.cumsum(counts) - counts)[:, None] + np.arange(fewest)])
    names = tuple(str(each) for each in known)
    group, group_names = (torch.arange(len(names)), names) if groups is None else _groups(groups, label, names)
    held = f"{fewest}" if fewest == counts.max() else f"the first {fewest} of {fewest} to {counts.max()}"
    citation = f"{name}: {len(names)} classes, {held} examples of each"
    return Examples(name, values[first], group, group_names, names, citation, kind=kind)


def given_examples(data: "Examples | Arrays | LabelledDataset", name: str = "own examples") -> Examples:
    """Return what a person gave as examples of many classes: examples already, (values, labels), or a data set.

    Raises:
        DataError: see `examples_from`.
    """
    if isinstance(data, Examples):
        return data
    values, labels = data if isinstance(data, tuple) else (data, None)
    return examples_from(values, labels, name=name)


def _of_dataset(data: Any) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Read all of a data set: examples and labels."""
    if isinstance(data, Tensor | np.ndarray):
        raise DataError("Give the labels of these examples too, one each.")
    try:
        items = [data[index] for index in range(len(data))]
        return np.stack([np.asarray(item[0]) for item in items]), np.array([np.asarray(item[1]) for item in items])
    except (TypeError, IndexError, ValueError) as error:
        raise DataError(
            f"These data have no labels and are no data set of (example, label), all of one shape ({error}). Give "
            "arrays and their labels, or such a data set."
        ) from error


def _typed(values: Tensor) -> tuple[Tensor, Literal["features", "signal", "drawing", "image"]]:
    """Examples in the type of their kind, and the kind, by shape and type."""
    if values.dtype == torch.uint8 and values.ndim == 3 and values.shape[1] == values.shape[2]:
        return values, "drawing"
    if values.ndim not in KINDS or values.dtype.is_complex or 0 in values.shape:
        raise DataError(
            f"Examples of shape {tuple(values.shape)} and type {values.dtype} are no features [n, features], signals "
            "[n, channels, length], images [n, channels, height, width] or drawings uint8 [n, side, side]. Give one of "
            "these."
        )
    values = values.float()
    if not bool(torch.isfinite(values).all()):
        raise DataError("Some numbers of the examples are not finite. Leave these examples out, or mend them.")
    kind = KINDS[values.ndim]
    return (values[..., None] if kind == "features" else values), kind


def _groups(
    groups: Sequence[Hashable], label: np.ndarray[Any, Any], names: tuple[str, ...]
) -> tuple[Tensor, tuple[str, ...]]:
    """Group of each class, int64 [classes], and the names of the groups."""
    if len(groups) != len(label):
        raise DataError(f"{len(label)} examples need as many groups; there are {len(groups)}.")
    group_names, group = np.unique(np.asarray(groups), return_inverse=True)
    of_class = np.zeros(len(names), dtype=np.int64)
    of_class[label] = group
    for each in np.flatnonzero(of_class[label] != group)[:1]:
        raise DataError(f"The class {names[label[each]]} lies in two groups. Give each class one group.")
    return torch.from_numpy(of_class), tuple(str(each) for each in group_names)
