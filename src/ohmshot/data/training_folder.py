"""A person's own classes to meta-train on: a folder with one folder a class, many classes."""

from pathlib import Path

import torch

from ohmshot.data.examples import Examples
from ohmshot.data.labelled_files import (
    PICTURES,
    FileKind,
    class_folders,
    example_files,
    load_labelled_files,
    signals_of,
    told_left_out,
    told_smallest,
)
from ohmshot.data.signal_files import channels_of
from ohmshot.foundation.errors import DataError

SIGNAL_LENGTH = 64
"""Instants that every signal is brought to, whatever its duration."""


def load_training_folder(folder: Path | None) -> Examples:
    """Load a folder of class folders with pictures (PNG, JPEG) or signals (CSV, NPY), all of one kind.

    Each class is a group of its own, so that single classes are held out. Where classes differ in number, each gives
    as many examples as the smallest has.

    Raises:
        DataError: no folder was given, or see `load_labelled_files`.
    """
    if folder is None:
        raise DataError("Give the folder of your classes with --data: one folder of examples a class.")
    kind = _kind(folder)
    files = load_labelled_files(folder, kind, 1)
    counts = torch.bincount(files.labels)
    fewest, classes = int(counts.min()), len(files.class_names)
    first = counts.cumsum(0) - counts
    values = files.values[first[:, None] + torch.arange(fewest)]
    group, citation = torch.arange(classes), f"own files in {folder.name}"
    told = (told_smallest(files.class_names, counts.tolist()), told_left_out(files, str(folder)))
    return Examples(
        f"own {folder.name}",
        values,
        group,
        files.class_names,
        files.class_names,
        citation,
        kind="drawing" if kind is PICTURES else "signal",
        notes=tuple(filter(None, told)),
    )


def _kind(folder: Path) -> FileKind:
    """Kind of the first file; all others must be of it."""
    signals = signals_of(1, SIGNAL_LENGTH)
    for place in class_folders(folder):
        if example_files(place, PICTURES):
            return PICTURES
        if found := example_files(place, signals):
            return signals_of(channels_of(found[0]), SIGNAL_LENGTH)
    raise DataError(f"The folders in {folder} hold no {PICTURES.named} and no {signals.named}.")
