"""Files to try the road from a folder of examples to an adapted chip with, before one has one's own."""

import io
from pathlib import Path

import polars as pl

from ohmshot.data.drawn_symbols import drawn_symbols
from ohmshot.data.examples import Examples
from ohmshot.data.gestures import invented_gestures
from ohmshot.foundation.files import write_bytes
from ohmshot.foundation.frame_files import write_csv

SHOTS = 5
"""Examples of each new class that go into the support set; the others are queries."""


DRAWN = 15
"""Drawings of each symbol: `SHOTS` to learn from, the others to ask."""


def write_example_drawings(folder: Path, seed: int) -> None:
    """Write drawings of five symbols as PNG files, in ``support`` and ``query``; the shipped bundle knows none of them.

    Raises:
        OhmshotError: the folder cannot be written to.
    """
    for name, drawings in drawn_symbols(seed, DRAWN).items():
        for number, drawing in enumerate(drawings):
            content = io.BytesIO()
            drawing.save(content, "PNG")
            part = "support" if number < SHOTS else "query"
            write_bytes(folder / part / name / f"{number:02d}.png", content.getvalue())


def write_example_gestures(folder: Path, seed: int, families: int = 20) -> None:
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
