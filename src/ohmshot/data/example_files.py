"""Files to try the road from a folder of examples to an adapted chip with, before one has one's own."""

from pathlib import Path

import polars as pl

from ohmshot.data.examples import Examples
from ohmshot.data.gestures import invented_gestures
from ohmshot.foundation.frame_files import write_csv

SHOTS = 5
"""Examples of each new class that go into the support set; the others are queries."""


def write_example_files(folder: Path, seed: int, families: int = 20) -> None:
    """Write invented gestures as CSV files: ``train`` with two classes a family, five others to be learned.

    The five are in ``support`` and ``query``.

    Raises:
        OhmshotError: the folder cannot be written to.
    """
    known = invented_gestures(seed, families, 2, 20)
    _write(folder / "train", known, range(20))
    new = invented_gestures(seed + 1, 5, 1, 20)
    _write(folder / "support", new, range(SHOTS))
    _write(folder / "query", new, range(SHOTS, 20))


def _write(folder: Path, signals: Examples, examples: range) -> None:
    for name, values in zip(signals.class_names, signals.values, strict=True):
        for number in examples:
            columns = dict(zip("xyz", values[number].double().numpy().round(4), strict=True))
            write_csv(folder / name.replace("/", " ") / f"{number:02d}.csv", pl.DataFrame(columns))
