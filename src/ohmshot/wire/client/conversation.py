"""A plain conversation in SCPI: questions and answers, one after another."""

import io
from collections.abc import Callable

from ohmshot.foundation.errors import ChipError
from ohmshot.wire.client.links import Link

LONGEST_LINE = 4096
"""Bytes of an answer in text."""
LONGEST_BLOCK = 2**20
"""Bytes of a block whose size is not known beforehand: a datasheet, the capabilities."""
_LONGEST_ENTRY = 300
"""Characters of an error that are shown; SCPI-99 allows 255."""


class RefusedError(ChipError):
    """The chip has refused something.

    Attributes:
        code: number of the error; 0 where what came is no error entry.
    """

    def __init__(self, name: str, entry: str) -> None:
        super().__init__(f"The chip at {name} refused: {entry[:_LONGEST_ENTRY]}.")
        number = entry.partition(",")[0]
        self.code = int(number) if number.lstrip("+-").isascii() and number.lstrip("+-").isdigit() else 0


class Conversation:
    """Questions and answers over a link.

    Args:
        link: to the chip.
    """

    def __init__(self, link: Link) -> None:
        self.link = link

    def send(self, message: bytes) -> None:
        """Send a command; an error surfaces at the next question."""
        self.link.write(message + b"\n")

    def query(self, question: bytes) -> str:
        """Return an answer that is one line of text.

        Raises:
            ChipError: this question or an earlier command was refused; the message is the chip's.
        """
        self.link.write(question + b"\nSYST:ERR?\n")
        first = self.line()
        if _is_error(first):
            raise RefusedError(self.link.name, first)
        self._check(self.line())
        return first

    def query_blocks(self, question: bytes, count: int = 1, most: int = LONGEST_BLOCK) -> list[bytes]:
        """Return the contents of the blocks that answer one message, each of at most so many bytes.

        Raises:
            ChipError: this question or an earlier command was refused; the message is the chip's.
        """
        self.link.write(question + b"\nSYST:ERR?\n")
        blocks = [self.next_block(most) for _ in range(count)]
        self._check(self.line())
        return blocks

    def next_block(self, most: int = LONGEST_BLOCK) -> bytes:
        """Return the content of the next block, of at most so many bytes.

        Raises:
            ChipError: an error came in its place, something else, or a longer block.
        """
        mark = self.link.read(1)
        if mark != b"#":
            raise RefusedError(self.link.name, (mark + self._rest()).decode("latin-1"))
        return _content(mark, self.link.read, self.link.name, most)

    def line(self) -> str:
        """Return the next line of text."""
        return self._rest().decode("latin-1")

    def _rest(self) -> bytes:
        line = bytearray()
        while (byte := self.link.read(1)) != b"\n":
            line += byte
            if len(line) > LONGEST_LINE:
                raise ChipError(f"The chip at {self.link.name} sent a line without end.")
        return bytes(line).removesuffix(b"\r")

    def _check(self, entry: str) -> None:
        if not entry.startswith(("0,", "+0,")):
            raise RefusedError(self.link.name, entry)


def blocks_in(answer: bytes, count: int, name: str) -> list[bytes]:
    """Return the contents of the blocks that an answer consists of.

    Raises:
        ChipError: it does not consist of so many blocks.
    """
    stream = io.BytesIO(answer)
    return [_content(stream.read(1), stream.read, name, len(answer)) for _ in range(count)]


def introduced(link: Link, token: str | None = None) -> Conversation:
    """Return a conversation over a link that has given its token: this one, else the one that the machine keeps."""
    conversation, token = Conversation(link), token or link.token
    if token:
        conversation.send(b'SYST:TOK "' + token.replace('"', '""').encode() + b'"')
    return conversation


def _content(mark: bytes, read: Callable[[int], bytes], name: str, most: int) -> bytes:
    """Read the content of a block behind its mark, and the semicolon or newline that follows."""
    digits = read(1) if mark == b"#" else b""
    length = read(int(digits)) if digits.isdigit() else b""
    if length.isdigit() and int(length) > most:
        raise ChipError(f"The chip at {name} announced a block of {int(length)} bytes where at most {most} belong.")
    content = read(int(length) + 1) if length.isdigit() else b""
    if not length.isdigit() or len(content) <= int(length):
        raise ChipError(f"The chip at {name} sent no definite-length block.")
    return content[:-1]


def _is_error(line: str) -> bool:
    number, comma, text = line.partition(",")
    return bool(comma) and text.startswith('"') and number.lstrip("+-").isdigit()
