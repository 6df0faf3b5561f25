"""Files that are either whole or not there, and never written over a key or through a link."""

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from ohmshot.foundation.errors import OhmshotError

PATIENCE_S = 30.0
"""For another process that holds the lock of a file: what is done under a lock takes milliseconds."""
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|[0-9a-fA-F]{64}\s*\Z|\{\s*\"format\": \"ohmshot-trusted-keys\"")
"""How a file begins that holds a key (PEM, or 32 bytes in hexadecimal) or the keys that are trusted."""


@contextlib.contextmanager
def replacing(path: Path, mode: int | None = None) -> Iterator[Path]:
    """Give the path of a temporary file beside ``path`` that takes its place when the block ends well.

    A reader sees the old file or the new one, never a part. When the block fails the temporary file is
    removed and the old file stays. The new file may be read by those who could read the old one, or
    by those whom ``mode`` lets: 0o600 for what its owner alone may read.

    Raises:
        OhmshotError: the folder cannot be written to, the disk is full, or see `require_replaceable`.
    """
    require_replaceable(path)
    with _swapped(path, 0o644, mode) as temporary:
        yield temporary


@contextlib.contextmanager
def _swapped(path: Path, mode_of_new: int, mode: int | None = None) -> Iterator[Path]:
    make_folder(path.parent)
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
    except OSError as error:
        raise _explained(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as written:
            os.fsync(written.fileno())
        kept = path.stat().st_mode & 0o777 if path.exists() else mode_of_new
        temporary.chmod(kept if mode is None else mode)
        temporary.replace(path)
    except OSError as error:
        raise _explained(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, content: bytes, mode: int | None = None) -> None:
    """Write a whole file at once; see `replacing`."""
    with replacing(path, mode) as temporary:
        temporary.write_bytes(content)


def write_private(path: Path, content: str) -> None:
    """Write the file of trusted keys or the like, which only its owner may read where it is new; see `replacing`."""
    _require_ordinary(path)
    with _swapped(path, 0o600) as temporary:
        temporary.write_bytes(content.encode())


def write_text(path: Path, content: str) -> None:
    """Write a whole text file at once, as UTF-8; see `replacing`."""
    write_bytes(path, content.encode())


def append_text(path: Path, content: str) -> None:
    """Add to the end of a text file, as UTF-8.

    Raises:
        OhmshotError: the file cannot be written to, or the disk is full.
    """
    _require_ordinary(path)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(content)
    except OSError as error:
        raise _explained(path, error) from error


def append_line(path: Path, line: str) -> None:
    """Add a line to a text file, as UTF-8; it is on the disk when this returns.

    Raises:
        OhmshotError: the file cannot be written to, or the disk is full.
    """
    _require_ordinary(path)
    try:
        with path.open("ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _explained(path, error) from error


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold a file against other processes and threads while it is read, changed and written again.

    The lock is that of a file beside it, ``.NAME.lock``; whoever only reads needs none (`replacing`).

    Raises:
        OhmshotError: another process holds it for longer than `PATIENCE_S`, or there can be no lock in this folder.
    """
    import filelock  # when it is needed: `import ohmshot` takes a tenth of a second

    make_folder(path.parent)
    beside = path.with_name(f".{path.name}.lock")
    _require_ordinary(beside)
    lock = filelock.FileLock(beside, timeout=PATIENCE_S)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise OhmshotError(f"Another process holds {path}, for {PATIENCE_S:.0f} s now. Try again later.") from error
    except (OSError, NotImplementedError) as error:
        raise OhmshotError(f"{beside} cannot be locked: {error}. Choose another place for {path.name}.") from error
    try:
        yield
    finally:
        lock.release()


def make_folder(path: Path) -> None:
    """Make a folder and those above it, if they are not there.

    Raises:
        OhmshotError: it cannot be made, or something else has its name.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise OhmshotError(f"The folder {path} cannot be made: a file is in its way. Choose another place.") from error
    except OSError as error:
        raise _explained(path, error) from error


def require_writable(path: Path) -> None:
    """Find out before long work whether a file can be written where its result shall go; nothing is left behind.

    Raises:
        OhmshotError: it cannot.
    """
    if path.is_dir():
        raise OhmshotError(f"{path} is a folder; a file is to be written there. Give a name for the file.")
    require_replaceable(path)
    make_folder(path.parent)
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise _explained(path, error) from error


def require_replaceable(path: Path) -> None:
    """See that a result may take the place of what has this name now, if anything has.

    Raises:
        OhmshotError: it is a link, a device or the like, a key, or the file of trusted keys.
    """
    _require_ordinary(path)
    try:
        with path.open("rb") as file:
            beginning = file.read(128)
    except OSError:
        return  # not there, or not to be read: the write will tell
    if _KEY.match(beginning):
        raise OhmshotError(f"{path} holds keys, and keys are not overwritten. Choose another name.")


def same_file(one: Path, other: Path) -> bool:
    """Whether two names lead to one file, through links and hard links too; whether it is there or not."""
    try:
        return one.samefile(other)
    except OSError:
        return one.parent.resolve() / one.name == other.parent.resolve() / other.name


def _require_ordinary(path: Path) -> None:
    if path.is_symlink():
        raise OhmshotError(f"{path} is a link; nothing is written through links. Give the place that it leads to.")
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OhmshotError(f"{path} is a device or the like. Give a name for an ordinary file.")


def _explained(path: Path, error: OSError) -> OhmshotError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OhmshotError(
            f"The disk is full or a size limit is reached: {path} was not written. Free some space "
            "or choose another place."
        )
    if error.errno == errno.EISDIR:
        return OhmshotError(f"{path} is a folder; a file is to be written there. Give a name for the file.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OhmshotError(f"No permission to write {path}. Choose another place for the output.")
    return OhmshotError(f"{path} could not be written: {error.strerror or error}.")


def state_folder() -> Path:
    """Folder of what must outlive a cache, and of what one user's programs tell each other.

    OHMSHOT_STATE, or the user's folder for states.
    """
    return Path(os.environ.get("OHMSHOT_STATE") or platformdirs.user_state_dir("ohmshot"))


def remove_litter(path: Path, mark: bytes) -> None:
    """Remove the temporary files that killed programs have left of `replacing` a file.

    Call it only where no other program can be writing this file now. A file goes if its name is one of those and it is
    empty or begins with the mark somewhere in its first 64 KiB; others may have such a name by chance.
    """
    pattern = re.compile(re.escape(f".{path.name}.") + "[a-z0-9_]{8}")
    for each in path.parent.iterdir():
        if pattern.fullmatch(each.name) and each.is_file() and not each.is_symlink():
            with contextlib.suppress(OSError):
                with each.open("rb") as file:
                    beginning = file.read(65536)
                if not beginning or mark in beginning:
                    each.unlink()


def cache_folder() -> Path:
    """Folder of decoded and downloaded data and of compiled kernels: OHMSHOT_CACHE, or the user's cache folder."""
    return Path(os.environ.get("OHMSHOT_CACHE") or platformdirs.user_cache_dir("ohmshot"))
