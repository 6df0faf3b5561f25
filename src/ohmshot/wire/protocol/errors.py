"""Errors of the command language: the numbers of SCPI-99, volume 2, chapter 21, and the queue that keeps them."""

from collections import deque
from enum import IntEnum

from ohmshot.foundation.errors import ChipError


class Code(IntEnum):
    """Error numbers: -1xx the message, -2xx what it asks for, -3xx the instrument, positive ohmshot's own."""

    NONE = 0
    SYNTAX = -102
    DATA_TYPE = -104
    PARAMETER_NOT_ALLOWED = -108
    MISSING_PARAMETER = -109
    UNDEFINED_HEADER = -113
    NUMERIC_DATA = -120
    SUFFIX = -131
    STRING_DATA = -151
    BLOCK_DATA = -161
    EXPRESSION = -171
    EXECUTION = -200
    PROTECTED = -203
    CONFLICT = -221
    OUT_OF_RANGE = -222
    TOO_MUCH_DATA = -223
    ILLEGAL_VALUE = -224
    SYSTEM = -310
    QUEUE_OVERFLOW = -350
    INPUT_OVERRUN = -363
    HELD = 101
    SESSION_LOST = 102
    BROWN_OUT = 103
    OVER_TEMPERATURE = 104


TEXTS = {
    Code.NONE: "No error",
    Code.SYNTAX: "Syntax error",
    Code.DATA_TYPE: "Data type error",
    Code.PARAMETER_NOT_ALLOWED: "Parameter not allowed",
    Code.MISSING_PARAMETER: "Missing parameter",
    Code.UNDEFINED_HEADER: "Undefined header",
    Code.NUMERIC_DATA: "Numeric data error",
    Code.SUFFIX: "Invalid suffix",
    Code.STRING_DATA: "Invalid string data",
    Code.BLOCK_DATA: "Invalid block data",
    Code.EXPRESSION: "Expression error",
    Code.EXECUTION: "Execution error",
    Code.PROTECTED: "Command protected",
    Code.CONFLICT: "Settings conflict",
    Code.OUT_OF_RANGE: "Data out of range",
    Code.TOO_MUCH_DATA: "Too much data",
    Code.ILLEGAL_VALUE: "Illegal parameter value",
    Code.SYSTEM: "System error",
    Code.QUEUE_OVERFLOW: "Queue overflow",
    Code.INPUT_OVERRUN: "Input buffer overrun",
    Code.HELD: "Chip held by another writer",
    Code.SESSION_LOST: "Session lost",
    Code.BROWN_OUT: "Brown-out",
    Code.OVER_TEMPERATURE: "Over-temperature",
}

LONGEST_TEXT = 255
"""SCPI-99, 21.8.1: an error text has at most 255 characters."""


class CommandError(ChipError):
    """A message that cannot be carried out; nothing of it has been.

    Attributes:
        code: of the error.
        detail: what exactly, for the person who reads the queue.
    """

    def __init__(self, code: Code, detail: str = "") -> None:
        super().__init__(f"{TEXTS[code]}; {detail}" if detail else TEXTS[code])
        self.code = code

    @property
    def entry(self) -> str:
        """As `SYSTem:ERRor?` answers it: number, then text in quotes."""
        text = "".join(c if " " <= c <= "~" else "?" for c in str(self)).replace('"', "'")
        return f'{int(self.code)},"{text[:LONGEST_TEXT]}"'


class ErrorQueue:
    """First in, first out; when it is full the last entry says so (SCPI-99, 21.8.1)."""

    def __init__(self, length: int = 32) -> None:
        self._entries: deque[CommandError] = deque()
        self._length = length

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, error: CommandError) -> None:
        """Add an error."""
        if len(self._entries) < self._length:
            self._entries.append(error)
        else:
            self._entries[-1] = CommandError(Code.QUEUE_OVERFLOW)

    def take(self) -> CommandError:
        """Return and forget the oldest error, or "No error"."""
        return self._entries.popleft() if self._entries else CommandError(Code.NONE)

    def clear(self) -> None:
        """Forget all errors."""
        self._entries.clear()
