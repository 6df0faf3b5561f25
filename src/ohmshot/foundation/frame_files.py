"""Tables as files, CSV or Parquet, whole or not there.

Polars makes the bytes and never touches the disk: what it raises on a full one is no `OSError`, and changes with its
versions.
"""

import io
from pathlib import Path

import polars as pl

from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import write_bytes


def write_parquet(path: Path, frame: pl.DataFrame) -> None:
    """Write a table as Parquet; see `ohmshot.foundation.files.replacing`."""
    content = io.BytesIO()
    frame.write_parquet(content)
    write_bytes(path, content.getvalue())


def write_csv(path: Path, frame: pl.DataFrame) -> None:
    """Write a table as CSV; see `ohmshot.foundation.files.replacing`."""
    content = io.BytesIO()
    frame.write_csv(content)
    write_bytes(path, content.getvalue())


def require_parquet_name(path: Path) -> None:
    """See before long work that a Parquet file will have the name of one.

    Raises:
        OhmshotError: its name ends otherwise; whoever opens ``x.csv`` would find no CSV in it.
    """
    if path.suffix.lower() != ".parquet":
        raise OhmshotError(f"{path}: this table is written as Parquet. Give a name that ends in .parquet.")
