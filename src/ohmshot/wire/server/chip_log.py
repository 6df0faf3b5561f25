"""The messages that have driven a kept chip since its snapshot, each checked, chained and committed.

    head    "ohmlog3\\n", history of the snapshot (32 hexadecimal digits), end (uint64), chain (uint32), their CRC-32
    record  kind (1 byte), length (uint32), CRC-32 of kind, length and content that begins with the last one, content

Little-endian. A record is written behind the end, then the head is written anew with the new end and chain: only then
has it happened. So what lies behind the end is a message that a kill has cut off, and has had no effect; and what is
missing before the end, or does not fit its checksum, is damage. The chain makes a record that was taken out or put in
show too.
"""

import contextlib
import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO

from ohmshot.foundation.errors import ChipError
from ohmshot.wire.server.station import RecordKind

_MAGIC = b"ohmlog3\n"
_HEAD = struct.Struct("<8s32sQI")
_CHECK = struct.Struct("<I")
_RECORD = struct.Struct("<cII")
_START = _HEAD.size + _CHECK.size
_KINDS: dict[bytes, RecordKind] = {b"N": "NORMAL", b"S": "SWAPPED", b"F": "FRAME", b"B": "BEGIN"}
_OLD_MAGIC = b"ohmlog2\n"


class DamagedLogError(ChipError):
    """A log that is not what was written."""


class ChipLog:
    """An open log.

    Args:
        file: opened for reading and writing, unbuffered.

    Attributes:
        end: bytes of the log that count; what lies behind has not happened.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._history = b""
        self._chain = 0
        self.end = 0

    @property
    def name(self) -> str:
        """Of the snapshot that it goes on from, as far as it was begun or read; empty before."""
        return self._history.decode()

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return os.fstat(self._file.fileno()).st_size

    def begin(self, history: str) -> None:
        """Make it the empty log of a snapshot.

        Raises:
            OSError: it cannot be written, since the disk is full for instance.
        """
        self._write_head(history.encode(), _START, zlib.crc32(history.encode()))
        self._file.truncate(_START)

    def append(self, kind: RecordKind, content: bytes) -> None:
        """Add a message; when this returns it has happened.

        Raises:
            OSError: it cannot be written; then it has not.
        """
        end, before, chain = self.end, self._chain, _chained(self._chain, kind[:1].encode(), content)
        try:
            self._write(self.end, _RECORD.pack(kind[:1].encode(), len(content), chain) + content)
            self._write_head(self._history, self.end + _RECORD.size + len(content), chain)
        except OSError:
            self._file.truncate(end)
            with contextlib.suppress(OSError):  # where the new head is on the disk in spite of the error
                self._write_head(self._history, end, before)
            raise

    def history(self) -> str:
        """Name of the snapshot that the log goes on from.

        Raises:
            DamagedLogError: no such log, or damaged.
        """
        self._file.seek(0)
        head = self._file.read(_START)
        if len(head) < _START or not head.startswith(_MAGIC):
            raise DamagedLogError("is missing, empty or no log of a chip")
        if _CHECK.pack(zlib.crc32(head[: _HEAD.size])) != head[_HEAD.size :]:
            raise DamagedLogError("has a damaged beginning")
        history: bytes
        _, history, self.end, self._chain = _HEAD.unpack(head[: _HEAD.size])
        self._history = history
        if self.size < self.end:
            raise DamagedLogError(f"is cut short: {self.size} bytes of {self.end}")
        return history.decode()

    def records(self) -> Iterator[tuple[RecordKind, bytes]]:
        """Yield every message in order; call `history` before.

        Raises:
            DamagedLogError: the next one is damaged; those before are sound.
        """
        place, number, chain = _START, 0, zlib.crc32(self._history)
        while place < self.end:
            self._file.seek(place)
            head = self._file.read(min(_RECORD.size, self.end - place))
            mark, length, check = _RECORD.unpack(head) if len(head) == _RECORD.size else (b"", 0, 0)
            content = self._file.read(length) if length <= self.end - place - len(head) else b""
            if mark not in _KINDS or len(content) != length or _chained(chain, mark, content) != check:
                raise DamagedLogError(f"is damaged in message {number + 1}, byte {place}")
            yield _KINDS[mark], content
            place, number, chain = place + _RECORD.size + length, number + 1, check
        if chain != self._chain:
            raise DamagedLogError("does not end as it should")

    def old_records(self, history: str) -> Iterator[tuple[RecordKind, bytes]]:
        """Yield the messages of a log of format 2, up to the first that is not whole; none of another snapshot's."""
        self._file.seek(0)
        if self._file.read(len(_OLD_MAGIC) + 32) != _OLD_MAGIC + history.encode():
            return
        place = self._file.tell()
        while len(head := self._file.read(_RECORD.size)) == _RECORD.size:
            mark, length, check = _RECORD.unpack(head)
            content = self._file.read(length)
            if len(content) < length or zlib.crc32(content) != check or mark not in _KINDS:
                return
            yield _KINDS[mark], content
            place += len(head) + length
            self._file.seek(place)

    def content(self) -> bytes:
        """Everything that the file holds, sound or not."""
        self._file.seek(0)
        return self._file.read()

    def _write_head(self, history: bytes, end: int, chain: int) -> None:
        head = _HEAD.pack(_MAGIC, history, end, chain)
        self._write(0, head + _CHECK.pack(zlib.crc32(head)))
        self._history, self.end, self._chain = history, end, chain

    def _write(self, place: int, content: bytes) -> None:
        self._file.seek(place)
        if self._file.write(content) != len(content):
            raise OSError("the disk took a part only")


def _chained(chain: int, mark: bytes, content: bytes) -> int:
    return zlib.crc32(content, zlib.crc32(mark + struct.pack("<I", len(content)), chain))
