"""Partial results on disk: one Parquet file a finished chunk, so that a run that was stopped goes on."""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import polars as pl

from ohmshot.foundation.column_names import with_current_columns
from ohmshot.foundation.errors import SettingsError
from ohmshot.foundation.files import make_folder, write_text
from ohmshot.foundation.foreign_files import parquet_of, text_of
from ohmshot.foundation.frame_files import write_parquet
from ohmshot.foundation.records import Record

MANIFEST = "run.json"


def parts_folder(table: Path) -> Path:
    """Folder beside a table that holds its parts until all of them are there."""
    return table.with_name(table.name + ".parts")


def open_parts(folder: Path, run: Record) -> None:
    """Begin a run in a new folder, or make sure that the folder holds parts of this run.

    Raises:
        SettingsError: the folder holds another run, or something else.
    """
    manifest = folder / MANIFEST
    if not manifest.exists():
        if folder.exists() and any(folder.iterdir()):
            raise SettingsError(f"{folder} holds something else than such a run. Choose another --table.")
        make_folder(folder)
        write_text(manifest, run.model_dump_json(indent=2) + "\n")
        return
    try:
        there = type(run).model_validate_json(text_of(manifest))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{manifest} is damaged. Remove {folder} or choose another --table.") from error
    differing = [name for name in type(run).model_fields if getattr(there, name) != getattr(run, name)]
    if differing:
        raise SettingsError(
            f"{folder} holds an unfinished run of another {', '.join(differing)}. "
            "Give the same settings to go on with it, remove the folder, or choose another --table."
        )


def write_part(folder: Path, numbers: range, rows: pl.DataFrame) -> None:
    """Keep the rows of a chunk; the file is whole or not there."""
    write_parquet(folder / f"rows-{numbers.start:09d}-{numbers.stop:09d}.parquet", rows)


def finished_rows(folder: Path) -> list[range]:
    """Numbers of the rows that are there, rising."""
    paths = sorted(folder.glob("rows-*-*.parquet"))
    bounds = [tuple(int(number) for number in path.stem.split("-")[1:]) for path in paths]
    return [range(first, end) for first, end in bounds]


def missing_chunks(finished: list[range], total: int, at_once: int, stride: int) -> Iterator[range]:
    """Cut what is not there yet into chunks of at most ``at_once`` rows, none over a multiple of ``stride``."""
    edges = [range(0), *finished, range(total, total)]
    for before, after in pairwise(edges):
        first = before.stop
        while first < after.start:
            end = min(after.start, first + at_once, (first // stride + 1) * stride)
            yield range(first, end)
            first = end


def merge_parts(folder: Path, table: Path) -> pl.DataFrame:
    """Write all rows, in the order of their numbers, as one table; then remove the parts.

    Raises:
        SettingsError: a part is damaged; all of them stay.
    """
    rows = pl.concat([_part(path) for path in sorted(folder.glob("rows-*-*.parquet"))])
    write_parquet(table, rows)
    shutil.rmtree(folder)
    return rows


def _part(path: Path) -> pl.DataFrame:
    try:
        return with_current_columns(parquet_of(path))
    except ValueError as error:
        raise SettingsError(f"{path} is damaged ({error}). Remove it and give the same command again.") from error
