"""Partial results on disk: one Parquet file a finished chunk, so that a run that was stopped goes on."""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl

from ohmshot.fleet.settings import FleetRun
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.files import make_folder, replacing, write_text

MANIFEST = "run.json"


def parts_folder(table: Path) -> Path:
    """Folder beside a table that holds its parts until all of them are there."""
    return table.with_name(table.name + ".parts")


def open_parts(folder: Path, run: FleetRun) -> None:
    """Begin a run in a new folder, or make sure that the folder holds the same one.

    Raises:
        SettingsError: the folder holds another run, or something else.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        if folder.exists() and any(folder.iterdir()):
            raise SettingsError(f"{folder} holds something else than a fleet run. Choose another --table.")
        make_folder(folder)
        write_text(manifest, run.model_dump_json(indent=2) + "\n")
        return
    try:
        there = FleetRun.model_validate_json(manifest.read_text("utf-8"))
    except ValueError as error:
        raise SettingsError(f"{manifest} is damaged. Remove {folder} or choose another --table.") from error
    differing = [name for name in FleetRun.model_fields if getattr(there, name) != getattr(run, name)]
    if differing:
        raise SettingsError(
            f"{folder} holds an unfinished fleet run of another {', '.join(differing)}. "
            "Give the same settings to go on with it, remove the folder, or choose another --table."
        )


def write_part(folder: Path, numbers: range, rows: pl.DataFrame) -> None:
    """Keep the rows of a chunk; the file is whole or not there."""
    with replacing(folder / f"chips-{numbers.start:09d}-{numbers.stop:09d}.parquet") as temporary:
        rows.write_parquet(temporary)


def finished_chips(folder: Path) -> list[range]:
    """Chip numbers whose rows are there, rising."""
    paths = sorted(folder.glob("chips-*-*.parquet"))
    bounds = [tuple(int(number) for number in path.stem.split("-")[1:]) for path in paths]
    return [range(first, end) for first, end in bounds]


def missing_chunks(finished: list[range], chips: int, at_once: int) -> Iterator[range]:
    """Cut what is not there yet into chunks of at most ``at_once`` chips."""
    edges = [range(0), *finished, range(chips, chips)]
    for before, after in pairwise(edges):
        for first in range(before.stop, after.start, at_once):
            yield range(first, min(after.start, first + at_once))


def merge_parts(folder: Path, table: Path) -> pl.DataFrame:
    """Write all rows, chip after chip, as one table; then remove the parts."""
    rows = pl.concat([pl.read_parquet(path) for path in sorted(folder.glob("chips-*-*.parquet"))])
    with replacing(table) as temporary:
        rows.write_parquet(temporary)
    shutil.rmtree(folder)
    return rows
