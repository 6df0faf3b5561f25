"""Files that commands write, and what they say of them."""

from pathlib import Path
from typing import TYPE_CHECKING

from ohmshot.cli.console import console

if TYPE_CHECKING:
    from ohmshot.foundation.records import Record


def require_outputs(*paths: Path | None) -> None:
    """Find out before long work whether the files that are asked for can be written.

    Raises:
        OhmshotError: one cannot.
    """
    from ohmshot.foundation.files import require_writable

    for path in paths:
        if path is not None:
            require_writable(path)


def write_output(path: Path | None, content: "str | Record") -> None:
    """Write a text, or a result as JSON, where a file is asked for, and say so."""
    from ohmshot.foundation.files import write_text

    if path is not None:
        write_text(path, content if isinstance(content, str) else content.model_dump_json(indent=2) + "\n")
        say_written(path)


def say_written(*paths: Path) -> None:
    """Name files that have been written, one a line."""
    for path in paths:
        console.print(f"wrote {path}")
