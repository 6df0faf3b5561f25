"""Program messages cut out of a stream of bytes that arrives in any pieces.

A message ends with a newline that lies outside a definite-length block (``#`` digit length bytes; IEEE 488.2, 7.7.6).
What is too long is thrown away as it arrives, so a stranger cannot make the server hold more than one message.
"""

import re
from collections.abc import Iterator

_MARK = re.compile(rb"[\n\"'#]")
_BLOCK_HEADER = re.compile(rb"#([1-9])([0-9]*)")


class Framer:
    """Cuts a stream into messages.

    Args:
        longest_message: bytes.
    """

    def __init__(self, longest_message: int) -> None:
        self.longest_message = longest_message
        self._buffer = bytearray()
        self._scanned = 0  # may lie beyond the buffer: in a block that is still arriving
        self._quote = b""
        self._skipping = False

    @property
    def pending(self) -> int:
        """Bytes that are held for a message that is not whole yet."""
        return len(self._buffer)

    @property
    def in_message(self) -> bool:
        """Whether the stream stands in the middle of a message."""
        return bool(self._buffer) or self._skipping

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Take what arrived; yield each message that is whole now, without its newline; None for one too long."""
        self._buffer += data
        while True:
            end = self._scan()
            length = max(self._scanned, len(self._buffer)) if end is None else end
            if length > self.longest_message and not self._skipping:
                self._skipping = True
                yield None
            if end is None:
                if self._skipping:
                    self._drop_scanned()
                return
            message = bytes(self._buffer[:end])
            del self._buffer[: end + 1]
            self._scanned, self._quote = 0, b""
            if not self._skipping:
                yield message.removesuffix(b"\r")
            self._skipping = False

    def _scan(self) -> int | None:
        """Position of the newline that ends the message; None when it has not arrived."""
        while self._scanned <= len(self._buffer):
            mark = _MARK.search(self._buffer, self._scanned)
            if mark is None:
                self._scanned = len(self._buffer)
                return None
            found = mark.group()
            if found == b"\n":
                # Inside quotes too: a forgotten quote must not swallow what follows.
                self._scanned = mark.start()
                return mark.start()
            if found == b"#" and not self._quote:
                if not self._pass_block(mark.start()):
                    return None
                continue
            if found != b"#":
                self._quote = b"" if self._quote == found else self._quote or found
            self._scanned = mark.end()
        return None

    def _pass_block(self, start: int) -> bool:
        """Put the scanner behind a block; False when its header has not arrived."""
        header = _BLOCK_HEADER.match(self._buffer, start, start + 11)
        digits = int(header.group(1)) if header else 0
        length = header.group(2)[:digits] if header else b""
        if header and len(length) == digits:
            self._scanned = start + 2 + digits + int(length)
            return True
        header_end = header.end() if header else start + 1
        no_block = len(self._buffer) > header_end
        self._scanned = start + 1 if no_block else start
        return no_block

    def _drop_scanned(self) -> None:
        gone = min(self._scanned, len(self._buffer))
        del self._buffer[:gone]
        self._scanned -= gone
