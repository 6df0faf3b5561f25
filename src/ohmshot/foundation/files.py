"""Files that are either whole or not there."""

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ohmshot.foundation.errors import OhmshotError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give the path of a temporary file beside ``path`` that takes its place when the block ends well.

    A reader sees the old file or the new one, never a part. When the block fails the temporary file is
    removed and the old file stays.

    Raises:
        OhmshotError: the folder cannot be written to, or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
    except OSError as error:
        raise _explained(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a whole file at once; see `replacing`."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write a whole text file at once, as UTF-8; see `replacing`."""
    write_bytes(path, content.encode())


def _explained(path: Path, error: OSError) -> OhmshotError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return OhmshotError(f"The disk is full: {path} was not written. Free some space or choose another place.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OhmshotError(f"No permission to write {path}. Choose another place for the output.")
    return OhmshotError(f"{path} could not be written: {error.strerror or error}.")
