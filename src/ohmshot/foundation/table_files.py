"""Tables as people's programs write them: whatever encoding, separator, line ends and decimal sign they have chosen."""

import codecs
import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path

from ohmshot.foundation.foreign_files import MOST_TEXT, bytes_of

_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?")
_DECIMAL_POINT = re.compile(r"[+-]?\d+\.\d+([eE][+-]?\d+)?")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_MINUS = "\u2212"
"""The typographic minus, as spreadsheets write it in some languages."""
_SEPARATOR_LINE = re.compile(r"sep=(.)\s*")
_COMMENT = "#"


@dataclass(frozen=True)
class TextTable:
    """The cells of a table, without blank rows and comments.

    Attributes:
        rows: stripped text of every cell, row by row; rows may differ in length.
        lines: number of the line that each row begins on, as an editor counts them.
    """

    rows: list[list[str]]
    lines: list[int]


def read_text_table(path: Path, content: bytes | None = None) -> TextTable:
    """Read a table of text.

    UTF-8 or UTF-16 with or without a byte-order mark, UTF-32 with one, or else Windows-1252; lines end in LF, CR or
    both; cells are parted by semicolons where the first line has any, else by tabs, else by commas, or by what a first
    line ``sep=;`` says. Where commas do not part cells, ``1,5`` is one and a half.

    Args:
        path: the file; its name is never a pattern.
        content: its bytes, where they have been read (unpacked) already.

    Raises:
        OSError: it cannot be read.
        ValueError: it is no table of text, or has two decimal signs; the message says what it is.
    """
    text = io.StringIO(decoded(bytes_of(path, MOST_TEXT) if content is None else content), newline=None).read()
    lines = [f"{line}\n" for line in text.split("\n")]
    first = next((line for line in lines if line.strip() and not line.startswith(_COMMENT)), "")
    said = _SEPARATOR_LINE.fullmatch(first)
    separator = said[1] if said else ";" if ";" in first else "\t" if "\t" in first else ","
    if said:
        lines[lines.index(first)] = "\n"
    table = TextTable([], [])
    reader = csv.reader(lines, delimiter=separator, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            stripped = [cell.strip().replace(_MINUS, "-") for cell in cells]
            comment = bool(stripped) and stripped[0].startswith(_COMMENT)
            if any(stripped) and not comment:
                table.rows.append(stripped)
                table.lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(f"line {reader.line_num}: {error}") from error
    return table if separator == "," else _with_points(table)


def _with_points(table: TextTable) -> TextTable:
    """Cells such as 1,5 as 1.5.

    Raises:
        ValueError: other cells have a decimal point, so that 1,234 may be a thousand.
    """
    cells = [(cell, line) for row, line in zip(table.rows, table.lines, strict=True) for cell in row]
    commas = [(cell, line) for cell, line in cells if _DECIMAL_COMMA.fullmatch(cell)]
    points = [(cell, line) for cell, line in cells if _DECIMAL_POINT.fullmatch(cell)]
    if commas and points:
        (comma, line), (point, other) = commas[0], points[0]
        raise ValueError(f"line {line} has '{comma}' and line {other} '{point}': give one decimal sign, no thousands")
    turned = dict.fromkeys(cell for cell, _ in commas)
    rows = [[cell.replace(",", ".") if cell in turned else cell for cell in row] for row in table.rows]
    return TextTable(rows, table.lines)


def number_of(text: str) -> float | None:
    """A number as programs write it, or None: Python would take 1_000 and the digits of every script too."""
    return float(text) if _NUMBER.fullmatch(text) else None


def decoded(content: bytes) -> str:
    """Text of a file in the encoding that it shows signs of; see `read_text_table`.

    Raises:
        ValueError: it holds zero bytes, so it is no text.
    """
    if content.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        text = content.decode("utf-32", "replace")
    elif content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16", "replace")
    elif (encoding := _utf_16_without_mark(content)) is not None:
        text = content.decode(encoding, "replace")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("cp1252", "replace")
    if "\0" in text:
        raise ValueError("it holds zero bytes, so it is no text")
    return text


def _utf_16_without_mark(content: bytes) -> str | None:
    """UTF-16 where every other byte of the beginning is zero, as of Latin letters and digits; else None."""
    start = content[: min(len(content), 64) & ~1]
    low, high = start[::2], start[1::2]
    if len(start) < 8 or len(content) % 2:
        return None
    if not any(high) and all(low):
        return "utf-16-le"
    return "utf-16-be" if not any(low) and all(high) else None
