"""Whatever has happened to a file, it is read rightly or refused in one line: no traceback, no hang, no gigabytes."""

import collections
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from attack import TooLongError, attack, in_time, outcome, within_memory
from bombs import BOMBS, ENDLESS, write
from readers import NOT_FROM_PEOPLE, READERS, Reader

import ohmshot

HERE = Path(__file__).parent
ONCE_FOUND = {
    "adapted chip": (2,),
    "archive": (3,),
    "features, NPY": (7,),
    "features, NPZ": (21, 70),
    "form": (43, 236),
    "metrics": (0, 2, 4, 5, 8, 11, 12, 20),
    "part": (0,),
    "picture, TIFF": (14,),
    "preset": (2,),
    "result": (7,),
    "signal, CSV": (297, 321, 465),
    "signal, NPY": (18,),
}
"""Numbers of damages that no reader answered rightly before; they stay in the sample."""
SAMPLE = range(8)
OF_EACH = 520
"""Damages of each reader in the slow test: more than 20,000 together, the same ones every time."""
QUICK_BOMBS = (
    "PostScript by the name of a picture",
    "features of 10^12 numbers",
    "a signal of 10^10 numbers",
    "a shape of deep brackets",
    "Python objects in features",
    "brackets, 10^6 deep",
    "objects, 10^6 deep",
    "tables, 10^5 deep",
    "inline tables, 10^5 deep",
    "keys, 10^5 deep",
    "a header of 2^63 bytes",
)


@pytest.mark.parametrize("reader", READERS, ids=[reader.name for reader in READERS])
def test_a_sample_of_damages_is_refused_or_read(reader: Reader) -> None:
    for numbers in (SAMPLE, *(range(number, number + 1) for number in ONCE_FOUND.get(reader.name, ()))):
        counts, found = attack(reader, numbers)
        assert found == []
        assert counts.total() == len(numbers)


@pytest.mark.parametrize("reader", READERS, ids=[reader.name for reader in READERS])
def test_the_whole_file_is_read(reader: Reader, tmp_path: Path) -> None:
    """Or damages would be refused for the wrong reason."""
    path = tmp_path / "in" / reader.name_of_file
    path.parent.mkdir()
    path.write_bytes(reader.seed(path.parent))
    path.chmod(0o600)
    assert outcome(reader.read, path, True) == "accepted"


READING = re.compile(
    r"\b(read_bytes|read_text|bytes_of|text_of|parquet_of|read_tensors|safe_open|ZipFile|read_parquet|scan_parquet|loadmat)\("
    r"|\b(np|Image|wave|gzip)\.(load|open)\(|\.open\((\"r|\)|buffering)|load_cert_chain\("
)


def test_every_module_that_reads_files_has_a_reader_under_attack() -> None:
    """A new reader is not forgotten: it goes into the table, or into the list of those that need none."""
    root = Path(ohmshot.__file__).parent
    reading = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if any(
            READING.search(line) and ">>>" not in line and "def " not in line for line in path.read_text().splitlines()
        )
    }
    attacked = {module for reader in READERS for module in reader.modules}
    assert attacked.isdisjoint(NOT_FROM_PEOPLE)
    assert reading <= attacked | set(NOT_FROM_PEOPLE)
    for module in attacked | set(NOT_FROM_PEOPLE):
        assert (root / module).exists(), module


BY_THEMSELVES = {
    "foundation/foreign_files.py",
    "workbench/worker.py",  # what the server has written
    "workbench/jobs.py",  # what the worker has written
    "workbench/server.py",  # under the limits of a request; catches what deep nesting raises
    "programming/policies/__init__.py",  # likewise, of a message
    "meta/trained_bundle.py",  # what it has just made
    "study/own_backbone.py",
    "adapt/journal.py",  # lines that it has checked before
    "study/periphery.py",  # a file of the package
    "studies/controller/gates.py",  # likewise
    "studies/validation/raw_data.py",  # likewise
    "controller/rtl/gates/cells.py",  # likewise
    "controller/rtl/gates/synthesis.py",  # what yosys has just written
}
"""Modules that call a parser without the limits of `ohmshot.foundation.foreign_files`, and why they may."""


def test_text_of_others_is_parsed_in_one_place() -> None:
    """Parsers raise more on deep nesting and long numbers than their documentation says."""
    root = Path(ohmshot.__file__).parent
    parsing = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if re.search(r"\b(json|tomllib)\.loads?\(", path.read_text())
    }
    assert parsing == BY_THEMSELVES


@pytest.mark.parametrize("name", QUICK_BOMBS)
def test_a_bomb_is_refused(name: str, tmp_path: Path) -> None:
    reader, path = write(name, tmp_path)
    assert outcome(reader.read, path, True) == "refused"


def test_nothing_of_an_archive_is_written_anywhere(tmp_path: Path) -> None:
    reader, path = write("members that lead out of the archive", tmp_path)
    assert outcome(reader.read, path, True) == "accepted"
    assert [each.name for each in tmp_path.iterdir()] == ["set.zip"]


def test_what_takes_too_long_or_too_much_is_found(tmp_path: Path) -> None:
    """The limits are in force."""

    def never(_: Path) -> None:
        while True:
            pass

    def broken(_: Path) -> None:
        raise IndexError("out of range")

    with pytest.raises(TooLongError), in_time(1):
        never(tmp_path)
    assert outcome(broken, tmp_path, True).startswith("IndexError")
    assert outcome(lambda path: None, tmp_path, False) == "accepted, against its digest"
    with within_memory(), pytest.raises(MemoryError):
        bytearray(3 << 30)


def attacked(*arguments: str) -> list[dict[str, object]]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, (HERE, HERE.parent, *filter(None, sys.path))))}
    done = subprocess.run(
        [sys.executable, HERE / "attack.py", *arguments], capture_output=True, text=True, env=environment, timeout=900
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.mark.slow
def test_more_than_20_000_damages_are_refused_or_read() -> None:
    counts: collections.Counter[str] = collections.Counter()
    found = []
    for reader in READERS:
        *told, last = attacked("--reader", reader.name, "--count", str(OF_EACH))
        found += told
        counts.update(last["counts"])  # type: ignore[arg-type]
    print(dict(counts))
    assert found == []
    assert counts.total() == OF_EACH * len(READERS) > 20_000


@pytest.mark.slow
@pytest.mark.parametrize("name", [*BOMBS, *ENDLESS])
def test_bombs_are_refused_or_read_within_a_gibibyte(name: str) -> None:
    (told,) = attacked("--bomb", name)
    assert told["what"] in ("refused", "accepted"), told
    assert told["what"] == "refused" or "9,900" in name or "members" in name
