"""From the bytes of one program message to its units: the syntax alone, without any meaning.

The subset of IEEE 488.2 section 7 and SCPI-99 volume 1 that docs/protocol.md describes: units divided by semicolons, a
header with its path, arguments divided by commas: numbers with a suffix, words, strings, definite-length blocks and
channel lists.
"""

import math
import re
from dataclasses import dataclass

from ohmshot.wire.protocol.errors import Code, CommandError

MOST_UNITS = 64
"""Units of one message."""
MOST_ARGUMENTS = 65536
"""Arguments of one message, ranges of its channel lists included; more numbers go into a block. Each takes about 100
bytes of memory while the message is read, so this bounds what a message of a few bytes an argument may grow to."""
LONGEST_STRING = 65536
"""Bytes of a string; the longest that is of use is a plan, of less than 1,000."""


@dataclass(frozen=True)
class Number:
    """A decimal number and its suffix in capitals: ``1.5 mV`` is (1.5, "MV")."""

    value: float
    suffix: str = ""


@dataclass(frozen=True)
class Word:
    """Character data, in capitals: ``ASCii`` is "ASCII"."""

    text: str


@dataclass(frozen=True)
class Text:
    """A string in quotes, which are removed."""

    text: str


@dataclass(frozen=True)
class BlockData:
    """The bytes of a definite-length block."""

    content: bytes


@dataclass(frozen=True)
class Channels:
    """A channel list: ``(@0,4:7)`` is ((0, 0), (4, 7))."""

    ranges: tuple[tuple[int, int], ...]


Argument = Number | Word | Text | BlockData | Channels


@dataclass(frozen=True)
class Unit:
    """One command or query of a message.

    Attributes:
        header: the whole path in capitals as it was written, without leading colon and question mark.
        query: whether it asks.
        arguments: in order.
    """

    header: tuple[str, ...]
    query: bool
    arguments: tuple[Argument, ...]


_SPACE = re.compile(rb"[ \t]*")
_HEADER = re.compile(rb"(?:(\*[A-Za-z]{3})|(:?)([A-Za-z][A-Za-z0-9_]{0,31}(?::[A-Za-z][A-Za-z0-9_]{0,31}){0,7}))(\?)?")
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")
_SUFFIX = re.compile(rb"[ \t]*([A-Za-z]{1,8})")
_WORD = re.compile(rb"[A-Za-z][A-Za-z0-9_]{0,31}")
_STRING = re.compile(rb"\"([^\"]*+(?:\"\"[^\"]*+)*+)\"|'([^']*+(?:''[^']*+)*+)'")
"""Possessive: a string is matched in one go, without a place to return to for each of its bytes."""
_NONDECIMAL = re.compile(rb"#(?:[Hh]([0-9A-Fa-f]+)|[Qq]([0-7]+)|[Bb]([01]+))")
"""Hexadecimal, octal and binary numbers (IEEE 488.2, 7.7.4)."""
_BLOCK = re.compile(rb"#([1-9])")
_RANGE = rb"[ \t]*+[0-9]{1,12}[ \t]*+(?::[ \t]*+[0-9]{1,12}[ \t]*+)?+"
_CHANNELS = re.compile(rb"\(@(" + _RANGE + rb"(?:," + _RANGE + rb")*+)\)")
_LONGEST_NUMBER = 255


def parse(message: bytes) -> tuple[Unit, ...]:
    """Read one program message, without its newline; an empty one has no units.

    Raises:
        CommandError: it breaks the syntax; the detail says where.
    """
    units: list[Unit] = []
    path: tuple[str, ...] = ()
    room = Room()
    place = _skip_space(message, 0)
    while place < len(message):
        if len(units) == MOST_UNITS:
            raise CommandError(Code.TOO_MUCH_DATA, f"a message has at most {MOST_UNITS} units")
        header, query, place, path = _header(message, place, path)
        arguments, place = _arguments(message, place, room)
        units.append(Unit(header, query, arguments))
        if place < len(message):
            place = _skip_space(message, place + 1)  # behind the semicolon
    return tuple(units)


def _skip_space(message: bytes, place: int) -> int:
    found = _SPACE.match(message, place)
    return found.end() if found else place


def _header(message: bytes, place: int, path: tuple[str, ...]) -> tuple[tuple[str, ...], bool, int, tuple[str, ...]]:
    """Header with its whole path, whether it asks, the place behind it, and the path for the next unit."""
    found = _HEADER.match(message, place)
    if not found:
        raise CommandError(Code.SYNTAX, f"no command header at byte {place}")
    common, colon, words, question = found.groups()
    place = found.end()
    if place < len(message) and message[place] not in b" \t;":
        raise CommandError(Code.SYNTAX, f"a space must follow the header at byte {place}")
    if common:
        return (common.decode().upper(),), bool(question), place, path
    names = tuple(words.decode().upper().split(":"))
    whole = names if colon else path + names
    return whole, bool(question), place, whole[:-1]


