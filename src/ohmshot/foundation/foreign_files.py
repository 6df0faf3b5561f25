"""Files that others wrote: how much of one is read, and what is said where a library cannot read it."""

import contextlib
import errno
import json
import re
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ohmshot.foundation.errors import OhmshotError

if TYPE_CHECKING:
    import polars as pl

MIB = 1 << 20
MOST_TEXT = 32 * MIB
"""Bytes of a text: as objects of Python it takes up to thirty times as much."""
MOST_BYTES = 256 * MIB
"""Bytes of any other file that is read whole, or of what an archive holds."""
MOST_CELLS = 50_000_000
"""Rows times columns of a Parquet file, which can be a thousand times smaller than its table."""


DEEPEST_KEY = 50
"""Dots in a row of a key of TOML."""
_WORD_OF_TOML = re.compile(r"[^,=\[\]{}\n]+")


_OF_SYSTEMS = frozenset({"__macosx", "@eadir", "thumbs.db", "desktop.ini", "$recycle.bin", "system volume information"})


def left_by_a_system(name: str) -> bool:
    """Whether a file or folder of this name is hidden, or was left by a system and not by a person.

    Archives and network drives carry those of macOS (``__MACOSX``, and ``._NAME`` beside every file), Windows and
    Synology.
    """
    return name.startswith(".") or name.lower() in _OF_SYSTEMS


@contextlib.contextmanager
def reading(said: Callable[[str], OhmshotError]) -> Iterator[None]:
    """Tell of whatever a library raises in this block as of a damaged file.

    Libraries raise dozens of kinds of errors on damaged files, which change with their versions; a panic of one in Rust
    is not even an `Exception`. So this block holds the call of the library and nothing else.

    Args:
        said: makes the error from the library's reason, one line.

    Raises:
        OhmshotError: what ``said`` made, or one that the block raised itself.
    """
    try:
        yield
    except OhmshotError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        raise said(_reason(error)) from error


def bytes_of(path: Path, most: int = MOST_BYTES) -> bytes:
    """Content of a file.

    Raises:
        OSError: it is not there, not to be read, or larger than ``most``; ``strerror`` says which.
    """
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, f"it is larger than {most // MIB} MiB", str(path))
    return content


def text_of(path: Path) -> str:
    """Content of a text file in UTF-8, with or without a byte-order mark.

    Raises:
        OSError: as of `bytes_of`.
        UnicodeDecodeError: it is no such text.
    """
    return bytes_of(path, MOST_TEXT).decode("utf-8-sig")


def json_of(text: str | bytes) -> Any:
    """Value of a JSON text.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def toml_of(text: str) -> dict[str, Any]:
    """Tables of a TOML text.

    Raises:
        tomllib.TOMLDecodeError: it is none, or holds what no file of ohmshot does: deep nesting, endless numbers.
    """
    if any(word.count(".") > DEEPEST_KEY for word in _WORD_OF_TOML.findall(text.replace(" ", "").replace("\t", ""))):
        raise tomllib.TOMLDecodeError("nested too deeply")  # `tomllib` takes minutes over such a key, and no error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        raise
    except (RecursionError, ValueError, OverflowError) as error:
        raise tomllib.TOMLDecodeError(_reason(error)) from error


def parquet_of(path: Path) -> "pl.DataFrame":
    """Table of a Parquet file; its name is never a pattern.

    Raises:
        ValueError: it cannot be read, or has more than `MOST_CELLS` cells.
    """
    import polars as pl

    with contextlib.ExitStack() as stack:
        stack.enter_context(reading(_UnreadableError))
        rows = pl.scan_parquet(path, glob=False)
        height, width = int(rows.select(pl.len()).collect().item()), len(rows.collect_schema())
        if height * max(width, 1) > MOST_CELLS:
            raise _UnreadableError(f"{height} rows and {width} columns are more than {MOST_CELLS} cells")
        return pl.read_parquet(path, glob=False)


def require_modest(archive: zipfile.ZipFile, most: int = MOST_BYTES) -> None:
    """Refuse an archive that unpacks to more than a machine should have to hold; nothing in it is unpacked.

    Raises:
        ValueError: it does.
    """
    unpacked = sum(each.file_size for each in archive.infolist())
    if unpacked > most:
        raise ValueError(f"it unpacks to {unpacked // MIB} MiB; {most // MIB} are taken")


class _UnreadableError(OhmshotError, ValueError):
    """Told by whoever knows what the file was to be."""


def _reason(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "it asks for more memory than there is"
    if isinstance(error, RecursionError):
        return "nested too deeply"
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200].rstrip(".")
