"""Where in a TOML file a row stands, for messages: the standard parser does not say."""

import re


def line_of(text: str, table: str, key: str | None = None) -> int | None:
    """Find the line of a key of a table, or of the table where the key is missing; counted from 1.

    Knows plain ``[table]`` headers and ``key = value`` lines, which is how parameter sets are written; a table
    written otherwise has no line (None).
    """
    header = None
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(r"\s*\[", line):
            if header is not None:
                return header
            if re.match(rf"\s*\[\s*{re.escape(table)}\s*\]", line):
                header = number
        elif header is not None and key is not None and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return header


def place(text: str, origin: str, table: str, key: str | None = None) -> str:
    """Name file and line for a message: ``mine.toml, line 12``, or the file alone."""
    line = line_of(text, table, key)
    return origin if line is None else f"{origin}, line {line}"