class Room:
    """The arguments that a message may still have."""

    def __init__(self) -> None:
        self._left = MOST_ARGUMENTS

    def take(self, count: int = 1) -> None:
        """Make room for some arguments.

        Raises:
            CommandError: there is none.
        """
        self._left -= count
        if self._left < 0:
            raise CommandError(Code.TOO_MUCH_DATA, f"a message has at most {MOST_ARGUMENTS} arguments; send a block")


def _arguments(message: bytes, place: int, room: Room) -> tuple[tuple[Argument, ...], int]:
    """Arguments up to the semicolon or the end, and the place of either."""
    arguments: list[Argument] = []
    place = _skip_space(message, place)
    while place < len(message) and message[place] != ord(";"):
        room.take()
        if arguments:
            if message[place] != ord(","):
                raise CommandError(Code.SYNTAX, f"a comma must stand between arguments at byte {place}")
            place = _skip_space(message, place + 1)
        argument, place = _argument(message, place, room)
        arguments.append(argument)
        place = _skip_space(message, place)
    return tuple(arguments), place


def _argument(message: bytes, place: int, room: Room) -> tuple[Argument, int]:
    first = message[place : place + 1]
    if found := _NONDECIMAL.match(message, place):
        return _nondecimal(found), found.end()
    if first == b"#":
        return _block(message, place)
    if found := _NUMBER.match(message, place):
        return _number(message, found)
    if found := _WORD.match(message, place):
        return Word(found.group().decode().upper()), found.end()
    if first and first in b"\"'":
        return _string(message, place)
    if first == b"(":
        return _channels(message, place, room)
    raise CommandError(Code.SYNTAX, f"no argument at byte {place}")


def _number(message: bytes, found: re.Match[bytes]) -> tuple[Number, int]:
    if len(found.group()) > _LONGEST_NUMBER:
        raise CommandError(Code.NUMERIC_DATA, f"a number has at most {_LONGEST_NUMBER} characters")
    value = float(found.group())
    if not math.isfinite(value):
        raise CommandError(Code.NUMERIC_DATA, f"{found.group().decode()} is too large")
    suffix = _SUFFIX.match(message, found.end())
    if suffix:
        return Number(value, suffix.group(1).decode().upper()), suffix.end()
    return Number(value), found.end()


def _nondecimal(found: re.Match[bytes]) -> Number:
    if len(found.group()) > _LONGEST_NUMBER:
        raise CommandError(Code.NUMERIC_DATA, f"a number has at most {_LONGEST_NUMBER} characters")
    digits, base = next((each, base) for each, base in zip(found.groups(), (16, 8, 2), strict=True) if each)
    return Number(float(int(digits, base)))


def _string(message: bytes, place: int) -> tuple[Text, int]:
    found = _STRING.match(message, place, place + LONGEST_STRING)
    if not found or message[found.end() : found.end() + 1] == message[place : place + 1]:  # cut within a doubled quote
        most = f" within {LONGEST_STRING} bytes" if len(message) - place > LONGEST_STRING else ""
        raise CommandError(Code.STRING_DATA, f"the quote at byte {place} is not closed{most}")
    double, single = found.groups()
    text = double.replace(b'""', b'"') if double is not None else single.replace(b"''", b"'")
    return Text(text.decode("latin-1")), found.end()


def _block(message: bytes, place: int) -> tuple[BlockData, int]:
    header = _BLOCK.match(message, place)
    digits = int(header.group(1)) if header else 0
    start = place + 2 + digits
    length = message[place + 2 : start]
    if not digits or len(length) != digits or not length.isdigit():
        raise CommandError(Code.BLOCK_DATA, f"no definite-length block at byte {place}")
    end = start + int(length)
    if end > len(message):
        raise CommandError(Code.BLOCK_DATA, f"the block at byte {place} is cut short")
    return BlockData(message[start:end]), end


def _channels(message: bytes, place: int, room: Room) -> tuple[Channels, int]:
    found = _CHANNELS.match(message, place)
    if not found:
        raise CommandError(Code.EXPRESSION, f"no channel list at byte {place}; write (@0,4:7)")
    ranges = []
    room.take(found.group(1).count(b","))
    for part in found.group(1).decode().split(","):
        first, _, last = part.partition(":")
        ranges.append((int(first), int(last or first)))
    return Channels(tuple(ranges)), found.end()
