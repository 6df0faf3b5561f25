"""What a file is, by its content alone: in which form it is written, and what it says of itself."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from ohmshot.foundation.errors import DataError
from ohmshot.foundation.foreign_files import MOST_BYTES, MOST_TEXT, bytes_of, json_of, reading, toml_of
from ohmshot.foundation.keys import SEALED
from ohmshot.foundation.table_files import decoded, read_text_table
from ohmshot.foundation.tensor_files import header_end

CHIP_LOG = b"ohmlog"
PARQUET, PNG = b"PAR1", b"\x89PNG\r\n\x1a\n"
PAGE = "<!doctype html"


@dataclass(frozen=True)
class Content:
    """A file that was looked into.

    Attributes:
        path: where it is.
        form: how it is written: "JSON", "JSON lines", "safetensors", "Parquet", "TOML", "table of text", "page" ...
        fields: what stands at its head: of JSON the object, of JSON lines the first of them, of safetensors the
            metadata, those of ohmshot unpacked, of TOML the tables, of tables the columns.
        text: all of it, where it is a text.
    """

    path: Path
    form: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""

    @property
    def mark(self) -> str:
        """Its format as files of ohmshot name it; empty where it names none."""
        found = self.fields.get("format")
        return found if isinstance(found, str) else ""

    @property
    def version(self) -> int:
        """Of its format; 0 where it names none."""
        found = str(self.fields.get("format_version", ""))
        return int(found) if found.isdecimal() and len(found) < 10 else 0


def content_of(path: Path) -> Content:
    """Look into a file.

    Raises:
        DataError: it is not there, or not to be read.
    """
    try:
        content = bytes_of(path, MOST_BYTES)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error
    if not content:
        return Content(path, "empty")
    for start, form in ((SEALED, "sealed"), (PNG, "PNG"), (CHIP_LOG, "log of a chip")):
        if content.startswith(start):
            return Content(path, form)
    if content.startswith(PARQUET):
        with reading(lambda reason: DataError(f"{path} is Parquet, but damaged: {reason}.")):
            return Content(path, "Parquet", dict.fromkeys(pl.read_parquet_schema(path)))
    if len(content) > 9 and content[8:9] == b"{" and header_end(content) <= len(content):
        return Content(path, "safetensors", _metadata(path, content[8 : header_end(content)]))
    if len(content) > MOST_TEXT:
        return Content(path, "bytes")
    try:
        text = decoded(content)
    except ValueError:
        return Content(path, "bytes")
    return _of_text(path, content, text)


def _of_text(path: Path, content: bytes, text: str) -> Content:
    start = text.lstrip()
    if start.lower().startswith(PAGE):
        return Content(path, "page", text=text)
    if start.startswith("{"):
        for form, part in (("JSON", text), ("JSON lines", start.splitlines()[0])):
            try:
                found = json_of(part)
            except ValueError:
                continue
            return Content(path, form if isinstance(found, dict) else "text", found, text)
        return Content(path, "text", text=text)
    try:
        return Content(path, "TOML", toml_of(text), text)
    except tomllib.TOMLDecodeError:
        pass
    try:
        rows = read_text_table(path, content).rows
    except ValueError:
        rows = []
    if rows and len(rows[0]) > 1:
        return Content(path, "table of text", dict.fromkeys(rows[0]), text)
    return Content(path, "text", text=text)


def _metadata(path: Path, header: bytes) -> dict[str, Any]:
    """Metadata of a safetensors file; what ohmshot keeps in it as JSON, unpacked; else the names of the tensors."""
    with reading(lambda reason: DataError(f"{path} is safetensors, but damaged: {reason}.")):
        found = json_of(header)
        metadata = found.get("__metadata__") or dict.fromkeys(found)
        own = json_of(str(metadata["ohmshot"])) if "ohmshot" in metadata else {}
        return {**metadata, **own}
