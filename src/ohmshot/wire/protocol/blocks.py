"""Definite-length blocks: arrays as bytes (IEEE 488.2, 7.7.6 and 8.7.9)."""

from typing import Literal

import numpy as np
import torch
from torch import Tensor

from ohmshot.wire.protocol.errors import Code, CommandError

ByteOrder = Literal["NORMAL", "SWAPPED"]
"""NORMAL is big-endian, SWAPPED little-endian (SCPI-99, volume 2, 9.1: FORMat:BORDer)."""

_MARKS = {"NORMAL": ">", "SWAPPED": "<"}
_KINDS = {
    torch.int8: "i1",
    torch.int32: "i4",
    torch.int64: "i8",
    torch.float32: "f4",
    torch.float64: "f8",
}


def block(content: bytes) -> bytes:
    """Put the header of a definite-length block before some bytes."""
    length = str(len(content)).encode()
    return b"#" + str(len(length)).encode() + length + content


def array_bytes(values: Tensor, order: ByteOrder) -> bytes:
    """Elements of a tensor, row-major, in its own type (int8, int32, int64, float32 or float64)."""
    return values.contiguous().numpy().astype(_MARKS[order] + _KINDS[values.dtype], copy=False).tobytes()


def array_from_bytes(content: bytes, dtype: torch.dtype, order: ByteOrder) -> Tensor:
    """Tensor [n] of the elements in some bytes.

    Raises:
        CommandError: the length is no multiple of an element's.
    """
    kind = np.dtype(_MARKS[order] + _KINDS[dtype])
    if len(content) % kind.itemsize:
        raise CommandError(
            Code.BLOCK_DATA, f"{len(content)} bytes are no whole number of {kind.itemsize}-byte elements"
        )
    values = np.frombuffer(content, kind)
    return torch.from_numpy(values.astype(kind.newbyteorder("="), copy=True))
