"""Errors of the command language, numbered as in SCPI-99, volume 2, chapter 21."""

from enum import IntEnum
from typing import Self

from ohmshot.foundation.errors import ChipError


class Code(IntEnum):
    """Error numbers and their texts.

    -1xx: the message is wrong; -2xx: what it asks for; -3xx: the instrument; positive: ohmshot's own.
    """

    text: str

    def __new__(cls, number: int, text: str) -> Self:
        """A member of a number, with its text."""
        code = int.__new__(cls, number)
        code._value_, code.text = number, text
        return code

    NONE = 0, "No error"
    SYNTAX = -102, "Syntax error"
    DATA_TYPE = -104, "Data type error"
    PARAMETER_NOT_ALLOWED = -108, "Parameter not allowed"
    MISSING_PARAMETER = -109, "Missing parameter"
    UNDEFINED_HEADER = -113, "Undefined header"
    NUMERIC_DATA = -120, "Numeric data error"
    SUFFIX = -131, "Invalid suffix"
    STRING_DATA = -151, "Invalid string data"
    BLOCK_DATA = -161, "Invalid block data"
    EXPRESSION = -171, "Expression error"
    EXECUTION = -200, "Execution error"
    PROTECTED = -203, "Command protected"
    CONFLICT = -221, "Settings conflict"
    OUT_OF_RANGE = -222, "Data out of range"
    TOO_MUCH_DATA = -223, "Too much data"
    ILLEGAL_VALUE = -224, "Illegal parameter value"
    SYSTEM = -310, "System error"
    QUEUE_OVERFLOW = -350, "Queue overflow"
    INPUT_OVERRUN = -363, "Input buffer overrun"
    HELD = 101, "Chip held by another writer"
    SESSION_LOST = 102, "Session lost"
    BROWN_OUT = 103, "Brown-out"
    OVER_TEMPERATURE = 104, "Over-temperature"


LONGEST_TEXT = 255
"""SCPI-99, 21.8.1: an error text has at most 255 characters."""


class CommandError(ChipError):
    """A message that cannot be carried out; nothing of it has been.

    Attributes:
        code: number of the error.
        detail: what exactly is wrong, for the person who reads the queue; may be empty.
    """

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{code.text}; {detail}" if detail else code.text)
        self.code = code
        self.detail = detail

    @property
    def entry(self) -> str:
        """The error as `SYSTem:ERRor?` answers it: number, then text in quotes."""
        text = "".join(c if " " <= c <= "~" else "?" for c in str(self)).replace('"', "'")
        return f'{int(self.code)},"{text[:LONGEST_TEXT]}"'


class HangUpError(CommandError):
    """An error after which the connection ends."""
