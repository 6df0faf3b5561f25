"""Answers as bytes: the kinds that there are, and the format that a client has chosen for arrays."""

from dataclasses import dataclass

from torch import Tensor

from ohmshot.wire.protocol.blocks import ByteOrder, array_bytes, block

Answer = Tensor | str | int | bytes | None
"""An array (in the client's format), text, a number, the bytes of a block, or nothing."""
_DIGITS = {"float32": ".9g", "float64": ".17g"}  # enough for every value to come back as it was

_NUMBERS_AT_ONCE = 65536
"""In text, so that a long answer does not need a hundred bytes a number while it is made."""


@dataclass
class AnswerFormat:
    """The format of one client's arrays.

    Attributes:
        format: "ASCII" for numbers in text, "PACKED" for blocks.
        order: byte order of blocks, both ways.
    """

    format: str = "ASCII"
    order: ByteOrder = "NORMAL"

    def use_format(self, name: str) -> None:
        """Choose text or blocks."""
        self.format = name

    def use_order(self, order: ByteOrder) -> None:
        """Choose the byte order of blocks."""
        self.order = order

    def reset(self) -> None:
        """Go back to numbers in text, and to big-endian blocks."""
        self.format, self.order = "ASCII", "NORMAL"

    def encoded(self, answer: Tensor | str | int | bytes) -> bytes:
        """Write an answer."""
        if isinstance(answer, bytes):
            return block(answer)
        if not isinstance(answer, Tensor):
            return str(answer).encode("ascii", "replace")
        if self.format == "PACKED":
            return block(array_bytes(answer, self.order))
        digits = _DIGITS.get(str(answer.dtype).removeprefix("torch."), "d")
        flat = answer.reshape(-1)
        parts = (flat[first : first + _NUMBERS_AT_ONCE] for first in range(0, len(flat), _NUMBERS_AT_ONCE))
        return b",".join(",".join(format(value, digits) for value in part.tolist()).encode() for part in parts)
