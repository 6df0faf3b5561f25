"""Files that commands write, and what they say of them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ohmshot.cli.app import GIVEN
from ohmshot.cli.console import console

if TYPE_CHECKING:
    from ohmshot.foundation.records import Record


_LONGEST_NAME = 4096
_ALWAYS_FILES = ("bundle", "trusted_keys", "encrypt_with", "decrypt_with", "features", "labels", "query_features")
"""Parameters that are never folders; a name left empty is the working folder."""
_OF_DATA = (".zip", ".npz", ".npy", ".txt")
"""Endings of data sets in the folder itself that is given for them, not in a folder of theirs."""


def require_outputs(*derived: Path | None, folders: tuple[str, ...] = (), **outputs: Path | None) -> None:
    """Find out before any work whether a command can write what is asked for, and that none of it is lost by that.

    Call it first in every command that writes a file: no output may be a file that the command reads or writes besides,
    a key, or a link.

    Args:
        derived: files that the command writes without a parameter that names them.
        folders: names of the parameters that are folders to write into.
        outputs: files that it writes, by the name of the parameter that says where. Every path among the other
            parameters is an input.

    Raises:
        OhmshotError: a file cannot be written, or it would take the place of something else.
    """
    from ohmshot.foundation.errors import SettingsError
    from ohmshot.foundation.files import require_writable, same_file

    given = GIVEN.get({})
    for name in _ALWAYS_FILES:
        if isinstance(path := given.get(name), Path) and path.is_dir():
            raise SettingsError(f"--{name.replace('_', '-')}: {path} is a folder. Give a file.")
    paths = [path for path in (*outputs.values(), *derived) if path is not None]
    read = [value for name, value in given.items() if name not in {*outputs, *folders}]
    for number, path in enumerate(paths):
        if any(same_file(path, other) for other in paths[:number]):
            raise SettingsError(f"Two outputs would go to {path}. Give each a name of its own.")
        if any(same_file(path, each) or _is_within(path, each) for each in _paths(read)):
            raise SettingsError(f"{path} is an input of this command, and would be overwritten. Choose another name.")
        require_writable(path)


def _paths(value: object) -> list[Path]:
    """Paths in the value of a parameter: also a text that names a file, such as that of a parameter set."""
    if isinstance(value, Path):
        return [value]
    if isinstance(value, str):
        return [Path(value)] if 0 < len(value) < _LONGEST_NAME and os.path.isfile(value) else []  # noqa: PTH113 (any text)
    return [path for each in value for path in _paths(each)] if isinstance(value, list | tuple) else []


def _is_within(output: Path, folder: Path) -> bool:
    """Whether an output would overwrite a file of a class, or of a data set, in a folder of inputs."""
    if not (folder.is_dir() and output.is_file()):
        return False
    inside = output.parent.resolve()
    return folder.resolve() in inside.parents or (inside == folder.resolve() and output.suffix.lower() in _OF_DATA)


def beside(path: Path, suffix: str) -> Path:
    """The file beside another one that has its name with another ending.

    Raises:
        SettingsError: the path names no file.
    """
    from ohmshot.foundation.errors import SettingsError

    if not path.name:
        raise SettingsError(f"{path} is a folder; a file is to be written there. Give a name for the file.")
    return path.with_suffix(suffix)


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
