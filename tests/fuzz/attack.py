"""Feed damaged files to readers, under limits of memory and time, and tell what none of them may do.

As a program: `python tests/fuzz/attack.py --reader bundle --first 0 --count 500` prints one line of JSON for every
finding, then one with the counts; the parent knows by its absence that the process itself died.
"""

import argparse
import collections
import contextlib
import io
import json
import signal
import tempfile
import traceback
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import bombs
from mutations import mutated
from readers import READERS, Reader

from ohmshot.foundation.errors import OhmshotError

MOST_SECONDS = 10
MOST_BYTES = 1 << 30


class TooLongError(BaseException):
    """A reader took longer than it may; no reader catches it."""


@contextlib.contextmanager
def in_time(seconds: int = MOST_SECONDS) -> Iterator[None]:
    """Break off what takes too long."""

    def stop(*_: object) -> None:
        raise TooLongError

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def outcome(read: Callable[[Path], object], path: Path, whole: bool) -> str:
    """Say what a reader did with a file: "accepted", "refused", or what it must not do.

    Args:
        read: the reader.
        path: the file.
        whole: whether it may be accepted.
    """
    try:
        with in_time(), warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            read(path)
    except OhmshotError as error:
        return "refused" if str(error).strip() and "\n" not in str(error) else f"no one line: {str(error)[:200]!r}"
    except (KeyboardInterrupt, SystemExit):
        raise
    except TooLongError:
        return f"took more than {MOST_SECONDS} s"
    except BaseException as error:  # a panic of Rust is no Exception
        where = traceback.extract_tb(error.__traceback__)
        ours = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in where if "ohmshot" in frame.filename]
        return f"{type(error).__name__} at {ours[-1] if ours else '?'}: {str(error)[:120]}"
    return "accepted" if whole else "accepted, against its digest"


def attack(reader: Reader, numbers: range) -> tuple[collections.Counter[str], list[tuple[int, str, str]]]:
    """Damage a file in many ways, one at a time.

    Returns:
        How often it was accepted and refused; and for every finding its number, the damage and what happened.
    """
    counts: collections.Counter[str] = collections.Counter()
    found = []
    for number in numbers:
        with tempfile.TemporaryDirectory() as folder:
            inside = Path(folder) / "in"
            inside.mkdir()
            whole = reader.seed(inside) if reader.name not in _SEEDS or reader.with_others else _SEEDS[reader.name]
            _SEEDS[reader.name] = whole
            kind, content = mutated(whole, zlib.crc32(reader.name.encode()) * 1_000_003 + number)
            for made in () if reader.with_others else inside.iterdir():
                made.unlink()
            (inside / reader.name_of_file).write_bytes(content)
            what = outcome(reader.read, inside / reader.name_of_file, not reader.exact or content == whole)
            strange = [each.name for each in Path(folder).iterdir() if each.name not in ("in", "table.parquet")]
            what = f"wrote {strange}" if strange else what
        counts[what if what in ("accepted", "refused") else "finding"] += 1
        if what not in ("accepted", "refused"):
            found.append((number, kind, what))
    return counts, found


_SEEDS: dict[str, bytes] = {}


@contextlib.contextmanager
def within_memory() -> Iterator[None]:
    """Let the process take MOST_BYTES more than it holds, address space included, which is never less than memory."""
    import resource

    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (held + MOST_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reader", action="append", default=[])
    parser.add_argument("--bomb", action="append", default=[])
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=0)
    given = parser.parse_args()
    named = {reader.name: reader for reader in READERS}
    for name in given.reader:
        attack(named[name], range(-2, 0))  # libraries are loaded and threads started before memory is counted
        with within_memory():
            counts, found = attack(named[name], range(given.first, given.first + given.count))
        for number, kind, what in found:
            print(json.dumps({"reader": name, "number": number, "damage": kind, "what": what}), flush=True)
        print(json.dumps({"reader": name, "counts": counts}), flush=True)
    for name in given.bomb:
        with tempfile.TemporaryDirectory() as folder:
            reader, path = bombs.write(name, Path(folder))
            attack(reader, range(-2, 0))
            with within_memory():
                what = outcome(reader.read, path, True)
        print(json.dumps({"bomb": name, "what": what}), flush=True)


if __name__ == "__main__":
    main()
