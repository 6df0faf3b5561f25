"""The raw files: members of two archives, or of folders that they were unpacked into."""

import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ohmshot.characterisation.parameter_file import measured_source
from ohmshot.foundation.errors import MeasurementError
from ohmshot.foundation.foreign_files import MIB, MOST_BYTES, bytes_of, reading

RADAR = "radar-skywater-130nm.zip"
"""SkyWater 130 nm HfO2 cells; behind "RADAR", 10.1109/TED.2021.3097975."""
RELAXATION = "relaxation-three-technologies.zip"
"""Technologies A, B and C of the archive RRAM-Relaxation-Master-Model."""
RELAXATION_TIMES = (0.01, 0.1, 1.0, 4.0, 100.0, 1000.0, 10_000.0, 100_000.0)
"""s; reads of relaxation lie near these."""

Floats = NDArray[np.float64]


def member(folder: Path, archive: str, path: str) -> bytes:
    """Content of a raw file, unpacked where it is compressed.

    Raises:
        MeasurementError: it is neither in the archive nor beside it.
    """
    try:
        if (folder / path).is_file():
            content = bytes_of(folder / path)
        else:
            with reading(lambda reason: _not_there(folder, archive, path, reason)):
                content = _packed(folder / archive, path)
    except OSError as error:
        raise _not_there(folder, archive, path, error.strerror or str(error)) from error
    if not path.endswith(".gz"):
        return content
    with (
        reading(lambda reason: MeasurementError(f"{path} of {archive} is no whole gzip file: {reason}.")),
        gzip.open(io.BytesIO(content)) as file,
    ):
        unfolded = file.read(MOST_BYTES + 1)
    if len(unfolded) > MOST_BYTES:
        raise MeasurementError(f"{path} of {archive} unfolds to more than {MOST_BYTES // MIB} MiB.")
    return unfolded


def _packed(archive: Path, path: str) -> bytes:
    with zipfile.ZipFile(archive) as members:
        if members.getinfo(path).file_size > MOST_BYTES:
            raise OSError(f"{path} is larger than {MOST_BYTES // MIB} MiB")
        return members.read(path)


def _not_there(folder: Path, archive: str, path: str, reason: str) -> MeasurementError:
    return MeasurementError(f"{folder} holds neither {path} nor an archive {archive} with it: {reason}.")


def table(folder: Path, archive: str, path: str, names: list[str]) -> pl.DataFrame:
    """A raw table without heads: numbers between tabs."""
    content = member(folder, archive, path)
    with reading(lambda reason: MeasurementError(f"{path} of {archive} is no table of numbers: {reason}.")):
        return pl.read_csv(
            io.BytesIO(content), has_header=False, separator="\t", columns=range(len(names)), new_columns=names
        )


def numbers(folder: Path, archive: str, path: str) -> Floats:
    """A raw table without heads as an array, [rows, columns]."""
    content = member(folder, archive, path)
    with reading(lambda reason: MeasurementError(f"{path} of {archive} is no table of numbers: {reason}.")):
        return np.loadtxt(io.BytesIO(content), ndmin=2)


def sweep(folder: Path, name: str, inner: str) -> pl.DataFrame:
    """A RADAR sweep, pulse by pulse: ``device``, the swept voltage, and conductance before and after in uS."""
    names = ["device", "width_ns", "line_v", "wl_v", "before_ohm", "after_ohm"]
    rows = table(folder, RADAR, f"exptdata/sweeps/data/{name}", names)
    return rows.filter((pl.col("before_ohm") > 0) & (pl.col("after_ohm") > 0)).select(
        pl.col("device").cast(pl.Int64),
        pl.col(inner).round(4).alias("volts"),
        (1e6 / pl.col("before_ohm")).alias("before"),
        (1e6 / pl.col("after_ohm")).alias("after"),
    )


def changes_in_bakes(folder: Path, technology: str) -> pl.DataFrame:
    """Cells before and after a bake: ``device``, ``celsius``, ``seconds``, ``start`` and ``change`` in uS."""
    names = ["device", "seconds", "ohm", "siemens", "celsius"]
    rows = table(folder, RELAXATION, f"data/tech{technology}/bake.tsv.gz", names)
    fresh = rows.filter(pl.col("seconds") == 0).select("device", "celsius", start=1e6 * pl.col("siemens"))
    baked = rows.filter(pl.col("seconds") > 0).unique(["device", "celsius"], keep="last", maintain_order=True)
    joined = baked.join(fresh, on=["device", "celsius"], maintain_order="left")
    return joined.select(
        "device", "celsius", "seconds", "start", change=1e6 * pl.col("siemens") - pl.col("start")
    ).with_columns(pl.col("celsius").cast(pl.Float64))


def changes_at_room(folder: Path, technology: str, name: str) -> pl.DataFrame:
    """Cells left alone at room temperature, read from 10 ms on; columns as of `changes_in_bakes`, at 25 degrees."""
    names = ["device", "clock", "ohm", "siemens", "first", "range", "seconds"]
    rows = table(folder, RELAXATION, f"data/tech{technology}/{name}", names)
    rows = rows.filter(pl.col("seconds") > 0).with_columns(_nearest_time(rows.filter(pl.col("seconds") > 0)))
    rows = rows.unique(["device", "seconds"], keep="last", maintain_order=True)
    return rows.select(
        "device",
        pl.lit(25.0).alias("celsius"),
        "seconds",
        start=1e6 * pl.col("first"),
        change=1e6 * (pl.col("siemens") - pl.col("first")),
    )


def digest(folder: Path, archive: str) -> str:
    """Name of an archive with the start of its SHA-256, or that of the folder where it was unpacked."""
    path = folder / archive
    if not path.is_file():
        return f"{archive}, unpacked"
    return measured_source(path)


def _nearest_time(rows: pl.DataFrame) -> pl.Series:
    logs = np.log(np.array(RELAXATION_TIMES))
    nearest = np.abs(np.log(rows["seconds"].to_numpy())[:, None] - logs).argmin(axis=1)
    return pl.Series("seconds", np.array(RELAXATION_TIMES)[nearest])
