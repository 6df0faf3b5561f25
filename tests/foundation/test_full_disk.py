"""On a full disk every writer of a file says so in one line and leaves the old file as it was."""

import io
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest
import torch
from matplotlib.figure import Figure

from ohmshot.adapt.fleet.parts import merge_parts, write_part
from ohmshot.bundle.file import save_bundle
from ohmshot.bundle.for_features import bundle_for
from ohmshot.characterisation.measurements import write_measurements
from ohmshot.foundation.errors import OhmshotError
from ohmshot.foundation.files import append_line, append_text, write_bytes, write_private, write_text
from ohmshot.foundation.frame_files import require_parquet_name, write_csv, write_parquet
from ohmshot.foundation.keys import make_device_key, make_signing_key
from ohmshot.foundation.tensor_files import write_tensors
from ohmshot.plot.style import save_png

MOST = 50
"""Bytes that a file may have here: what a full disk does, without filling one."""
FRAME = pl.DataFrame({"chip": range(100)})
READS = pl.DataFrame(
    {"experiment": ["read"] * 9, "device": ["d"] * 9, "cycle": [0] * 9, "conductance_microsiemens": [1.5] * 9}
)


@pytest.fixture
def full_disk() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def merged(path: Path) -> None:
    parts = path.with_name("parts")
    parts.mkdir()
    content = io.BytesIO()
    FRAME.write_parquet(content)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (before[1], before[1]))
    (parts / "rows-000000000-000000100.parquet").write_bytes(content.getvalue())
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    try:
        merge_parts(parts, path)
    finally:
        assert list(parts.iterdir()), "the parts were removed though their table could not be written"


WRITERS: dict[str, Callable[[Path], object]] = {
    "x.parquet": lambda path: write_parquet(path, FRAME),
    "x.csv": lambda path: write_csv(path, FRAME),
    "reads.parquet": lambda path: write_measurements(READS, path),
    "reads.csv": lambda path: write_measurements(READS, path),
    "rows-000000000-000000100.parquet": lambda path: write_part(path.parent, range(100), FRAME),
    "merged.parquet": merged,
    "x.png": lambda path: save_png(Figure(), path),
    "x.safetensors": lambda path: write_tensors(path, {"a": torch.zeros(9)}, {}),
    "bundle.safetensors": lambda path: save_bundle(bundle_for(4), path),
    "x.bytes": lambda path: write_bytes(path, bytes(99)),
    "x.txt": lambda path: write_text(path, "x" * 99),
    "trusted.json": lambda path: write_private(path, "x" * 99),
    "log": lambda path: append_text(path, "x" * 99),
    "journal": lambda path: append_line(path, "x" * 99),
}


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_one_line_and_the_old_file_stays(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("old")
    with pytest.raises(OhmshotError, match=r"The disk is full .*Free some space"):
        WRITERS[name](tmp_path / name)
    assert (tmp_path / name).read_text()[:3] == "old"
    assert {each.name for each in tmp_path.iterdir()} <= {name, "parts"}


@pytest.mark.usefixtures("full_disk")
@pytest.mark.parametrize("make", [make_signing_key, make_device_key])
def test_half_a_key_does_not_stay(make: Callable[[Path], object], tmp_path: Path) -> None:
    with pytest.raises(OhmshotError, match="cannot be written"):
        make(tmp_path / "key")
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_would_be_misnamed_is_refused(tmp_path: Path) -> None:
    require_parquet_name(tmp_path / "x.PARQUET")
    with pytest.raises(OhmshotError, match=r"x\.csv.*Give a name that ends in \.parquet"):
        require_parquet_name(tmp_path / "x.csv")


def test_polars_writes_no_file_by_itself() -> None:
    """Its errors of a full disk are no `OSError`; `ohmshot.foundation.frame_files` hands it memory."""
    root = Path(sys.modules["ohmshot"].__file__ or "").parent
    found = {
        path.name
        for path in root.rglob("*.py")
        for line in path.read_text().splitlines()
        if (".write_parquet(" in line or ".write_csv(" in line) and ">>>" not in line
    }
    assert found == {"frame_files.py"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("words", [["parameters", "list"], ["--version"], ["parameters", "--help"]])
def test_output_onto_a_full_disk_is_one_line(words: list[str]) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 (a device)
        done = subprocess.run(
            [sys.executable, "-m", "ohmshot", *words], stdout=full, stderr=subprocess.PIPE, text=True, env=os.environ
        )
    assert done.returncode == 2
    assert done.stderr == "ohmshot: The output could not be written: No space left on device.\n"
